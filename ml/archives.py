"""A folder as one ZIP file that other programs open."""

import zipfile
from pathlib import Path
from typing import IO, Final

# The earliest date a ZIP file can hold. Of the real one, the same files would give
# other bytes tomorrow.
DATE: Final = (1980, 1, 1, 0, 0, 0)
# Read and write for its owner, read for all: some programs make files that nobody may
# read of what says nothing about it.
PERMISSIONS: Final = 0o100644 << 16
# Packed already; doing it again costs time and saves nothing.
PACKED: Final = {".png", ".npz"}
UNIX: Final = 3


def write_archive(folder: Path, file: IO[bytes]) -> None:
    """Write all files below a folder, in the order of their names.

    The same files give the same bytes: no dates, owners or orders of the disk's.

    Args:
        folder: what is archived, not itself part of the names.
        file: open for writing; it is written from where it stands, and not closed.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(file, "w") as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), DATE)
            entry.compress_type = (
                zipfile.ZIP_STORED if path.suffix in PACKED else zipfile.ZIP_DEFLATED
            )
            entry.create_system = UNIX
            entry.external_attr = PERMISSIONS
            _add(archive, entry, path)


def _add(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    # In pieces: the pictures of 100,000 glyphs in MNIST's form are one file.
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as out:
        while piece := source.read(1024 * 1024):
            out.write(piece)
