"""Many files in one request, and archives among them: bytes on their way in.

A request's files go one after another into one temporary file, whatever their number:
the limits of memory and of open files are not met. What an archive says of itself is
checked while somebody waits for the answer; its members stay packed until each is read.
Nothing is ever unpacked to the disk, so that no name in an archive can lead anywhere.
"""

from recognizer.uploads.entries import (
    Entry,
    EntryDamaged,
    Problem,
    entries_of,
    read_entry,
)
from recognizer.uploads.errors import UploadRefused, refuse_full_disk
from recognizer.uploads.handler import (
    UPLOAD,
    BatchUploadHandler,
    upload_of,
    upload_of_archive,
)
from recognizer.uploads.spool import Part, Upload

__all__ = [
    "UPLOAD",
    "BatchUploadHandler",
    "Entry",
    "EntryDamaged",
    "Part",
    "Problem",
    "Upload",
    "UploadRefused",
    "entries_of",
    "read_entry",
    "refuse_full_disk",
    "upload_of",
    "upload_of_archive",
]
