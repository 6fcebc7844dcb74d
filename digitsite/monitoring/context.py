"""What goes on in this thread: the request or the task that lines of the log name."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    # It asks for settings, which name the lines' form, which is to know this.
    from django_tasks import TaskResult


class RunningTask(NamedTuple):
    """A task that a worker is at, by its function's name, and which one of these."""

    name: str
    id: str


request_id: ContextVar[str] = ContextVar("request_id", default="")
running_task: ContextVar[RunningTask | None] = ContextVar("running_task", default=None)


def forget_the_request(**_kwargs: Any) -> None:
    """Once all of the answer is sent, which may be long after the view has ended."""
    request_id.set("")


def name_the_task(task_result: "TaskResult[Any]", **_kwargs: Any) -> None:
    name = task_result.task.module_path.rpartition(".")[2]
    running_task.set(RunningTask(name, str(task_result.id)))


def forget_the_task(**_kwargs: Any) -> None:
    running_task.set(None)
