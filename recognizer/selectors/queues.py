"""What waits for the workers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Max, Min, When
from django_tasks import task_backends
from django_tasks_db import DatabaseBackend
from django_tasks_db.models import DBTaskResult, get_date_max

# A worker looks every second, and is busy with others for a minute at most.
LATE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue, as far as its rows tell.

    Attributes:
        waiting: how many tasks are due, and nobody has begun.
        due_since: since when the oldest of them is.
        begun_at: when a worker last began one; in Redis, when one was last there.
        worker: the command of manage.py that works on it.
    """

    name: str
    waiting: int = 0
    due_since: datetime | None = None
    begun_at: datetime | None = None
    worker: str = "db_worker"

    def is_neglected(self, *, now: datetime) -> bool:
        """Whether tasks have been due for long, and no worker has begun any since."""
        if self.due_since is None or now - self.due_since < LATE_AFTER:
            return False
        return self.begun_at is None or self.begun_at < self.due_since


def queue_states() -> list[QueueState]:
    """Of each queue what waits in it.

    Raises:
        ConnectionError: it waits in Redis, which is gone.
    """
    backend: Any = task_backends["default"]
    if not isinstance(backend, DatabaseBackend):
        # Redis's, which is imported only where it is used.
        return [
            replace(QueueState(name, *backend.waiting(name)), worker="redis_worker")
            for name in sorted(backend.queues)
        ]
    # What says no time is due as soon as it is there.
    due_at = Case(
        When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after")
    )
    due = DBTaskResult.objects.ready().order_by().values_list("queue_name")
    counted = due.annotate(count=Count("pk"), since=Min(due_at))
    waiting = {name: (count, since) for name, count, since in counted}
    all_of_them = DBTaskResult.objects.order_by().values_list("queue_name")
    begun = dict(all_of_them.annotate(at=Max("started_at")))
    names = sorted({*backend.queues, *waiting})
    return [
        QueueState(name, *waiting.get(name, (0, None)), begun_at=begun.get(name))
        for name in names
    ]
