"""Who sees which batches, how far they are, and what became of their files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from recognizer.models import ACTIVE_BATCH, Batch, BatchItem, OutcomeChoice
from recognizer.selectors.cursors import NEWEST_FIRST, Page, page_of
from recognizer.viewers import Viewer

# So many items, with their predictions and digits, are in memory at once.
ITEMS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many files of a batch have which status."""

    waiting: int = 0
    read: int = 0
    blank: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        return self.read + self.blank + self.failed


def batches_visible_to(viewer: Viewer) -> QuerySet[Batch]:
    """His own; the staff sees all of them in the administration, and not here."""
    if viewer.user is not None:
        return Batch.objects.filter(owner=viewer.user)
    if viewer.visitor is not None:
        return Batch.objects.filter(visitor=viewer.visitor)
    return Batch.objects.none()


def batch_get(*, viewer: Viewer, public_id: UUID) -> Batch:
    """One batch.

    Raises:
        Batch.DoesNotExist: there is none, or it is somebody else's.
    """
    return batches_visible_to(viewer).get(public_id=public_id)


def batch_counts(batches: Iterable[Batch]) -> dict[int, BatchCounts]:
    """Of each batch, by key, how far it is; in one query for all of them."""
    keys = [batch.pk for batch in batches]
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    # Without the order of the items, which would tell each of them apart.
    grouped = BatchItem.objects.filter(batch__in=keys).order_by()
    rows = grouped.values_list("batch", "status").annotate(count=Count("pk"))
    for key, status, count in rows:
        found[key][status] = count
    return {key: BatchCounts(**counts) for key, counts in found.items()}


def batch_first_files(batches: Iterable[Batch]) -> dict[int, str]:
    """Of each batch, by key, the name of its first file; in one query for all."""
    # Of one that is deleted meanwhile there is none.
    found = dict.fromkeys((batch.pk for batch in batches), "")
    first = BatchItem.objects.filter(batch__in=list(found), position=0)
    return found | dict(first.values_list("batch", "name"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many batches have not ended, and how many of their files are to be read."""

    batches: int
    files: int


def batches_waiting() -> Waiting:
    """What of everybody's batches waits for the workers."""
    active = Batch.objects.filter(status__in=ACTIVE_BATCH)
    files = BatchItem.objects.filter(
        batch__in=active.values("pk"), status=BatchItem.Status.WAITING
    )
    return Waiting(batches=active.count(), files=files.count())


def batch_page(
    *, viewer: Viewer, size: int, before: str | None = None, after: str | None = None
) -> Page[Batch]:
    """The newest `size` batches, or those before (older) or after a cursor.

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    return page_of(
        batches_visible_to(viewer),
        order=NEWEST_FIRST,
        size=size,
        before=before,
        after=after,
    )


def batch_items(batch: Batch, *, outcome: str | None = None) -> Iterator[BatchItem]:
    """Its items in the order in which they were sent, with what was read.

    Some at a time, so that thousands take no more memory than few; and each time anew,
    so that no transaction stays open while somebody receives them slowly.

    Args:
        outcome: only what was answered so.
    """
    wanted = _with_predictions(batch)
    if outcome == OutcomeChoice.BLANK:
        # Of these no prediction is kept.
        wanted = wanted.filter(status=BatchItem.Status.BLANK)
    elif outcome is not None:
        wanted = wanted.filter(prediction__outcome=outcome)
    after = -1
    while rows := list(wanted.filter(position__gt=after)[:ITEMS_AT_ONCE]):
        yield from rows
        after = rows[-1].position


def batch_items_failed_first(batch: Batch) -> QuerySet[BatchItem]:
    """Its items for people: what needs them first, then as they were sent."""
    rank = Case(
        When(status=BatchItem.Status.FAILED, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return _with_predictions(batch).order_by(rank, "position")


def _with_predictions(batch: Batch) -> QuerySet[BatchItem]:
    items = batch.items.select_related("prediction")
    return items.prefetch_related("prediction__digits")
