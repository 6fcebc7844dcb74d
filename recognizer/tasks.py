"""Work for the background worker. Thin: what is done stands in the services."""

import subprocess
import sys

from django.conf import settings
from django_tasks import task

from recognizer.models import TrainingRun, User
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_claim,
    training_run_lost,
    training_run_request,
)


def training_enqueue(
    *, options: TrainingOptions, user: User | None = None
) -> TrainingRun:
    """Let the worker train; the run says how far it is.

    Raises:
        TrainingRefused: there is a training already, or nothing to learn.
    """
    return training_run_request(
        options=options, user=user, enqueue=lambda run: str(train.enqueue(run.pk).id)
    )


@task(queue_name="training")
def train(key: int) -> None:
    """Carry a queued run out, unless it was cancelled meanwhile.

    In a process of its own: it takes 2 GB and all cores, may be killed for that, and
    gives everything back in the end. The worker stays small, and sees how it ended.
    """
    run = TrainingRun.objects.filter(pk=key).first()
    if run is None or not training_run_claim(run=run):
        return
    manage = settings.BASE_DIR / "manage.py"
    ended = subprocess.run([sys.executable, manage, "carry_out", str(key)], check=False)
    if ended.returncode:
        training_run_lost(run=run, code=ended.returncode)
