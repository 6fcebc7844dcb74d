"""IDX, the file format of MNIST: a magic number, the sizes, then plain bytes."""

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import DatasetError

# The third byte of an IDX file: one unsigned byte an element.
IDX_UINT8 = 0x08


def read_idx(content: bytes, *, dimensions: int, source: Path) -> NDArray[np.uint8]:
    """The array in an unpacked IDX file of unsigned bytes.

    Args:
        content: The whole file.
        dimensions: How many the array has: 1 for labels, 3 for images.
        source: Named in errors.
    Returns:
        Read-only uint8 array with `dimensions` dimensions.
    Raises:
        DatasetError: another magic number, or more or fewer bytes than promised.
    Source:
        LeCun, "The IDX file format", on the MNIST page.
    """
    header_size = 4 + 4 * dimensions
    magic = bytes([0, 0, IDX_UINT8, dimensions])
    if content[:4] != magic or len(content) < header_size:
        raise DatasetError(
            f"Expected an IDX file with magic number {magic.hex()} in {source}. "
            f"Received: {content[:4].hex() or 'an empty file'}."
        )
    shape = tuple(int(size) for size in np.frombuffer(content[4:header_size], ">u4"))
    promised = int(np.prod(shape, dtype=np.uint64))
    if len(content) - header_size != promised:
        raise DatasetError(
            f"Expected {promised} bytes after the header of {source}, for {shape}. "
            f"Received: {len(content) - header_size}."
        )
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def read_unpacked(path: Path) -> bytes:
    """The contents of a file, unpacked if its name ends in `.gz`.

    Raises:
        DatasetError: it cannot be read, or is cut short or damaged.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(
            f"Expected a readable file at {path}. Received: {error}. "
            "Delete the file and get it again."
        ) from error


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """The unpacked IDX file of an array; see `read_idx`."""
    header = bytes([0, 0, IDX_UINT8, array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + array.tobytes()
