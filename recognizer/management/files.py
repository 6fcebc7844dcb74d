"""Picture files that are named on the command line, and how their names are shown."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from recognizer import engine

STDIN = "-"


class UnreadableFile(Exception):
    """A file that is not there, may not be read, or is no picture by its size.

    Attributes:
        code: for programs, as in the API.
    """

    def __init__(self, message: str, *, code: str = "unreadable_file") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One file, or what comes through the standard input.

    Attributes:
        path: as it was named, or STDIN.
        error: why it is none.
    """

    path: str
    error: UnreadableFile | None = None

    @property
    def name(self) -> str:
        """Its path as something that can be printed anywhere.

        Names are bytes: what is not UTF-8 in them, or moves a terminal's cursor, is
        written as Python would.
        """
        text = os.fsencode(self.path).decode("utf-8", "backslashreplace")
        return "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode()
            for each in text
        )

    def read(self) -> bytes:
        """Its bytes, of which no more than the site takes are read.

        Raises:
            UnreadableFile: it cannot be read, or is larger than that.
        """
        if self.error is not None:
            raise self.error
        most = settings.MAX_IMAGE_BYTES
        try:
            if self.path == STDIN:
                data = sys.stdin.buffer.read(most + 1)
            else:
                with Path(self.path).open("rb") as file:
                    data = file.read(most + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UnreadableFile(f"It cannot be read: {why}.") from error
        if len(data) > most:
            raise UnreadableFile(
                f"It is larger than {settings.MAX_IMAGE_MB} MB.", code="image_too_large"
            )
        return data


def picture_files(paths: Sequence[str]) -> Iterator[PictureFile]:
    """The files that are named, and of folders the pictures in them and below them.

    One after another: a folder may hold more than fits into memory. A folder that
    cannot be read, or holds no picture, comes as a file with that error.
    """
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            yield from _in_folder(path)
        else:
            yield PictureFile(path)


def _in_folder(folder: str) -> Iterator[PictureFile]:
    refused: list[OSError] = []
    is_empty = True
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in engine.IMAGE_SUFFIXES:
                is_empty = False
                yield PictureFile(str(Path(place) / name))
    for error in refused:
        words = f"It cannot be read: {error.strerror}."
        yield PictureFile(str(error.filename), UnreadableFile(words))
    if is_empty and not refused:
        words = "There is no picture in this folder."
        yield PictureFile(folder, UnreadableFile(words))
