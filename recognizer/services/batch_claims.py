"""Which files of a batch a worker reads, so that no other does meanwhile."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from recognizer import selectors
from recognizer.models import Batch, BatchItem
from recognizer.services.predictions import Answer

Status = BatchItem.Status

# As many as are read with one call of the model, and no more bytes of them at once.
CHUNK_FILES = 64
CHUNK_BYTES = 32 * 1024**2
# For so long nobody else reads what a worker has claimed; it takes some seconds.
CLAIM = timedelta(seconds=60)
MOST_ATTEMPTS = 3


class Failure(NamedTuple):
    """Why a file was not read."""

    code: str
    message: str


@dataclass
class Chunk:
    """What one worker reads at once.

    Attributes:
        claim: by which the items are known to be this worker's.
        answers: what was read of which item, by key.
        blank: in which there is nothing to read.
        failures: which cannot be read, and why.
    """

    batch: Batch
    claim: uuid.UUID
    items: list[BatchItem]
    answers: dict[int, Answer] = field(default_factory=dict)
    blank: list[int] = field(default_factory=list)
    failures: dict[int, Failure] = field(default_factory=dict)


KILLS_READERS = Failure(
    "unreadable_image",
    "Reading this file broke off every time. Save it again and send it once more.",
)


def batch_claim(*, key: int) -> Chunk | None:
    """Take what nobody is reading; None if there is nothing, or the batch has ended."""
    now = timezone.now()
    with transaction.atomic():
        queued = Batch.objects.filter(pk=key, status=Batch.Status.QUEUED)
        queued.update(status=Batch.Status.RUNNING)
        batch = batch_locked(key=key)
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
    tried = waiting.filter(selectors.is_over("claimed_until", at_most=CLAIM))
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
    tried.filter(selectors.is_over("claimed_until", at_most=CLAIM)).update(
        status=Status.FAILED,
        error_code=KILLS_READERS.code,
        error_message=KILLS_READERS.message,
    )


def batch_locked(*, key: int) -> Batch | None:
    """The batch, if it goes on; nobody else changes it or its items meanwhile."""
    goes_on = Batch.objects.select_for_update().filter(pk=key)
    return goes_on.filter(status=Batch.Status.RUNNING).first()


def items_held(*, chunk: Chunk) -> QuerySet[BatchItem]:
    """Those items that are still this worker's."""
    return BatchItem.objects.filter(
        batch=chunk.batch, claim=chunk.claim, status=Status.WAITING
    )
