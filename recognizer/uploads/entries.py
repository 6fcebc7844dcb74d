"""The files of an upload, one by one, whether sent as they are or in an archive."""

import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Protocol

from django.conf import settings

from recognizer.uploads import zips
from recognizer.uploads.errors import UploadRefused, too_many
from recognizer.uploads.handler import NO_FILES
from recognizer.uploads.spool import Part, Upload

# By how much deflated bytes may be more than what they hold: five for each block of
# 16 KB, and the end of the stream. What claims more only wants memory.
DEFLATE_OVERHEAD = 1.01
DEFLATE_OVERHEAD_BYTES = 1024
# So many entries of archives are looked at for one file that an upload may have:
# folders and litter count, too, and all archives of an upload together.
ENTRIES_A_FILE = 4
DAMAGED = "This file is damaged in its ZIP. Pack it again."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file will not be read, as is known without reading it."""

    code: str
    message: str
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: where its bytes are in the upload, and how many.

    Attributes:
        stored_size: how many there are in the upload.
        size: how many the file has; as many where it is not deflated.
        crc: what they are to come to; None: nobody said.
    """

    name: str
    offset: int
    stored_size: int
    size: int
    is_deflated: bool = False
    crc: int | None = None
    problem: Problem | None = None


class Stored(Protocol):
    """Where a file's bytes are: an Entry, or the row that was made of it."""

    offset: int
    stored_size: int
    size: int
    is_deflated: bool
    crc: int | None


class EntryDamaged(Exception):
    """What is in the archive is not what the archive says."""

    code = "damaged_entry"


def entries_of(upload: Upload) -> list[Entry]:
    """List the files of an upload, in the order in which they were sent.

    Raises:
        UploadRefused: an archive cannot be opened or is not safe; there are no files,
            too many, or too much of them; or none of them can be read.
    """
    entries: list[Entry] = []
    left = settings.MAX_BATCH_FILES * ENTRIES_A_FILE
    for part in upload.parts:
        if part.is_archive:
            members = _members(part, upload, most=left)
            left -= len(members)
            entries.extend(_entry(each) for each in members if each.is_regular)
        else:
            entries.append(_single(part))
        if len(entries) > settings.MAX_BATCH_FILES:
            raise too_many(settings.MAX_BATCH_FILES)
    if not entries:
        raise UploadRefused(NO_FILES, code="no_files")
    good = [entry for entry in entries if entry.problem is None]
    if not good and (problem := entries[0].problem):
        raise UploadRefused(problem.message, code=problem.code, status=problem.status)
    if sum(entry.size for entry in good) > settings.MAX_BATCH_BYTES:
        raise UploadRefused(
            f"Unpacked, these files are larger than {settings.MAX_BATCH_BYTES >> 30} "
            f"GB. Send them in several batches.",
            code="batch_too_large",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    return entries


def read_entry(file: IO[bytes], entry: Stored) -> bytes:
    """The bytes of one file: never more than it says it has.

    Args:
        file: what was kept of the upload.
    Raises:
        EntryDamaged: it has others than it says.
    """
    file.seek(entry.offset)
    stored = file.read(entry.stored_size)
    if len(stored) != entry.stored_size:
        raise EntryDamaged(DAMAGED)
    data = _inflated(stored, entry.size) if entry.is_deflated else stored
    if entry.crc is not None and zlib.crc32(data) != entry.crc:
        raise EntryDamaged(DAMAGED)
    return data


def _inflated(stored: bytes, size: int) -> bytes:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than there may be: then it is known that there are more.
        data = inflate.decompress(stored, size + 1)
    except zlib.error as error:
        raise EntryDamaged(DAMAGED) from error
    if len(data) != size or not inflate.eof:
        raise EntryDamaged(DAMAGED)
    return data


def _single(part: Part) -> Entry:
    problem = _too_large() if part.size > settings.MAX_IMAGE_BYTES else None
    return Entry(part.name, part.offset, part.size, part.size, problem=problem)


def _members(part: Part, upload: Upload, *, most: int) -> list[zips.Member]:
    members = zips.members(
        upload.file, start=part.offset, size=part.size, most_entries=most
    )
    if members is None:
        raise too_many(settings.MAX_BATCH_FILES)
    return members


def _entry(member: zips.Member) -> Entry:
    is_deflated = member.method == zips.DEFLATED
    return Entry(
        name=member.name,
        offset=member.offset,
        stored_size=member.packed,
        size=member.size,
        is_deflated=is_deflated,
        crc=member.crc,
        problem=_problem(member),
    )


def _problem(member: zips.Member) -> Problem | None:
    if member.is_encrypted:
        return Problem(
            "encrypted_entry",
            "This file is locked with a password in its ZIP. Pack it without one.",
        )
    if member.method not in {zips.STORED, zips.DEFLATED}:
        return Problem(
            "unsupported_compression",
            "This file is packed in a way that is not read here. Pack it as an "
            "ordinary ZIP (deflate).",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )
    if member.size > settings.MAX_IMAGE_BYTES:
        return _too_large()
    if member.packed > _most_packed(member):
        return Problem(EntryDamaged.code, DAMAGED)
    return None


def _most_packed(member: zips.Member) -> int:
    if member.method == zips.STORED:
        return member.size
    return int(member.size * DEFLATE_OVERHEAD) + DEFLATE_OVERHEAD_BYTES


def _too_large() -> Problem:
    return Problem(
        "image_too_large",
        f"This picture is larger than {settings.MAX_IMAGE_MB} MB. Send a smaller one.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )
