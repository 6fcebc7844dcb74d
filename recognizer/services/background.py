"""What happens beside requests: what the worker was given, and what is due at times."""

import time

from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

HOUR_S = 60 * 60


class Hourly:
    """When this process last did what it does once an hour; at first it is due."""

    due_at_s = 0.0

    def is_due(self) -> bool:
        """Whether to do it now. Who is told so does it: the next hour begins."""
        now_s = time.monotonic()
        if now_s < self.due_at_s:
            return False
        self.due_at_s = now_s + HOUR_S
        return True


def task_is_waited_for(task_id: str) -> bool:
    """Whether a worker will still come to a task.

    One whose worker was killed over it counts as running for ever; nobody comes to it.
    While the queue itself is out of reach, that is not known, and it may wait on.
    """
    try:
        task = default_task_backend.get_result(task_id)
    except TaskResultDoesNotExist:
        return False
    except ConnectionError:
        return True
    return task.status == TaskResultStatus.READY
