"""One temporary file for all files of a request."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from recognizer.uploads.errors import UploadRefused, refuse_full_disk, too_many

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    UploadBase = UploadedFile[bytes]
else:
    UploadBase = UploadedFile

ARCHIVE_EXTENSION = ".zip"


@dataclass(frozen=True, slots=True)
class Part:
    """One file that was sent: its bytes are those from `offset` on.

    Attributes:
        name: as it was sent.
        size: how many bytes were sent; of what is too large, fewer are kept.
        is_archive: whether what it holds is to be read, and not itself.
    """

    name: str
    offset: int
    size: int
    is_archive: bool


class Upload(UploadBase):
    """The files of one request, one after another.

    Without a name in the file system: it is gone with the process, however that ends.
    What goes wrong while the request is still being received is kept for the view,
    which alone can answer in words.

    Attributes:
        refusal: why nothing of it is taken; None as long as there is no reason.
    """

    file: IO[bytes]

    def __init__(self) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115  (the request closes it)
        super().__init__(file=file, name="upload")
        self.parts: list[Part] = []
        self.refusal: UploadRefused | None = None
        self._end = 0

    def add(self, name: str, chunks: Iterable[bytes], *, is_archive: bool) -> None:
        """Take one file; its chunks are received to their end, whatever happens."""
        is_archive = is_archive or name.lower().endswith(ARCHIVE_EXTENSION)
        if len(self.parts) >= settings.MAX_BATCH_FILES:
            self.refusal = too_many(settings.MAX_BATCH_FILES)
        # The size of a request limits an archive; of pictures, no more is of use.
        kept_bytes = None if is_archive else settings.MAX_IMAGE_BYTES
        offset, size = self._end, 0
        for chunk in chunks:
            size += len(chunk)
            if self.refusal is None and (kept_bytes is None or size <= kept_bytes):
                self._write(chunk)
        if self.refusal is None:
            self.parts.append(Part(name, offset, size, is_archive))

    def _write(self, chunk: bytes) -> None:
        try:
            with refuse_full_disk():
                self.file.write(chunk)
        except UploadRefused as error:
            self.refusal = error
        else:
            self._end += len(chunk)
