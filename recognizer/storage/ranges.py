"""A file elsewhere that is fetched piece by piece, as it is read."""

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# One request brings most pictures whole. Of a batch, of which any part may be read, no
# more is fetched in vain; and some hundred small files at a time.
FIRST_BYTES = 512 * 1024
PIECE_BYTES = 4 * 1024**2


class Piece(NamedTuple):
    """Some bytes of a file, and how many it has in all."""

    data: bytes
    file_size: int


class RangedFile(io.RawIOBase):
    """Reads and seeks as a local file does, and holds one piece of it at a time.

    Its first piece is fetched at once: what is not there is found out before anybody
    has begun to read.
    """

    def __init__(self, fetch: Callable[[int, int], Piece]) -> None:
        """Fetch the first piece.

        Args:
            fetch: given an offset and a size, the bytes there; fewer at the file's end.
        """
        self._fetch = fetch
        self._at = 0
        self._piece_at = 0
        self._piece, self._size = fetch(0, FIRST_BYTES)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        self._at = max(0, start[whence] + offset)
        return self._at

    def readall(self) -> bytes:
        return self._some(self._size - self._at)

    def read(self, size: int | None = -1, /) -> bytes:
        """All that is asked for; fewer bytes only at the end, as files on disks do."""
        if size is None or size < 0:
            return self.readall()
        return self._some(min(size, self._size - self._at))

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _some(self, size: int) -> bytes:
        if size <= 0:
            return b""
        skipped = self._at - self._piece_at
        if skipped < 0 or skipped + size > len(self._piece):
            self._piece_at, skipped = self._at, 0
            self._piece = self._fetch(self._at, max(size, PIECE_BYTES)).data
        data = self._piece[skipped : skipped + size]
        self._at += len(data)
        return data
