"""Files that nobody names: what a process that was killed has left behind.

All through Django's storage, which may be a bucket: nothing here is a path.
"""

from datetime import timedelta

from django.core.files.storage import Storage
from django.utils import timezone

# A file is named by a row within seconds of being written. What nobody names for so
# long, nobody will.
LEFT_BEHIND = timedelta(hours=1)


def file_names(storage: Storage, folder: str) -> set[str]:
    """All files in a folder, with it; none where it is not there yet."""
    try:
        return {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
    except FileNotFoundError:
        return set()


def folder_names(storage: Storage, folder: str) -> set[str]:
    """All folders in a folder, with it; none where it is not there yet."""
    try:
        return {f"{folder}/{name}" for name in storage.listdir(folder)[0]}
    except FileNotFoundError:
        return set()


def is_left_behind(storage: Storage, name: str) -> bool:
    """Whether a file that nobody names is too old to be just being written."""
    try:
        return storage.get_modified_time(name) < timezone.now() - LEFT_BEHIND
    except FileNotFoundError:
        return False
