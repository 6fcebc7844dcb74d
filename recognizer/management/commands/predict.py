"""Read picture files with the live model."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.management.files import PictureFile, UnreadableFile, picture_files
from recognizer.management.readings import FORMATS, Record, error_record, record_of
from recognizer.models import Source, User
from recognizer.services.predictions import (
    Answer,
    prediction_create,
    prediction_preview,
)
from recognizer.viewers import Viewer

USAGE = 2
# As of a program that SIGPIPE ends: 128 and the signal's number.
NOBODY_READS_ON = 141
Read = Callable[[bytes], Answer]


class Command(DatabaseCommand):
    help = (
        "Reads the digits in picture files as the site would. Of a folder, it reads "
        'the pictures in it and below it; "-" is the standard input. A file that '
        "cannot be read is named on the standard error output and does not stop the "
        "rest. Exit status: 0 if all were read, 1 if one could not be, 2 for an "
        "option that does not fit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--format",
            choices=list(FORMATS),
            default="text",
            help="text: a table for people; json: a list; ndjson: an object in each "
            "line; csv (default: %(default)s)",
        )
        parser.add_argument(
            "--keep",
            action="store_true",
            help="store pictures and predictions, as those of --user",
        )
        parser.add_argument("--user", metavar="NAME", help="whose the kept ones are")

    def handle(self, *args: Any, **options: Any) -> None:
        read = _reader(is_kept=options["keep"], name=options["user"])
        self._failed = 0
        records = self._records(picture_files(options["files"]), read)
        try:
            for text in FORMATS[options["format"]](records):
                self.stdout.write(text, ending="")
                # Whoever reads on in a pipe need not wait for the last file.
                self.stdout.flush()
        except BrokenPipeError:
            _leave_pipe()
        if self._failed:
            sys.exit(1)

    def _records(self, files: Iterator[PictureFile], read: Read) -> Iterator[Record]:
        for file in files:
            try:
                yield record_of(file.name, read(file.read()))
            except UnreadableFile as error:
                yield self._refused(file, error.code, str(error))
            except engine.RecognizerError as error:
                if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    # No other file could be read either.
                    raise CommandError(str(error)) from error
                yield self._refused(file, error.code, str(error))
            except (DatabaseError, OSError) as error:
                # Nor could any other be kept, with a disk that is full.
                words = f"{file.name}: It could not be kept: {error}"
                raise CommandError(words) from error

    def _refused(self, file: PictureFile, code: str, message: str) -> Record:
        self._failed += 1
        self.stderr.write(f"{file.name}: {message}")
        return error_record(file.name, code, message)


def _reader(*, is_kept: bool, name: str | None) -> Read:
    if is_kept != (name is not None):
        raise CommandError("--keep and --user go together.", returncode=USAGE)
    if name is None:
        return lambda data: prediction_preview(data=data, source=Source.IMPORT)
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name}.", returncode=USAGE)
    viewer = Viewer(user=user)
    return lambda data: prediction_create(
        data=data, source=Source.IMPORT, viewer=viewer
    )


def _leave_pipe() -> None:
    """End quietly: whoever read on, as `head` does, has what he wants."""
    # Python writes out what is left on its way out, and would complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(NOBODY_READS_ON)
