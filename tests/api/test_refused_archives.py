"""What refuses an archive as a whole: nothing of it is kept."""

import struct
import zipfile

import pytest

from recognizer.uploads.zips import MOST_END_RECORDS, MOST_EXTRA_FIELDS
from tests.api.posting_archives import refused, send
from tests.archives import (
    CENTRAL,
    DECOY,
    END,
    LOCAL,
    as_zip64,
    commented,
    make_encrypted_zip,
    make_link,
    make_raw_name_zip,
    make_zip,
    patched,
    with_extra_fields,
)
from tests.factories import make_image


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


def test_a_comment_full_of_ends_of_archives_is_not_searched(db, api, media_root):
    data = commented(make_zip(), DECOY * MOST_END_RECORDS)

    refused(send(api, data), "unreadable_archive", media_root)


def test_a_size_behind_endless_fields_is_not_looked_for(db, api, media_root):
    at_the_limit = with_extra_fields(make_zip(), MOST_EXTRA_FIELDS - 1)
    beyond = with_extra_fields(make_zip(), MOST_EXTRA_FIELDS)

    refused(send(api, beyond), "unreadable_archive", media_root)
    assert send(api, at_the_limit).status_code == 202


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


def test_an_archive_with_nothing_but_locked_files_is_refused(db, api, media_root):
    refused(send(api, make_encrypted_zip("a.png")), "encrypted_entry", media_root)


def test_a_file_that_says_it_is_larger_than_any_refuses_the_archive(
    db, api, media_root
):
    """Beside one that is good: alone it would be refused for its size."""
    data = as_zip64(make_zip())
    true_size = struct.pack("<2HQ", 1, 16, len(make_image()))
    assert true_size in data
    data = data.replace(true_size, struct.pack("<2HQ", 1, 16, 2**64 - 1))

    refused(send(api, data), "unreadable_archive", media_root)
