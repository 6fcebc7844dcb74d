"""Pictures that no prediction names, and predictions whose picture is gone.

The first are left by processes that were killed between a file and its row, or by a
storage that did not answer when a file was to be removed. The second come of a storage
that lost something. Either looks the same where the site was started with another
database, or with a storage that is not there: then nearly all would be deleted. So it
is counted first.
"""

import logging
import re
from dataclasses import dataclass, field

from django.core.files.storage import Storage
from django.utils import timezone

from recognizer.models import PICTURE_FOLDER, Prediction
from recognizer.services.left_files import (
    LEFT_BEHIND,
    file_names,
    folder_names,
    is_left_behind,
)
from recognizer.services.predictions import predictions_delete

logger = logging.getLogger(__name__)

# Part by part, so that not all names are in memory at once.
PARTS = "0123456789abcdef"
# What does not look like ours is somebody else's. Storages add something to a name
# that is taken.
OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}(_\w+)?\.\w+")
ROWS_AT_ONCE = 100
# Fewer than this may well be lost, however few there are.
FEW = 20


@dataclass(slots=True)
class Orphans:
    """What was found.

    Attributes:
        files: names of pictures that no prediction names.
        rows: keys of predictions whose picture is gone.
        files_seen, rows_seen: how many there are in all.
    """

    files: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    files_seen: int = 0
    rows_seen: int = 0

    @property
    def are_files_suspicious(self) -> bool:
        """Whether another database may belong to these files."""
        return _are_too_many(self.files, self.files_seen, self.rows_seen)

    @property
    def are_rows_suspicious(self) -> bool:
        """Whether another storage may belong to these rows."""
        return _are_too_many(self.rows, self.rows_seen, self.files_seen)


def _are_too_many(lost: list[str] | list[int], seen: int, others: int) -> bool:
    return bool(lost) and (others == 0 or FEW < len(lost) > seen / 2)


def orphans_find() -> Orphans:
    """Look through all pictures and all predictions; changes nothing."""
    storage = _storage()
    found = Orphans()
    folders = folder_names(storage, PICTURE_FOLDER)
    for part in PARTS:
        start = f"{PICTURE_FOLDER}/{part}"
        # Files first: what has a row by then, and no file, has lost it.
        names = {
            name
            for folder in folders
            if folder.startswith(start)
            for name in file_names(storage, folder)
        }
        _compare(found, start, names)
    return found


def _compare(found: Orphans, start: str, names: set[str]) -> None:
    storage = _storage()
    found.files_seen += len(names)
    written_before = timezone.now() - LEFT_BEHIND
    kept = Prediction.objects.filter(image__startswith=start).order_by("pk")
    for key, name, at in kept.values_list("pk", "image", "created_at").iterator():
        found.rows_seen += 1
        if name in names:
            names.remove(name)
        elif at < written_before:
            found.rows.append(key)
    found.files += sorted(
        name
        for name in names
        if OURS.fullmatch(name.removeprefix(f"{PICTURE_FOLDER}/"))
        and is_left_behind(storage, name)
    )


def orphan_files_remove(*, names: list[str]) -> int:
    """Remove pictures that no prediction names; says how many went."""
    return files_remove(storage=_storage(), names=names)


def files_remove(*, storage: Storage, names: list[str]) -> int:
    """Remove files; says how many went. One that cannot be removed stops no other."""
    removed = 0
    for name in names:
        try:
            storage.delete(name)
        except OSError as error:
            logger.warning("%s could not be removed: %s", name, error)
        else:
            removed += 1
    return removed


def orphan_rows_remove(*, keys: list[int]) -> int:
    """Delete predictions whose picture is gone; says how many went.

    Those with a label stay: their glyphs, which are in the database, train and measure.
    """
    storage = _storage()
    removed = 0
    for at in range(0, len(keys), ROWS_AT_ONCE):
        kept = Prediction.objects.filter(pk__in=keys[at : at + ROWS_AT_ONCE])
        # Asked once more, for each: it may have been put back meanwhile.
        lost = [
            key
            for key, name in kept.values_list("pk", "image")
            if not storage.exists(name)
        ]
        gone = predictions_delete(keys=lost, but_labelled=True)
        removed += gone.predictions
    return removed


def _storage() -> Storage:
    storage: Storage = Prediction._meta.get_field("image").storage
    return storage
