"""ZIP archives as tests need them, good ones and crafted ones."""

import io
import struct
import zipfile
from collections.abc import Iterable
from typing import Any

from recognizer.models import Batch, Source
from recognizer.services.batch_reading import batch_read
from recognizer.tasks import batch_enqueue
from recognizer.uploads import Upload
from recognizer.viewers import Viewer
from tests.factories import make_image

Members = Iterable[tuple[str | zipfile.ZipInfo, bytes]]
# Of a record, the bytes of its signature, and where the named fields stand after it.
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
END = b"PK\x05\x06"
# It looks like the end of an archive whose comment is longer than what is left.
DECOY = END + b"\xff" * 18


def make_zip(
    members: Members | None = None, *, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """An archive; of two pictures unless told otherwise."""
    if members is None:
        members = [("a.png", make_image()), ("b.png", make_image())]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def patched(data: bytes, sign: bytes, offset: int, value: bytes) -> bytes:
    """An archive with these bytes in the first record of this kind."""
    at = data.index(sign) + offset
    return data[:at] + value + data[at + len(value) :]


def make_encrypted_zip(*names: str) -> bytes:
    """An archive whose first member says that it is locked."""
    data = make_zip([(name, make_image()) for name in names])
    data = patched(data, LOCAL, 6, struct.pack("<H", 1))
    return patched(data, CENTRAL, 8, struct.pack("<H", 1))


def make_link(name: str = "link") -> zipfile.ZipInfo:
    """A member that is a symbolic link."""
    link = zipfile.ZipInfo(name)
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    return link


def make_raw_name_zip(name: bytes, *, flags: int = 0) -> bytes:
    """An archive with one member of this name, byte by byte."""
    data = make_zip([("x" * len(name), make_image())])
    data = data.replace(b"x" * len(name), name)
    data = patched(data, LOCAL, 6, struct.pack("<H", flags))
    return patched(data, CENTRAL, 8, struct.pack("<H", flags))


def commented(data: bytes, comment: bytes) -> bytes:
    """The same archive with a comment at its end."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = comment
    return file.getvalue()


def with_extra_fields(data: bytes, count: int) -> bytes:
    """An archive whose first member has so many empty fields, and its size after them.

    Only ZIP64's field, the last one, says the size.
    """
    at = data.index(CENTRAL)
    packed, unpacked = struct.unpack_from("<2L", data, at + 20)
    name_length, old_extra = struct.unpack_from("<2H", data, at + 28)
    fields = struct.pack("<2H", 0xCAFE, 0) * count
    fields += struct.pack("<2H2Q", 1, 16, unpacked, packed)
    end_of_name = at + 46 + name_length
    data = data[:end_of_name] + fields + data[end_of_name + old_extra :]
    data = patched(data, CENTRAL, 20, b"\xff" * 8)
    data = patched(data, CENTRAL, 30, struct.pack("<H", len(fields)))
    (size,) = struct.unpack_from("<L", data, data.index(END) + 12)
    return patched(data, END, 12, struct.pack("<L", size + len(fields) - old_extra))


def as_zip64(data: bytes) -> bytes:
    """The same archive with offsets and sizes where only ZIP64 looks for them."""
    at = data.index(END)
    count, size, offset = struct.unpack_from("<H2L", data, at + 10)
    directory = bytearray(data[offset : offset + size])
    packed, unpacked = struct.unpack_from("<2L", directory, 20)
    directory[20:28] = b"\xff" * 8
    extra = struct.pack("<2H2Q", 1, 16, unpacked, packed)
    name_length, old_extra = struct.unpack_from("<2H", directory, 28)
    directory[30:32] = struct.pack("<H", len(extra))
    end_of_name = 46 + name_length
    directory[end_of_name : end_of_name + old_extra] = extra
    whole = bytes(directory)
    end_64 = struct.pack(
        "<4sQ2H2L4Q",
        b"PK\x06\x06",
        44,
        45,
        45,
        0,
        0,
        count,
        count,
        len(whole),
        offset,
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + len(whole), 1)
    end = struct.pack("<4s4H2LH", END, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return data[:offset] + whole + end_64 + locator + end


def make_upload_of(*files: tuple[str, bytes]) -> Upload:
    """Files as a request has brought them."""
    upload = Upload()
    for name, data in files:
        upload.add(name, [data], is_archive=False)
    return upload


def make_batch(
    *files: tuple[str, bytes],
    viewer: Viewer | None = None,
    source: Source = Source.API,
) -> Batch:
    """A batch that waits; of two pictures unless told otherwise."""
    files = files or (("a.png", make_image()), ("b.png", make_image(width=80)))
    return batch_enqueue(
        upload=make_upload_of(*files), source=source, viewer=viewer or Viewer()
    )


def read_all(batch: Batch) -> Batch:
    """Do what the worker would do."""
    while batch_read(key=batch.pk):
        pass
    batch.refresh_from_db()
    return batch


def statuses(batch: Batch) -> list[Any]:
    return list(batch.items.values_list("name", "status", "error_code"))
