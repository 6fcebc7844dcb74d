"""Files in archives that are locked, damaged or bombs: named, and the rest is taken."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from recognizer.uploads import EntryDamaged, read_entry
from tests.api.posting_archives import send, taken
from tests.archives import (
    CENTRAL,
    make_encrypted_zip,
    make_zip,
    patched,
    read_all,
    statuses,
)
from tests.factories import make_image


def test_a_locked_file_is_named_and_the_others_are_taken(db, api):
    batch = taken(send(api, make_encrypted_zip("a.png", "b.png")))

    assert statuses(batch) == [
        ("a.png", "failed", "encrypted_entry"),
        ("b.png", "waiting", ""),
    ]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_strangely_packed_file_is_named(db, api, compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", make_image(), compression)
        archive.writestr("b.png", make_image())

    batch = taken(send(api, file.getvalue()))

    assert statuses(batch) == [
        ("a.png", "failed", "unsupported_compression"),
        ("b.png", "waiting", ""),
    ]


def test_a_file_that_unpacks_to_too_much_is_named(db, api, settings):
    settings.MAX_IMAGE_BYTES = 2000
    data = make_zip([("bomb.png", bytes(10**6)), ("b.png", make_image())])

    batch = taken(send(api, data))

    assert statuses(batch)[0] == ("bomb.png", "failed", "image_too_large")


def test_a_file_that_unpacks_to_more_than_it_says_is_not_unpacked(db, api, stub_engine):
    """Its header says 1,000 bytes, and behind it is a million."""
    data = make_zip([("bomb.png", bytes(10**6)), ("b.png", make_image())])
    data = patched(data, CENTRAL, 24, struct.pack("<L", 1000))

    batch = read_all(taken(send(api, data)))

    assert statuses(batch) == [
        ("bomb.png", "failed", "damaged_entry"),
        ("b.png", "read", ""),
    ]
    assert stub_engine.asked == [make_image()]


def test_a_bomb_takes_no_memory(db, api, media_root):
    """Fifty megabytes behind a header that says a thousand bytes.

    In a folder: a server of S3 in this process would be measured, too.
    """
    data = make_zip([("bomb.png", bytes(50 * 10**6)), ("b.png", make_image())])
    batch = taken(send(api, patched(data, CENTRAL, 24, struct.pack("<L", 60_000))))
    bomb = batch.items.get(name="bomb.png")

    tracemalloc.start()
    with batch.file.open("rb") as file, pytest.raises(EntryDamaged):
        read_entry(file, bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2**20


def test_a_file_that_holds_far_more_bytes_than_it_can_need_is_named(
    db, api, stub_engine
):
    data = make_zip([("a.png", bytes(range(256)) * 40), ("b.png", make_image())])
    data = patched(data, CENTRAL, 24, struct.pack("<L", 1))
    packed = make_zip([("a.png", make_image())], compression=zipfile.ZIP_STORED)
    smaller = struct.pack("<L", len(make_image()) - 1)

    first = taken(send(api, data))
    read_all(first)
    alone = send(api, patched(packed, CENTRAL, 24, smaller))

    assert statuses(first)[0] == ("a.png", "failed", "damaged_entry")
    assert alone.json()["error"]["code"] == "damaged_entry"


@pytest.mark.parametrize("offset", [14, 16])
def test_a_file_whose_checksum_is_wrong_is_named(db, api, stub_engine, offset):
    data = patched(make_zip(), CENTRAL, offset + 2, b"\x00\x00")

    batch = read_all(taken(send(api, data)))

    assert statuses(batch)[0] == ("a.png", "failed", "damaged_entry")
    assert statuses(batch)[1] == ("b.png", "read", "")


def test_bytes_that_were_changed_are_noticed(db, api, stub_engine):
    data = make_zip(compression=zipfile.ZIP_STORED)
    at = data.index(make_image()) + 20

    batch = read_all(taken(send(api, data[:at] + b"?" + data[at + 1 :])))

    assert statuses(batch)[0] == ("a.png", "failed", "damaged_entry")


def test_an_archive_in_an_archive_is_one_more_file_that_is_no_picture(db, api):
    """So is one that holds itself: it is never opened."""
    inner = make_zip()

    batch = read_all(taken(send(api, make_zip([("inner.zip", inner)]))))

    assert statuses(batch) == [("inner.zip", "failed", "unreadable_image")]
