"""Files in a folder of this machine, or of one that is mounted here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

from recognizer.storage import StorageUnavailable, is_full_disk


@deconstructible
class DiskStorage(FileSystemStorage):
    """Django's, which tells a folder that is out of reach from a file that is gone."""

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        with _as_unavailable(name):
            return super().open(name, mode)

    def save(
        self, name: str | None, content: IO[Any], max_length: int | None = None
    ) -> str:
        with _as_unavailable(str(name)):
            return super().save(name, content, max_length)


@contextmanager
def _as_unavailable(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise  # It is known that there is none.
    except OSError as error:
        if is_full_disk(error):
            raise  # It is there, and others' work to make room.
        raise StorageUnavailable(f"{name}: {error}") from error
