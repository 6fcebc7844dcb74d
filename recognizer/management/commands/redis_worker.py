"""Work on a queue in Redis."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recognizer.tasks import tasks_mend

logger = logging.getLogger(__name__)

# So that a Redis that is away is not asked all the time.
AWAY_S = 2


class Command(BaseCommand):
    help = (
        "Does the background work that waits in Redis, until it is told to end. "
        "Without REDIS_URL it waits in the database, for `manage.py db_worker`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue-name", default="default", help="default, training")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "REDIS_URL is not set, so work waits in the database. "
                "Start manage.py db_worker, or set it."
            )
        if options["queue_name"] not in settings.RQ_QUEUES:
            known = ", ".join(settings.RQ_QUEUES)
            raise CommandError(
                f"Expected a queue of {known}. Received: {options['queue_name']!r}"
            )
        while not _has_worked_to_its_end(options["queue_name"]):
            time.sleep(AWAY_S)


def _has_worked_to_its_end(queue_name: str) -> bool:
    """Work until told to end, or until Redis goes away."""
    from redis.exceptions import RedisError

    from recognizer.redis_queue.backend import queue_of
    from recognizer.redis_queue.strength import strength_of_this_machine
    from recognizer.redis_queue.worker import RedisWorker

    # A training takes all cores; everything else is as quick on any machine.
    strength = strength_of_this_machine() if queue_name == "training" else None
    try:
        queue = queue_of(settings.REDIS_URL, queue_name)
        worker = RedisWorker(queue, mend=tasks_mend, strength=strength)
        worker.work()
    except RedisError as error:
        logger.warning("Redis is gone; it is tried again: %s", error)
        return False
    return worker.is_told_to_end
