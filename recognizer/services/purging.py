"""Letting go of all that need not be kept, step by step; `manage.py purge` calls it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from recognizer.models import Batch
from recognizer.services.batches import batch_files_left
from recognizer.services.leftovers import LEFTOVERS, leftovers_remove
from recognizer.services.orphans import (
    Orphans,
    files_remove,
    orphan_files_remove,
    orphan_rows_remove,
    orphans_find,
)
from recognizer.services.retention import (
    batches_expire,
    batches_old,
    predictions_expire,
    predictions_old,
)
from recognizer.services.storage_probes import storage_probes_left

TOO_MANY_FILES = (
    "Not removed: nearly all files seem to belong to no prediction. Is it the right "
    "database? If so, add --most."
)
TOO_MANY_ROWS = (
    "Not removed: nearly all predictions seem to have lost their picture. Is the "
    "storage there? If so, add --most."
)
LABELLED_STAY = "Those with a label stay."


@dataclass(frozen=True, slots=True)
class PurgeOptions:
    """What is to go.

    Attributes:
        days: predictions and batches go that are older; None: of these, nothing.
        with_labelled: also predictions that somebody labelled, which train.
        is_dry_run: only count.
        even_most: remove orphans also where nearly everything seems to be one.
    """

    days: int | None = None
    with_labelled: bool = False
    is_dry_run: bool = False
    even_most: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """What one step came to.

    Attributes:
        what: in words.
        note: why not all went, if so.
    """

    what: str
    found: int
    removed: int
    note: str = ""
    has_failed: bool = False


def purge(*, options: PurgeOptions) -> Iterator[Purged]:
    """Remove what need not be kept, or count it; after each step, what it came to.

    Each step is made of short transactions: the site goes on meanwhile, and what is
    broken off can be begun again.

    Raises:
        OSError: the storage does not answer.
    """
    yield from _old(options)
    yield from _leftovers(options)
    # Last, as it asks the storage, which may not answer.
    yield from _orphans(options)


def _old(options: PurgeOptions) -> Iterator[Purged]:
    if options.days is None:
        return
    before = timezone.now() - timedelta(days=options.days)
    old = predictions_old(before=before, with_labelled=options.with_labelled).count()
    removed = 0
    if not options.is_dry_run:
        removed = predictions_expire(before=before, with_labelled=options.with_labelled)
    yield Purged(f"predictions older than {options.days} days", old, removed)
    ended = batches_old(before=before).count()
    removed = 0 if options.is_dry_run else batches_expire(before=before)
    yield Purged(f"batches that ended {options.days} days ago", ended, removed)


def _orphans(options: PurgeOptions) -> Iterator[Purged]:
    orphans = orphans_find()
    yield _orphan_files(orphans, options)
    yield _orphan_rows(orphans, options)
    for what, storage, names in (
        (
            "files of batches that no batch names",
            Batch().file.storage,
            batch_files_left(),
        ),
        ("files that were written as a test", default_storage, storage_probes_left()),
    ):
        removed = 0
        if not options.is_dry_run:
            removed = files_remove(storage=storage, names=names)
        yield _of_files(what, len(names), removed, options)


def _orphan_files(orphans: Orphans, options: PurgeOptions) -> Purged:
    what, found = "pictures that no prediction names", len(orphans.files)
    if orphans.are_files_suspicious and not options.even_most:
        return Purged(what, found, 0, TOO_MANY_FILES, has_failed=True)
    removed = 0
    if not options.is_dry_run:
        removed = orphan_files_remove(names=orphans.files)
    return _of_files(what, found, removed, options)


def _orphan_rows(orphans: Orphans, options: PurgeOptions) -> Purged:
    what, found = "predictions whose picture is gone", len(orphans.rows)
    if orphans.are_rows_suspicious and not options.even_most:
        return Purged(what, found, 0, TOO_MANY_ROWS, has_failed=True)
    removed = 0 if options.is_dry_run else orphan_rows_remove(keys=orphans.rows)
    note = LABELLED_STAY if removed < found else ""
    return Purged(what, found, removed, note)


def _of_files(what: str, found: int, removed: int, options: PurgeOptions) -> Purged:
    has_failed = removed < found and not options.is_dry_run
    note = "Some could not be removed; the log says why." if has_failed else ""
    return Purged(what, found, removed, note, has_failed)


def _leftovers(options: PurgeOptions) -> Iterator[Purged]:
    now = timezone.now()
    for what, of_no_use in LEFTOVERS.items():
        rows = of_no_use(now)
        found = rows.count()
        removed = 0 if options.is_dry_run else leftovers_remove(rows=rows)
        yield Purged(what, found, removed)
