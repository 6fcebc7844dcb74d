"""Work for the background worker. Thin: what is done stands in the services."""

import subprocess
import sys
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import TaskContext, TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from recognizer import selectors
from recognizer.models import Batch, Source, TrainingRun, User
from recognizer.services.background import Hourly
from recognizer.services.batch_reading import batch_read
from recognizer.services.batch_watching import (
    batch_read_on,
    batch_watch,
    batch_watch_begin,
    batches_mend,
)
from recognizer.services.batches import batch_create
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_claim,
    training_run_lost,
    training_run_mend,
    training_run_request,
)
from recognizer.services.webhook_deliveries import deliveries_send
from recognizer.uploads import Upload
from recognizer.viewers import Viewer

pruning = Hourly()

# What webhooks wait for longer than this, no task is there for any more.
LONG_DUE = timedelta(seconds=20)

# The worker takes first what has been due for longest; what says no time it takes last,
# behind all that is due. So everything in the queue `default` says a time, or looks and
# webhooks could keep it from reading.


def training_enqueue(
    *, options: TrainingOptions, user: User | None = None
) -> TrainingRun:
    """Let the worker train; the run says how far it is.

    Raises:
        TrainingRefused: there is a training already, or nothing to learn.
    """
    return training_run_request(options=options, user=user, enqueue=_enqueue_train)


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


def _enqueue_train(run: TrainingRun) -> str:
    return str(train.enqueue(run.pk).id)


def batch_enqueue(*, upload: Upload, source: Source, viewer: Viewer) -> Batch:
    """Keep many files, and let the worker read them; the batch says how far it is.

    Raises:
        UploadRefused: they cannot be taken.
    """
    return batch_create(
        upload=upload, source=source, viewer=viewer, enqueue=_enqueue_batch
    )


@task(takes_context=True)
def read_batch(context: TaskContext, key: int) -> None:
    """Read some of a batch, and leave the rest to the next task.

    So that what else waits in this queue has its turn.
    """
    if batch_read(key=key):
        batch_read_on(
            key=key, task_id=str(context.task_result.id), enqueue_read=_enqueue_read
        )


@task()
def watch_batch(key: int, turn: int) -> None:
    """Look whether a batch goes on."""
    batch_watch(
        key=key, turn=turn, enqueue_read=_enqueue_read, enqueue_look=_enqueue_look
    )
    _tasks_prune()


def _enqueue_batch(batch: Batch) -> str:
    batch_watch_begin(batch=batch, enqueue_look=_enqueue_look)
    return _enqueue_read(batch)


def _enqueue_read(batch: Batch) -> str:
    return str(read_batch.using(run_after=timezone.now()).enqueue(batch.pk).id)


def _enqueue_look(batch: Batch, turn: int, later: timedelta) -> None:
    watch_batch.using(run_after=timezone.now() + later).enqueue(batch.pk, turn)


def webhooks_enqueue(*, at: datetime | None) -> None:
    """Let the worker send what webhooks are to be told; None: at once."""
    send_webhooks.using(run_after=at or timezone.now()).enqueue()


@task(queue_name="default")
def send_webhooks() -> None:
    """Send what is due by now, whoever asked for it."""
    deliveries_send()
    _tasks_prune()


def tasks_mend(queue_name: str, is_idle: bool) -> None:  # noqa: FBT001  (RedisWorker's)
    """Ask anew for what a queue in Redis has lost: what is to be done, rows say.

    Args:
        is_idle: whether nothing waits in the queue. Of webhooks it is not known which
            task is whose; where others wait, one of them may be theirs.
    """
    if queue_name == "training":
        training_run_mend(enqueue=_enqueue_train)
        return
    batches_mend(enqueue_read=_enqueue_read, enqueue_look=_enqueue_look)
    long_due = timezone.now() - LONG_DUE
    if is_idle and selectors.deliveries_due(now=long_due).exists():
        webhooks_enqueue(at=None)


def _tasks_prune() -> None:
    """Forget what was begun a day ago: nobody looks at it.

    Each batch and each attempt of a webhook leaves some. Of trainings there are few.
    """
    if not pruning.is_due():
        return
    passing = [each.module_path for each in (read_batch, watch_batch, send_webhooks)]
    begun = DBTaskResult.objects.filter(task_path__in=passing)
    begun = begun.exclude(status=TaskResultStatus.READY)
    begun.filter(started_at__lt=timezone.now() - timedelta(days=1)).delete()
