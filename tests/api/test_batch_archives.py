"""Every trick an archive can play, and how each is answered."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from recognizer.models import Batch, BatchItem
from recognizer.uploads import EntryDamaged, read_entry
from tests.archives import (
    CENTRAL,
    LOCAL,
    make_encrypted_zip,
    make_link,
    make_raw_name_zip,
    make_zip,
    patched,
    read_all,
    statuses,
)
from tests.factories import make_image

URL = "/api/batches/"
END = b"PK\x05\x06"


def send(api, data):
    return api.post(URL, data, content_type="application/zip")


def refused(response, code, media_root):
    assert response.status_code == 400, response.content
    assert response.json()["error"]["code"] == code
    assert not Batch.objects.exists()
    assert not media_root.exists()


def taken(response):
    assert response.status_code == 202, response.content
    return Batch.objects.get()


@pytest.mark.parametrize(
    "name",
    [
        "../7.png",
        "scans/../../7.png",
        "scans/..",
        "/etc/7.png",
        "C:/7.png",
        "c:7.png",
        "scans\\7.png",
        "..\\7.png",
        "7.png\x00.txt",
    ],
)
def test_a_name_that_leads_elsewhere_refuses_the_whole_archive(
    db, api, media_root, name
):
    packed = make_raw_name_zip(name.encode())

    refused(send(api, packed), "unsafe_archive", media_root)


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o010666])
def test_links_and_devices_refuse_the_whole_archive(db, api, media_root, mode):
    link = make_link()
    link.external_attr = mode << 16
    data = make_zip([("a.png", make_image()), (link, b"/etc/passwd")])

    refused(send(api, data), "unsafe_archive", media_root)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_that_share_their_bytes_refuse_the_whole_archive(db, api, media_root):
    """As in D. Fifield, "A better zip bomb" (2019)."""
    data = make_zip([("a.png", make_image()), ("a.png", make_image())])
    second = data.rindex(CENTRAL)
    data = data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]

    refused(send(api, data), "unsafe_archive", media_root)


def test_a_file_that_reaches_into_the_directory_refuses_it(db, api, media_root):
    data = make_zip([("a.png", make_image())], compression=zipfile.ZIP_STORED)
    longer = struct.pack("<LL", len(make_image()) + 9, len(make_image()) + 9)

    refused(send(api, patched(data, CENTRAL, 20, longer)), "unsafe_archive", media_root)


def test_a_directory_that_lies_about_names_refuses_it(db, api, media_root):
    data = patched(make_zip(), LOCAL, 30, b"z.png")

    refused(send(api, data), "unsafe_archive", media_root)


def test_a_directory_that_lies_about_locks_refuses_it(db, api, media_root):
    data = patched(make_zip(), LOCAL, 6, struct.pack("<H", 1))

    refused(send(api, data), "unsafe_archive", media_root)


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"PK",
        make_image(),
        make_zip()[:-30],
        make_zip()[40:],
        END + b"\xff" * 18,
        patched(make_zip(), CENTRAL, 0, b"XXXX"),
        patched(make_zip(), CENTRAL, 42, b"\xf0\xff\xff\xff"),
        patched(make_zip(), CENTRAL, 42, b"\xff\xff\xff\xff"),
        patched(make_zip(), END, 12, struct.pack("<L", 2**20)),
        patched(make_zip(), END, 16, struct.pack("<L", 2**32 - 1)),
        patched(make_zip(), END, 12, struct.pack("<L", 50)),
        patched(make_zip(), LOCAL, 0, b"XXXX"),
    ],
)
def test_what_is_damaged_or_no_archive_is_refused(db, api, media_root, data):
    refused(send(api, data), "unreadable_archive", media_root)


def test_an_archive_with_nothing_in_it_is_no_batch(db, api, media_root):
    refused(send(api, make_zip([])), "no_files", media_root)


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


def test_a_locked_file_is_named_and_the_others_are_taken(db, api):
    batch = taken(send(api, make_encrypted_zip("a.png", "b.png")))

    assert statuses(batch) == [
        ("a.png", "failed", "encrypted_entry"),
        ("b.png", "waiting", ""),
    ]


def test_an_archive_with_nothing_but_locked_files_is_refused(db, api, media_root):
    refused(send(api, make_encrypted_zip("a.png")), "encrypted_entry", media_root)


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


def test_a_bomb_takes_no_memory(db, api):
    """Fifty megabytes behind a header that says a thousand bytes."""
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


def test_a_file_that_says_it_is_larger_than_any_refuses_the_archive(
    db, api, media_root
):
    """Beside one that is good: alone it would be refused for its size."""
    data = as_zip64(make_zip())
    true_size = struct.pack("<2HQ", 1, 16, len(make_image()))
    assert true_size in data
    data = data.replace(true_size, struct.pack("<2HQ", 1, 16, 2**64 - 1))

    refused(send(api, data), "unreadable_archive", media_root)


def as_zip64(data):
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
    directory = bytes(directory)
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
        len(directory),
        offset,
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + len(directory), 1)
    end = struct.pack("<4s4H2LH", END, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return data[:offset] + directory + end_64 + locator + end


def test_what_stands_before_an_archive_does_not_matter(db, api, stub_engine):
    """A program that unpacks itself, for one."""
    batch = read_all(taken(send(api, b"MZ" * 100 + make_zip())))

    assert [status for _, status, _ in statuses(batch)] == ["read", "read"]


def test_a_comment_at_its_end_does_not_matter(db, api):
    file = io.BytesIO(make_zip())
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"PK\x05\x06 scanned on Monday"

    taken(send(api, file.getvalue()))

    assert BatchItem.objects.count() == 2
