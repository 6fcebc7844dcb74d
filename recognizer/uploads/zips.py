"""What a ZIP says of its members, believed only as far as it agrees with itself.

Not by `zipfile`: it takes in the whole directory before anybody could count it, lets
members share their bytes, and would be asked anew for every chunk that is read.

Source: APPNOTE.TXT, the ZIP file format specification of PKWARE, version 6.3.10.
"""

import re
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Final

from recognizer.uploads.errors import unreadable, unsafe

# The records of the format, each with its signature.
END: Final = struct.Struct("<4s4H2LH")
END_64: Final = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64: Final = struct.Struct("<4sLQL")
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
LOCAL: Final = struct.Struct("<4s5H3L2H")
LONGEST_COMMENT: Final = 2**16 - 1
ZIP64_EXTRA: Final = 1
FULL_16, FULL_32 = 2**16 - 1, 2**32 - 1
# Each costs a look; programs write none by mistake, and a handful of extra fields.
MOST_END_RECORDS: Final = 64
MOST_EXTRA_FIELDS: Final = 64
# The format goes to 2**64 - 1; no file has as many bytes, and databases end here.
LARGEST_64: Final = 2**63 - 1

IS_ENCRYPTED: Final = 0x1
IS_UTF_8: Final = 0x800
STORED: Final = 0
DEFLATED: Final = 8

# What packing programs put in beside the files.
LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
LITTER_FOLDER: Final = "__MACOSX/"
UNNAMED: Final = "unnamed"
UNSAFE_NAME = re.compile(r"\A/|\A[A-Za-z]:|(?:\A|/)\.\.(?:/|\Z)|\\|\x00")


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive's directory.

    Attributes:
        name: readable, as a person should see it.
        offset: of its bytes in the file that the archive is part of.
        packed, size: how many bytes it says it has, as they are there and unpacked.
        is_regular: whether it is a file, and neither a folder nor litter.
    """

    name: str
    offset: int
    packed: int
    size: int
    method: int
    crc: int
    is_encrypted: bool
    is_regular: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One entry as it stands in the directory."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    header: int


class Window:
    """An archive: part of a file. Nothing outside of it can be read."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file = file
        self.start = start
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        if offset < 0 or offset + size > self.size:
            raise unreadable("it is cut short or damaged")
        self._file.seek(self.start + offset)
        return self._file.read(size)

    def unpack(
        self, record: struct.Struct, offset: int, sign: bytes
    ) -> tuple[int, ...]:
        """The numbers of a record after its signature."""
        found, *numbers = record.unpack(self.read(offset, record.size))
        if found != sign:
            raise unreadable("it is cut short or damaged")
        return tuple(numbers)


def members(
    file: IO[bytes], *, start: int, size: int, most_entries: int
) -> list[Member] | None:
    """List what an archive holds, in the order of its directory.

    Args:
        file: in which the archive stands from `start` on, `size` bytes of it.
        most_entries: where there are more, it is not listed to the end.
    Returns:
        Every entry, folders and litter among them; None where there are too many.
    Raises:
        UploadRefused: it is damaged, no archive, or unsafe.
    """
    archive = Window(file, start, size)
    directory, end, shift = _directory(archive)
    found: list[Member] = []
    spans: list[tuple[int, int]] = [(directory, end)]
    for count, record in enumerate(_records(archive, directory, end)):
        if count >= most_entries:
            return None
        header = record.header + shift
        data = _data_offset(archive, header, record)
        spans.append((header, data + record.packed))
        found.append(_member(record, archive.start + data))
    _refuse_shared_bytes(spans)
    return found


def _directory(archive: Window) -> tuple[int, int, int]:
    """Where the directory begins and ends, and how far all offsets are shifted."""
    end_record = _end_record(archive)
    _, _, count, _, size, offset, _ = archive.unpack(END, end_record, b"PK\x05\x06")
    end = end_record
    if count == FULL_16 or FULL_32 in {size, offset}:
        locator = end_record - LOCATOR_64.size
        _, place, _ = archive.unpack(LOCATOR_64, locator, b"PK\x06\x07")
        # Where something stands in front of the archive, the place is not right.
        end = place if _is_end_64(archive, place) else locator - END_64.size
        *_, size, offset = archive.unpack(END_64, end, b"PK\x06\x06")
    shift = end - size - offset
    if shift < 0:
        raise unreadable("it is cut short or damaged")
    return end - size, end, shift


def _is_end_64(archive: Window, offset: int) -> bool:
    is_within = offset + END_64.size <= archive.size
    return is_within and archive.read(offset, 4) == b"PK\x06\x06"


def _end_record(archive: Window) -> int:
    """Where the last record is: at the end, unless a comment comes after it."""
    length = min(archive.size, END.size + LONGEST_COMMENT)
    tail = archive.read(archive.size - length, length)
    found = length
    for _ in range(MOST_END_RECORDS):
        found = tail.rfind(b"PK\x05\x06", 0, found)
        if found < 0:
            break
        comment = int.from_bytes(tail[found + 20 : found + 22], "little")
        if found + END.size + comment <= length:
            return archive.size - length + found
    raise unreadable("it is cut short, or it is no ZIP")


def _records(archive: Window, directory: int, end: int) -> Iterator[Record]:
    at = directory
    while at < end:
        numbers = archive.unpack(CENTRAL, at, b"PK\x01\x02")
        _, _, flags, method, _, _, crc, packed, size, *rest = numbers
        name_length, extra_length, comment_length, _, _, mode, header = rest
        at += CENTRAL.size
        raw_name = archive.read(at, name_length)
        extra = archive.read(at + name_length, extra_length)
        size, packed, header = _wide(extra, size, packed, header)
        at += name_length + extra_length + comment_length
        # The upper half holds what Unix says of the file; nobody else has links there.
        yield Record(raw_name, flags, method, crc, packed, size, mode >> 16, header)
    if at != end:
        raise unreadable("it is cut short or damaged")


def _wide(extra: bytes, *narrow: int) -> tuple[int, int, int]:
    """Sizes and offset, taken from where ZIP64 keeps those that need more room."""
    wide = iter(_zip64_numbers(extra))
    try:
        size, packed, header = (
            next(wide) if number == FULL_32 else number for number in narrow
        )
    except (RuntimeError, StopIteration, ValueError) as error:
        raise unreadable("it is cut short or damaged") from error
    if max(size, packed, header) > LARGEST_64:
        raise unreadable("it is cut short or damaged")
    return size, packed, header


def _zip64_numbers(extra: bytes) -> list[int]:
    at = 0
    for _ in range(MOST_EXTRA_FIELDS):
        if at + 4 > len(extra):
            break
        kind, length = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + length]
        if kind == ZIP64_EXTRA:
            count = len(field) // 8
            return list(struct.unpack_from(f"<{count}Q", field))
        at += 4 + length
    return []


def _data_offset(archive: Window, header: int, record: Record) -> int:
    """Where a member's bytes begin; its own header must say what the directory says."""
    numbers = archive.unpack(LOCAL, header, b"PK\x03\x04")
    _, flags, method, *_, name_length, extra_length = numbers
    name = archive.read(header + LOCAL.size, name_length)
    is_same = (name, method) == (record.raw_name, record.method)
    if not is_same or (flags ^ record.flags) & IS_ENCRYPTED:
        raise unsafe("it says one thing in its directory and another beside its files")
    data = header + LOCAL.size + name_length + extra_length
    archive.read(data + record.packed, 0)
    return data


def _member(record: Record, offset: int) -> Member:
    name = _readable(record.raw_name, is_utf_8=bool(record.flags & IS_UTF_8))
    if UNSAFE_NAME.search(name):
        raise unsafe(f"a name in it leads out of its folder ({shown(name)})")
    kind = stat.S_IFMT(record.mode)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise unsafe(f"{shown(name)} is a link or a device, and no file")
    is_litter = LITTER_FOLDER in name or name.rpartition("/")[2] in LITTER
    return Member(
        name=shown(name) or UNNAMED,
        offset=offset,
        packed=record.packed,
        size=record.size,
        method=record.method,
        crc=record.crc,
        is_encrypted=bool(record.flags & IS_ENCRYPTED),
        is_regular=not (name.endswith("/") or kind == stat.S_IFDIR or is_litter),
    )


def _readable(raw: bytes, *, is_utf_8: bool) -> str:
    """A name as text: many programs write UTF-8 and do not say so."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if is_utf_8 else raw.decode("cp437")


def shown(name: str) -> str:
    """A name without what cannot be printed, or would turn the text around it."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _refuse_shared_bytes(spans: list[tuple[int, int]]) -> None:
    """Members that share bytes unpack to far more than was sent: a bomb."""
    for (_, end), (begin, _) in pairwise(sorted(spans)):
        if begin < end:
            raise unsafe("files in it share their bytes")
