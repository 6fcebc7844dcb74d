"""Making sure that a batch goes on, whoever is killed, and with nobody looking.

Reading is a chain: each task reads some and puts the next one into the queue. A worker
that is killed breaks it, as a task that was begun is never given to another worker. So
with the batch two *looks* are put into the queue as well, for later. Each look puts one
more behind the other, until the batch has ended; and where the chain of reading has
broken it begins a new one. The queue is in the database: it outlives any process.

Two, as a look is a task, too: one whose worker is killed in the milliseconds between
taking it and writing down the next is lost. The one behind it finds out, as looks are
numbered, and puts two into the queue. Only who kills the workers of two looks in a row,
each in these milliseconds, could stop a batch.

A queue in Redis may lose all of this at once. Its workers look themselves for batches
that have broken off, and begin both anew (`batches_mend`).
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from recognizer import selectors
from recognizer.models import ACTIVE_BATCH, Batch
from recognizer.services.background import Hourly, task_is_waited_for
from recognizer.services.batches import batch_files_sweep

LOOK_EVERY = timedelta(seconds=15)
LOOKS_AHEAD = 2
# A worker that reads says so every few seconds. If it was only slow, some files are
# read in vain.
SILENT_FOR = timedelta(seconds=20)

sweeping = Hourly()

EnqueueLook = Callable[[Batch, int, timedelta], None]


def batch_watch_begin(*, batch: Batch, enqueue_look: EnqueueLook) -> None:
    """Put the first looks into the queue; in the transaction that makes the batch."""
    for turn in range(1, LOOKS_AHEAD + 1):
        enqueue_look(batch, turn, LOOK_EVERY * turn)


def batch_watch(
    *,
    key: int,
    turn: int,
    enqueue_read: Callable[[Batch], str],
    enqueue_look: EnqueueLook,
) -> None:
    """Look whether a batch goes on, and have it read on where it does not.

    Args:
        turn: which look this is; a late one is of no use any more.
        enqueue_read: gives the batch to the worker, and says as what.
        enqueue_look: puts a look into the queue, for later.
    """
    if turn == 1 and sweeping.is_due():
        batch_files_sweep()
    with transaction.atomic():
        active = Batch.objects.select_for_update().filter(status__in=ACTIVE_BATCH)
        batch = active.filter(pk=key).first()
        if batch is None or turn <= batch.watched:
            return
        known = max(batch.watched + LOOKS_AHEAD, turn)
        for later in range(known + 1, turn + LOOKS_AHEAD + 1):
            enqueue_look(batch, later, LOOK_EVERY * (later - turn))
        batch.watched = turn
        if _has_broken_off(batch):
            batch.task_id = enqueue_read(batch)
        batch.save(update_fields=["watched", "task_id"])


def batches_mend(
    *, enqueue_read: Callable[[Batch], str], enqueue_look: EnqueueLook
) -> None:
    """Have batches read on whose tasks are lost; for a queue in Redis."""
    active = Batch.objects.filter(status__in=ACTIVE_BATCH)
    silent = active.filter(selectors.is_silent("heartbeat_at", after=SILENT_FOR))
    for key in silent.values_list("pk", flat=True):
        with transaction.atomic():
            batch = active.select_for_update().filter(pk=key).first()
            if batch is None or not _has_broken_off(batch):
                continue
            # Those that are there still are known by their number, and do nothing.
            for later in range(1, LOOKS_AHEAD + 1):
                enqueue_look(batch, batch.watched + later, LOOK_EVERY * later)
            batch.task_id = enqueue_read(batch)
            batch.save(update_fields=["task_id"])


def batch_read_on(
    *, key: int, task_id: str, enqueue_read: Callable[[Batch], str]
) -> None:
    """Put the next reading into the queue, unless another chain has begun meanwhile."""
    with transaction.atomic():
        active = Batch.objects.select_for_update().filter(status__in=ACTIVE_BATCH)
        batch = active.filter(pk=key, task_id=task_id).first()
        if batch is not None:
            batch.task_id = enqueue_read(batch)
            batch.save(update_fields=["task_id"])


def _has_broken_off(batch: Batch) -> bool:
    # Also where it seems to be ahead: a clock was wrong.
    is_silent = abs(timezone.now() - batch.heartbeat_at) > SILENT_FOR
    return is_silent and not task_is_waited_for(batch.task_id)
