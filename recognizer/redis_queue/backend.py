"""Where tasks wait; named in settings as the backend of django-tasks."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final, NamedTuple, cast

import django_rq
from django.core.checks import CheckMessage
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import get_random_id
from django_tasks_rq.backend import Job, RQBackend, failed_callback, success_callback
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Callback, Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import JobStatus
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

# Tasks say themselves when to stop, as with the database.
NO_TIMEOUT: Final = -1
# Nobody reads what became of a task; runs, batches and deliveries say it themselves.
FORGOTTEN_AFTER_S: Final = 10 * 60
FAILED_KEPT_S: Final = timedelta(days=1).total_seconds()


class Waiting(NamedTuple):
    """How many tasks wait, since when the oldest, and when a worker was last there."""

    tasks: int
    since: datetime | None
    worker_at: datetime | None


@cache
def redis_connection(url: str) -> Redis:
    """For all threads of this process. A Redis that is gone is given up within 4 s."""
    return Redis.from_url(
        url,
        socket_connect_timeout=2,  # s
        socket_timeout=5,  # s
        # Once more, as a connection may have been closed since its last use. Waiting
        # in between would be a page's time.
        retry=Retry(NoBackoff(), 1),
    )


def queue_of(url: str, name: str) -> Queue:
    """A queue whose tasks are JSON. RQ's own pickles would run whatever they say."""
    return django_rq.get_queue(
        name,
        connection=redis_connection(url),
        job_class=Job,
        serializer=JSONSerializer,
        # The backend waits for the commit; twice would be once too often.
        commit_mode="auto",
    )


class RedisBackend(RQBackend):
    """django-tasks-rq, but for transactions, JSON, and a Redis that may be gone."""

    supports_async_task = False

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._url: str = self.options["url"]

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Hand a task over once the transaction stands; what it returns has its id.

        If Redis is gone by then, nobody is told: `tasks_mend` makes up for it.
        """
        self.validate_task(task)
        result = self._new_result(task, list(args), dict(kwargs))
        transaction.on_commit(partial(self._hand_over, result))
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """What is known of a task.

        Raises:
            TaskResultDoesNotExist: nothing is.
            ConnectionError: Redis is gone.
        """
        try:
            known = Job.fetch(
                result_id,
                connection=redis_connection(self._url),
                serializer=JSONSerializer,
            )
            result: TaskResult[Any] = cast("Job", known).task_result
        except NoSuchJobError as error:
            raise TaskResultDoesNotExist(result_id) from error
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise ConnectionError(str(error)) from error
        return result

    def check(self, **kwargs: Any) -> Iterable[CheckMessage]:
        # Its own pages are not installed here, which RQBackend would complain about.
        return BaseTaskBackend.check(self, **kwargs)

    def waiting(self, name: str) -> Waiting:
        """What waits in a queue, and when a worker of it was last heard of.

        Raises:
            ConnectionError: Redis is gone.
        """
        queue = queue_of(self._url, name)
        try:
            oldest = queue.fetch_job(next(iter(queue.get_job_ids(0, 1)), ""))
            heard = [each.last_heartbeat for each in Worker.all(queue=queue)]
            return Waiting(
                queue.count,
                None if oldest is None else oldest.enqueued_at,
                max(filter(None, heard), default=None),
            )
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise ConnectionError(str(error)) from error

    def _new_result(
        self, task: Task[Any, Any], args: list[Any], kwargs: dict[str, Any]
    ) -> TaskResult[Any]:
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )

    def _hand_over(self, result: TaskResult[Any]) -> None:
        try:
            self._put(result)
        except RedisError as error:
            name = result.task.name
            logger.warning("Redis is gone; %s will be asked for anew: %s", name, error)
        else:
            task_enqueued.send(type(self), task_result=result)

    def _put(self, result: TaskResult[Any]) -> None:
        task = result.task
        queue = queue_of(self._url, task.queue_name)
        later = task.run_after
        if later is not None and later <= timezone.now():
            later = None
        job = queue.create_job(
            task.module_path,
            args=result.args,
            kwargs=result.kwargs,
            job_id=result.id,
            timeout=NO_TIMEOUT,
            result_ttl=FORGOTTEN_AFTER_S,
            failure_ttl=int(FAILED_KEPT_S),
            status=JobStatus.SCHEDULED if later else JobStatus.QUEUED,
            on_failure=Callback(failed_callback),
            on_success=Callback(success_callback),
            meta={"backend_name": self.alias},
        )
        if later is None:
            queue.enqueue_job(job)
        else:
            queue.schedule_job(job, later)
