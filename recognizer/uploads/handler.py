"""How the body of such a request is received."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import (
    FIELD,
    FILE,
    ChunkIter,
    LazyStream,
    Parser,
)
from django.utils.datastructures import MultiValueDict

from recognizer.uploads.errors import UploadRefused, too_many
from recognizer.uploads.spool import Upload
from recognizer.uploads.zips import UNNAMED

# Under this name a view finds the upload among the request's files.
UPLOAD = "upload"
ARCHIVE_FIELD = "archive"
CHUNK_BYTES = 64 * 1024
# Of a field that is no file: ours are short, and nobody else's are looked at.
FIELD_BYTES = 4 * 1024
MOST_FIELDS = 100
NO_FILES = "There are no files yet. Choose pictures, or a ZIP with pictures in it."
CUT_SHORT = "The request was cut short. Send it once more."

Parts = tuple[QueryDict, MultiValueDict[str, Any]]


class BatchUploadHandler(FileUploadHandler):
    """Takes all files of a form into one `Upload`.

    Django's own way opens a file for each, and counts them against a limit that holds
    for the whole site. So the form is taken apart here, by Django's own parser of its
    parts. Nothing is raised: who asks first for the form may be the middleware that
    looks for the CSRF token, and what that raises nobody puts into words.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  (Django calls it so)
        content_length: int,
        boundary: Any,  # bytes, whatever the stubs say
        encoding: str | None = None,
    ) -> Parts:
        body = Body(input_data)
        upload, fields = Upload(), QueryDict(mutable=True)
        chunks = ChunkIter(body, CHUNK_BYTES)  # type: ignore[arg-type]  # It only reads.
        parser = Parser(LazyStream(chunks), boundary)
        for count, (kind, headers, part) in enumerate(parser):
            if count > settings.MAX_BATCH_FILES + MOST_FIELDS:
                upload.refusal = too_many(settings.MAX_BATCH_FILES)
                break
            _take(upload, fields, kind, headers, part)
            _exhaust(part)
        # Whoever sends it listens only once all is received.
        _exhaust(iter(lambda: body.read(CHUNK_BYTES), b""))
        if body.received < content_length:
            upload.refusal = UploadRefused(CUT_SHORT, code="parse_error")
        return fields, MultiValueDict({UPLOAD: [upload]})


class Body:
    """A request's body that knows how much of it has come."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.received = 0

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self.received += len(data)
        return data


def upload_of(request: HttpRequest) -> Upload:
    """The files of a form, received by the BatchUploadHandler.

    Raises:
        UploadRefused: there are none, or they cannot be taken.
    """
    upload = request.FILES.get(UPLOAD)
    if not isinstance(upload, Upload) or not (upload.parts or upload.refusal):
        raise UploadRefused(NO_FILES, code="no_files")
    if upload.refusal is not None:
        raise upload.refusal
    return upload


def upload_of_archive(stream: IO[bytes], *, content_length: int) -> Upload:
    """An archive that is the body itself, as an upload of that one file."""
    upload, body = Upload(), Body(stream)
    chunks: Iterator[bytes] = iter(lambda: body.read(CHUNK_BYTES), b"")
    upload.add("archive.zip", chunks, is_archive=True)
    if body.received < content_length:
        upload.refusal = UploadRefused(CUT_SHORT, code="parse_error")
    return upload


def _take(
    upload: Upload, fields: QueryDict, kind: Any, headers: dict[str, Any], part: Any
) -> None:
    try:
        disposition = headers["content-disposition"][1]
        field = _text(disposition["name"]).strip()
    except (KeyError, IndexError):
        return
    if kind == FIELD:
        fields.appendlist(field, _text(part.read(size=FIELD_BYTES)))
    elif kind == FILE:
        name = label(_text(disposition["filename"])) or UNNAMED
        upload.add(name, part, is_archive=field == ARCHIVE_FIELD)


def label(name: str) -> str:
    """What of a file's name is shown: no folder of whose disk it came from."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())


def _text(data: bytes | str) -> str:
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else data


def _exhaust(chunks: Iterable[bytes]) -> None:
    deque(chunks, maxlen=0)
