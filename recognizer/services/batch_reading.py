"""Reading what waits: each file exactly once, whoever is killed meanwhile.

A worker *claims* some files for a while, reads them, and *keeps* what it read. Both are
short transactions that hold the batch's row, and reading, which takes long, is between
them and holds nothing. Keeping asks once more whether the claim is still this worker's
and the batch still goes on: predictions appear together with the items that name them,
or not at all. So a repeated task, a second worker, or one that was thought dead and was
only slow, may read a file in vain, and never twice.

A worker that is killed leaves its claims behind. They run out, and the files are read
by whoever comes next, one by one: a file that kills whoever reads it is then alone, and
given up after MOST_ATTEMPTS. What only stands in the way for now (no model, no room on
the disk) counts as no attempt.
"""

import logging
import time

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import Batch, BatchItem, Source, WebhookEvent
from recognizer.services.batch_claims import (
    Chunk,
    Failure,
    batch_claim,
    batch_locked,
    items_held,
)
from recognizer.services.batches import batch_end
from recognizer.services.predictions import (
    pictures_written,
    prediction_of,
    predictions_store,
)
from recognizer.services.readings import pictures_recognize
from recognizer.services.webhooks import webhook_publish
from recognizer.uploads import EntryDamaged, read_entry
from recognizer.viewers import Viewer

logger = logging.getLogger(__name__)

Status = BatchItem.Status

# Then other tasks have their turn, and a worker that is told to end does so.
SLICE_S = 5.0

GONE = Failure("file_missing", "This file is no longer there. Send it once more.")


def batch_read(*, key: int) -> bool:
    """Read some of a batch; says whether there is more for whoever comes next."""
    ends_at = time.monotonic() + SLICE_S
    while time.monotonic() < ends_at:
        chunk = batch_claim(key=key)
        if chunk is None:
            batch_finish(key=key)
            return False
        try:
            _read(chunk)
            _keep(chunk)
        except (Temporary, OSError, OperationalError, InterfaceError) as error:
            logger.warning("A batch waits, as it cannot be read now: %s", error)
            _give_back(chunk)
            return False
        except BaseException:
            # It counts as an attempt, and the next one need not wait.
            items_held(chunk=chunk).update(claimed_until=timezone.now())
            raise
    return True


def batch_finish(*, key: int) -> None:
    """End a batch of which nothing waits any more."""
    with transaction.atomic():
        batch = batch_locked(key=key)
        if batch is None or batch.items.filter(status=Status.WAITING).exists():
            return
        batch_end(batch=batch, status=Batch.Status.FINISHED)
        _finished(batch)


def _finished(batch: Batch) -> None:
    """Tell whoever wants to know that a batch is finished.

    Called exactly once a batch, within the transaction that ends it: rows and tasks
    that are written here appear together with the end or not at all. Called after it,
    a worker that is killed in between would tell nobody. What is no row belongs in
    `transaction.on_commit`.
    """
    logger.info("Batch %s is finished: %d files", batch.public_id, batch.total)
    if batch.owner is None:
        return  # A visitor has no webhooks.
    counts = selectors.batch_counts([batch])[batch.pk]
    webhook_publish(
        event=WebhookEvent.BATCH_FINISHED,
        owner=batch.owner,
        data={
            "batch": str(batch.public_id),
            "status": batch.status,
            "total": batch.total,
            "read": counts.read,
            "blank": counts.blank,
            "failed": counts.failed,
            "path": reverse("api:batch", args=[batch.public_id]),
        },
    )


class Temporary(Exception):
    """Nothing is wrong with the files: they can be read later."""


def _read(chunk: Chunk) -> None:
    """Find out what is in the files of a chunk.

    Raises:
        Temporary: nothing can be read at the moment.
    """
    images: dict[int, bytes] = {}
    try:
        with chunk.batch.file.open("rb") as file:
            for item in chunk.items:
                try:
                    images[item.pk] = read_entry(file, item)
                except EntryDamaged as error:
                    chunk.failures[item.pk] = Failure(error.code, str(error))
    except (FileNotFoundError, ValueError):
        # Or the batch was ended just now; then nothing of this is kept.
        chunk.failures |= {item.pk: GONE for item in chunk.items}
        return
    try:
        found = pictures_recognize(
            images=list(images.values()),
            source=Source(chunk.batch.source),
            with_picture=True,
        )
    except engine.RecognizerError as error:
        # Of a picture it would be said in its place.
        raise Temporary(str(error)) from error
    for (key, data), recognition in zip(images.items(), found, strict=True):
        _sort(chunk, key, data, recognition)


def _sort(
    chunk: Chunk,
    key: int,
    data: bytes,
    found: engine.Recognition | engine.RecognizerError,
) -> None:
    if isinstance(found, engine.RecognizerError):
        chunk.failures[key] = Failure(found.code, str(found))
    elif found.reading.outcome == engine.Outcome.BLANK:
        chunk.blank.append(key)
    else:
        batch = chunk.batch
        chunk.answers[key] = prediction_of(
            recognition=found,
            data=data,
            source=Source(batch.source),
            viewer=Viewer(user=batch.owner, visitor=batch.visitor),
        )


def _keep(chunk: Chunk) -> None:
    """Store what was read, in one transaction with what it came of."""
    with pictures_written(answers=list(chunk.answers.values())):
        _store(chunk)


@transaction.atomic
def _store(chunk: Chunk) -> None:
    """Store what is still this worker's; of a batch that has ended, nothing is."""
    batch = batch_locked(key=chunk.batch.pk)
    if batch is None:
        return
    held = set(items_held(chunk=chunk).values_list("pk", flat=True))
    answers = [answer for key, answer in chunk.answers.items() if key in held]
    for answer in answers:
        # Whoever logged in meanwhile has taken his batches along.
        answer.prediction.owner_id = batch.owner_id
        answer.prediction.visitor = batch.visitor
    predictions_store(answers=answers)
    items = [item for item in chunk.items if item.pk in held]
    for item in items:
        _tell(item, chunk)
    BatchItem.objects.bulk_update(
        items, ["status", "prediction", "error_code", "error_message", "claim"]
    )


def _tell(item: BatchItem, chunk: Chunk) -> None:
    """Write into an item what became of it."""
    item.claim = None
    if failure := chunk.failures.get(item.pk):
        item.status = Status.FAILED
        item.error_code, item.error_message = failure
    elif item.pk in chunk.answers:
        item.status = Status.READ
        item.prediction = chunk.answers[item.pk].prediction
    else:
        item.status = Status.BLANK


def _give_back(chunk: Chunk) -> None:
    """Let go of what was not read, as if it had not been tried."""
    items_held(chunk=chunk).update(
        claim=None, claimed_until=timezone.now(), attempts=F("attempts") - 1
    )
