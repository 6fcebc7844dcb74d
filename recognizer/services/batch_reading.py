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
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.db import OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from recognizer import engine
from recognizer.models import Batch, BatchItem, Digit, Prediction, Source, picture_path
from recognizer.services.batches import batch_end
from recognizer.services.predictions import Answer, prediction_of
from recognizer.uploads import EntryDamaged, read_entry
from recognizer.viewers import Viewer

logger = logging.getLogger(__name__)

Status = BatchItem.Status

# As many as are read with one call of the model, and no more bytes of them at once.
CHUNK_FILES = 64
CHUNK_BYTES = 32 * 1024**2
# For so long nobody else reads what a worker has claimed; it takes some seconds.
CLAIM = timedelta(seconds=60)
MOST_ATTEMPTS = 3
# Then other tasks have their turn, and a worker that is told to end does so.
SLICE_S = 5.0


class Failure(NamedTuple):
    """Why a file was not read."""

    code: str
    message: str


@dataclass
class Chunk:
    """What one worker reads at once.

    Attributes:
        answers: what was read of which item, by key; nothing that is blank.
        pictures: names of the files that were written for them.
    """

    batch: Batch
    claim: uuid.UUID
    items: list[BatchItem]
    answers: dict[int, Answer] = field(default_factory=dict)
    blank: list[int] = field(default_factory=list)
    failures: dict[int, Failure] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)


KILLS_READERS = Failure(
    "unreadable_image",
    "Reading this file broke off every time. Save it again and send it once more.",
)
GONE = Failure("file_missing", "This file is no longer there. Send it once more.")


def batch_read(*, key: int) -> bool:
    """Read some of a batch; says whether there is more for whoever comes next."""
    ends_at = time.monotonic() + SLICE_S
    while time.monotonic() < ends_at:
        chunk = _claim(key)
        if chunk is None:
            batch_finish(key=key)
            return False
        try:
            _read(chunk)
            _keep(chunk)
        except (Temporary, OSError, OperationalError) as error:
            logger.warning("A batch waits, as it cannot be read now: %s", error)
            _give_back(chunk)
            return False
        except BaseException:
            # It counts as an attempt, and the next one need not wait.
            _hold(chunk).update(claimed_until=timezone.now())
            raise
    return True


def batch_finish(*, key: int) -> None:
    """End a batch of which nothing waits any more."""
    with transaction.atomic():
        batch = _locked(key)
        if batch is None or batch.items.filter(status=Status.WAITING).exists():
            return
        batch_end(batch=batch, status=Batch.Status.FINISHED)
        _finished(batch)


def _finished(batch: Batch) -> None:
    """Tell whoever wants to know that a batch is finished; the place for events.

    Called exactly once a batch, within the transaction that ends it: rows and tasks
    that are written here appear together with the end or not at all. Called after it,
    a worker that is killed in between would tell nobody. What is no row belongs in
    `transaction.on_commit`.
    """
    logger.info("Batch %s is finished: %d files", batch.public_id, batch.total)


class Temporary(Exception):
    """Nothing is wrong with the files: they can be read later."""


def _locked(key: int) -> Batch | None:
    """The batch, if it goes on; nobody else changes it or its items meanwhile."""
    goes_on = Batch.objects.select_for_update().filter(pk=key)
    return goes_on.filter(status=Batch.Status.RUNNING).first()


def _claim(key: int) -> Chunk | None:
    """Take what nobody is reading; None if there is nothing, or the batch has ended."""
    now = timezone.now()
    with transaction.atomic():
        queued = Batch.objects.filter(pk=key, status=Batch.Status.QUEUED)
        queued.update(status=Batch.Status.RUNNING)
        batch = _locked(key)
        if batch is None:
            return None
        _give_up(batch)
        items = _next_items(batch)
        if not items:
            return None
        chunk = Chunk(batch, uuid.uuid4(), items)
        batch.items.filter(pk__in=[item.pk for item in items]).update(
            claim=chunk.claim, claimed_until=now + CLAIM, attempts=F("attempts") + 1
        )
        Batch.objects.filter(pk=key).update(heartbeat_at=now)
    return chunk


def _next_items(batch: Batch) -> list[BatchItem]:
    """Some that nobody has tried; else one of those that somebody died over."""
    waiting = batch.items.filter(status=Status.WAITING)
    fresh = waiting.filter(attempts=0).order_by("position")[:CHUNK_FILES]
    if items := _within(list(fresh), CHUNK_BYTES):
        return items
    tried = waiting.filter(claimed_until__lte=timezone.now())
    return list(tried.order_by("attempts", "position")[:1])


def _within(items: Sequence[BatchItem], most_bytes: int) -> list[BatchItem]:
    """The first of them that come to so many bytes at most, and at least one."""
    taken: list[BatchItem] = []
    for item in items:
        most_bytes -= item.size
        if taken and most_bytes < 0:
            break
        taken.append(item)
    return taken


def _give_up(batch: Batch) -> None:
    tried = batch.items.filter(status=Status.WAITING, attempts__gte=MOST_ATTEMPTS)
    tried.filter(claimed_until__lte=timezone.now()).update(
        status=Status.FAILED,
        error_code=KILLS_READERS.code,
        error_message=KILLS_READERS.message,
    )


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
        found = engine.recognize_many(list(images.values()), with_picture=True)
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
        answer = prediction_of(
            recognition=found,
            data=data,
            source=Source(batch.source),
            viewer=Viewer(user=batch.owner, visitor=batch.visitor),
        )
        chunk.answers[key] = answer
        _write(chunk, answer)


def _write(chunk: Chunk, answer: Answer) -> None:
    prediction, picture = answer.prediction, answer.picture
    if picture is not None:
        name = picture_path(prediction, f"picture.{picture.extension}")
        # Named first: half a file, too, is to be removed if this goes wrong.
        chunk.pictures.append(name)
        storage = prediction.image.storage
        prediction.image.name = storage.save(name, ContentFile(picture.data))


def _keep(chunk: Chunk) -> None:
    """Store what was read, in one transaction with what it came of."""
    try:
        with transaction.atomic():
            batch = _locked(chunk.batch.pk)
            held = set(_hold(chunk).values_list("pk", flat=True)) if batch else set()
            if held and batch:
                _store(chunk, batch, held)
    except BaseException:
        _remove_pictures(chunk, chunk.pictures)
        raise
    kept = {str(chunk.answers[key].prediction.image.name) for key in _kept(chunk, held)}
    _remove_pictures(chunk, [name for name in chunk.pictures if name not in kept])


def _kept(chunk: Chunk, held: set[int]) -> list[int]:
    return [key for key in chunk.answers if key in held]


def _store(chunk: Chunk, batch: Batch, held: set[int]) -> None:
    answers = [chunk.answers[key] for key in _kept(chunk, held)]
    for answer in answers:
        # Whoever logged in meanwhile has taken his batches along.
        answer.prediction.owner_id = batch.owner_id
        answer.prediction.visitor = batch.visitor
    Prediction.objects.bulk_create([answer.prediction for answer in answers])
    for answer in answers:
        for digit in answer.digits:
            digit.prediction = answer.prediction
    Digit.objects.bulk_create(digit for answer in answers for digit in answer.digits)
    items = [item for item in chunk.items if item.pk in held]
    for item in items:
        _tell(item, chunk)
    BatchItem.objects.bulk_update(
        items,
        ["status", "prediction", "error_code", "error_message", "claim"],
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


def _hold(chunk: Chunk) -> QuerySet[BatchItem]:
    """Those items that are still this worker's."""
    return BatchItem.objects.filter(
        batch=chunk.batch, claim=chunk.claim, status=Status.WAITING
    )


def _give_back(chunk: Chunk) -> None:
    """Let go of what was not read, as if it had not been tried."""
    _remove_pictures(chunk, chunk.pictures)
    _hold(chunk).update(
        claim=None, claimed_until=timezone.now(), attempts=F("attempts") - 1
    )


def _remove_pictures(chunk: Chunk, names: Sequence[str]) -> None:
    storage = Prediction().image.storage
    for name in names:
        with suppress(OSError):
            storage.delete(name)
