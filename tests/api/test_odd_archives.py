"""Archives as programs of all kinds write them: they are read, and named readably."""

import io
import zipfile

import pytest

from recognizer.models import BatchItem
from recognizer.uploads.zips import MOST_END_RECORDS
from tests.api.posting_archives import send, taken
from tests.archives import (
    DECOY,
    as_zip64,
    commented,
    make_raw_name_zip,
    make_zip,
    read_all,
    statuses,
)
from tests.factories import make_image


def test_folders_and_litter_are_not_files(db, api):
    data = make_zip(
        [
            ("scans/", b""),
            ("scans/.DS_Store", b"x"),
            ("__MACOSX/scans/._7.png", b"x"),
            ("scans/Thumbs.db", b"x"),
            ("scans/7.png", make_image()),
        ]
    )

    batch = taken(send(api, data))

    assert statuses(batch) == [("scans/7.png", "waiting", "")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_two_files(db, api, stub_engine):
    first, second = make_image(), make_image(width=90)

    batch = read_all(taken(send(api, make_zip([("7.png", first), ("7.png", second)]))))

    assert [name for name, *_ in statuses(batch)] == ["7.png", "7.png"]
    assert stub_engine.asked == [first, second]


@pytest.mark.parametrize(
    ("raw", "flags", "shown"),
    [
        ("prüfung.png".encode("cp437"), 0, "prüfung.png"),
        ("prüfung.png".encode(), 0, "prüfung.png"),
        ("プリント.png".encode(), 0x800, "プリント.png"),
        (b"\xff\xfe.png", 0x800, "\ufffd\ufffd.png"),
        ("a\u202egnp.png".encode(), 0x800, "a\ufffdgnp.png"),
        (b"a\x1bb.png", 0, "a\ufffdb.png"),
    ],
)
def test_names_are_shown_readably(db, api, raw, flags, shown):
    taken(send(api, make_raw_name_zip(raw, flags=flags)))

    assert BatchItem.objects.get().name == shown


def test_a_long_name_keeps_its_end(db, api):
    taken(send(api, make_zip([("n" * 300 + "/7.png", make_image())])))

    name = BatchItem.objects.get().name
    assert len(name) == 255
    assert name.endswith("n/7.png")


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED],
    ids=["stored", "deflated"],
)
def test_what_is_in_an_archive_is_read_byte_for_byte(db, api, stub_engine, compression):
    images = [make_image(width=60 + at) for at in range(5)]
    members = [(f"{at}.png", image) for at, image in enumerate(images)]

    read_all(taken(send(api, make_zip(members, compression=compression))))

    assert stub_engine.asked == images


def test_an_archive_written_to_a_pipe_is_read(db, api, stub_engine):
    """Its sizes come after the bytes, as it was not known before how many they are."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", make_image())

    batch = read_all(taken(send(api, pipe.data)))

    assert statuses(batch) == [("a.png", "read", "")]


def test_an_archive_of_the_large_kind_is_read(db, api, stub_engine):
    """ZIP64, in its headers and at its end."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.png", "w", force_zip64=True) as member,
    ):
        member.write(make_image())
    data = as_zip64(file.getvalue())

    batch = read_all(taken(send(api, data)))

    assert statuses(batch) == [("a.png", "read", "")]
    assert stub_engine.asked == [make_image()]


def test_what_stands_before_an_archive_does_not_matter(db, api, stub_engine):
    """A program that unpacks itself, for one."""
    batch = read_all(taken(send(api, b"MZ" * 100 + make_zip())))

    assert [status for _, status, _ in statuses(batch)] == ["read", "read"]


def test_a_comment_at_its_end_does_not_matter(db, api):
    data = commented(make_zip(), b"PK\x05\x06 scanned on Monday")

    taken(send(api, data))

    assert BatchItem.objects.count() == 2


def test_a_comment_may_look_like_ends_of_archives_some_times(db, api):
    data = commented(make_zip(), DECOY * (MOST_END_RECORDS - 1))

    taken(send(api, data))

    assert BatchItem.objects.count() == 2
