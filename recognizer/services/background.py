"""What the worker was given, as far as services ask."""

from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist


def task_is_waited_for(task_id: str) -> bool:
    """Whether a worker will still come to a task.

    One whose worker was killed over it counts as running for ever; nobody comes to it.
    """
    try:
        task = default_task_backend.get_result(task_id)
    except TaskResultDoesNotExist:
        return False
    return task.status == TaskResultStatus.READY
