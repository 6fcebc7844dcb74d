"""Taking many files at once, and letting go of them again."""

import errno
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import OperationalError, transaction
from django.utils import timezone

from recognizer.models import (
    ACTIVE_BATCH,
    BATCH_FOLDER,
    NAME_LENGTH,
    Batch,
    BatchItem,
    Prediction,
    Source,
    User,
    batch_path,
)
from recognizer.services.left_files import file_names, is_left_behind
from recognizer.services.predictions import predictions_delete
from recognizer.uploads import (
    Entry,
    Upload,
    UploadRefused,
    entries_of,
    refuse_full_disk,
)
from recognizer.viewers import Viewer

ROWS_AT_ONCE = 500
# So many batches of one user or visitor may wait or be read. A batch counts as a single
# picture against what may be asked for: without this, one could fill the disk, and have
# everybody else wait.
MOST_ACTIVE = 10


class BatchEnded(Exception):
    """What is asked of a batch can only be asked while it goes on."""


def batch_create(
    *,
    upload: Upload,
    source: Source,
    viewer: Viewer,
    enqueue: Callable[[Batch], str],
) -> Batch:
    """Keep the files of an upload for the worker to read.

    File, rows and the worker's task appear together or not at all. A newcomer becomes a
    visitor: the batch says which.

    Args:
        enqueue: gives it to the worker, and says as what.
    Raises:
        UploadRefused: they cannot be taken, there is no room for them, or as many
            batches wait as may.
    """
    entries = entries_of(upload)
    batch = Batch(source=source, total=len(entries), owner=viewer.user)
    if viewer.user is None:
        batch.visitor = viewer.visitor or uuid.uuid4()
    storage = batch.file.storage
    # Chosen here: half a file, too, must be found again to be removed.
    name = batch_path(batch, "")
    try:
        with refuse_full_disk():
            batch.file.name = storage.save(name, File(upload.file))
        _store(batch, entries, enqueue)
    except BaseException:
        with suppress(OSError):
            storage.delete(name)
        raise
    return batch


def batch_cancel(*, batch: Batch) -> None:
    """End a batch: what is not read yet never will be; what was read stays.

    Raises:
        BatchEnded: it has ended already.
    """
    with transaction.atomic():
        active = Batch.objects.select_for_update().filter(status__in=ACTIVE_BATCH)
        locked = active.filter(pk=batch.pk).first()
        if locked is None:
            raise BatchEnded("This batch has ended already.")
        batch_end(batch=locked, status=Batch.Status.CANCELLED)
    batch.status, batch.finished_at = locked.status, locked.finished_at


def batch_end(*, batch: Batch, status: str) -> None:
    """Write down how a batch ended, and remove its file; within a transaction.

    Args:
        batch: locked, so that nobody ends it twice.
    """
    storage, name = batch.file.storage, batch.file.name
    batch.status, batch.finished_at, batch.file.name = status, timezone.now(), ""
    batch.save(update_fields=["status", "finished_at", "file"])
    batch_file_remove(storage=storage, name=name)


def batch_delete(*, batch: Batch, with_predictions: bool = False) -> list[int]:
    """Delete a batch and what still waits; `signals` removes the file.

    Args:
        with_predictions: also what was read. Some at a time: others want to write. If
            that is cut short the batch is there still, and can be deleted again.
    Returns:
        The numbers of the versions that learnt from what is deleted, in order.
    """
    with suppress(BatchEnded):
        # Nothing more is read meanwhile.
        batch_cancel(batch=batch)
    taught: set[int] = set()
    if with_predictions:
        made = Prediction.objects.filter(batch_item__batch=batch)
        while keys := list(made.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
            taught.update(predictions_delete(keys=keys).taught)
    with transaction.atomic():
        batch.delete()
    return sorted(taught)


def batches_adopt(*, visitor: uuid.UUID, user: User) -> int:
    """Hand a visitor's batches to the user he turned out to be; says how many."""
    return Batch.objects.filter(visitor=visitor).update(visitor=None, owner=user)


def batch_file_remove(*, storage: Storage, name: str | None) -> None:
    """Remove a batch's file once it is certain that nobody needs it."""
    if name:
        # Robust: a file that cannot be removed must not fail what is already done.
        transaction.on_commit(partial(storage.delete, name), robust=True)


def batch_files_sweep() -> int:
    """Remove files that no batch names; says how many.

    They are left by a process that was killed between a file and its rows.
    """
    storage = Batch().file.storage
    left = batch_files_left()
    for name in left:
        storage.delete(name)
    return len(left)


def batch_files_left() -> list[str]:
    """Files that no batch names, and that are no longer being written."""
    storage = Batch().file.storage
    left = file_names(storage, BATCH_FOLDER)
    # One that has ended has none.
    active = Batch.objects.filter(status__in=ACTIVE_BATCH)
    left -= set(active.values_list("file", flat=True))
    return sorted(name for name in left if is_left_behind(storage, name))


def _store(
    batch: Batch, entries: Sequence[Entry], enqueue: Callable[[Batch], str]
) -> None:
    try:
        with transaction.atomic():
            _refuse_too_many(batch)
            batch.save(force_insert=True)
            BatchItem.objects.bulk_create(
                (_item(batch, at, entry) for at, entry in enumerate(entries)),
                batch_size=ROWS_AT_ONCE,
            )
            batch.task_id = enqueue(batch)
            batch.save(update_fields=["task_id"])
    except OperationalError as error:
        # SQLite, which knows no code for it that Django hands on.
        if "disk is full" not in str(error):
            raise
        with refuse_full_disk():
            raise OSError(errno.ENOSPC, str(error)) from error


def _refuse_too_many(batch: Batch) -> None:
    """Refuse one more batch of somebody who has as many as may wait.

    Within the transaction that is to keep it.
    """
    active = Batch.objects.filter(status__in=ACTIVE_BATCH)
    his = active.filter(owner=batch.owner, visitor=batch.visitor)
    # Of two that come at once, one waits here and then counts the other. A visitor has
    # no row to lock but those of his batches: from none at all he may get past it.
    if batch.owner is not None:
        owner = User.objects.filter(pk=batch.owner.pk)
        list(owner.select_for_update(no_key=True).values_list("pk"))
    list(his.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    if his.count() >= MOST_ACTIVE:
        raise UploadRefused(
            f"You have {MOST_ACTIVE} batches that are not read yet, which is as many "
            f"as may wait. Nothing was kept. Send this one when one of them is "
            f"finished, or cancel one.",
            code="too_many_batches",
            status=HTTPStatus.CONFLICT,
        )


def _item(batch: Batch, position: int, entry: Entry) -> BatchItem:
    problem = entry.problem
    return BatchItem(
        batch=batch,
        position=position,
        name=shortened(entry.name),
        status=BatchItem.Status.FAILED if problem else BatchItem.Status.WAITING,
        error_code=problem.code if problem else "",
        error_message=problem.message if problem else "",
        offset=entry.offset,
        stored_size=entry.stored_size,
        size=entry.size,
        is_deflated=entry.is_deflated,
        crc=entry.crc,
    )


def shortened(name: str) -> str:
    """A name that fits; its end tells more than its beginning."""
    return name if len(name) <= NAME_LENGTH else "…" + name[1 - NAME_LENGTH :]
