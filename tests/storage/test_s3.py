"""Files in a bucket, over HTTP, as Django asks for them."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from botocore.config import Config
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.utils import timezone

from recognizer.storage import StorageUnavailable, ranges
from tests.buckets import make_storage

DATA = bytes(range(256)) * 8


@pytest.fixture
def asked(s3, monkeypatch) -> list[tuple[int, int]]:
    """Which pieces are asked for, as offset and size."""
    pieces: list[tuple[int, int]] = []
    real = s3.piece

    def piece(name, start, size):
        pieces.append((start, size))
        return real(name, start, size)

    monkeypatch.setattr(s3, "piece", piece)
    return pieces


def kept(storage, data: bytes = DATA, name: str = "predictions/a.png") -> str:
    return storage.save(name, ContentFile(data))


def test_what_is_kept_can_be_read_and_found(s3):
    name = kept(s3)

    with s3.open(name) as file:
        assert file.read() == DATA
    assert (s3.exists(name), s3.size(name)) == (True, len(DATA))
    assert s3.listdir("predictions") == ([], ["a.png"])
    assert timezone.now() - s3.get_modified_time(name) < timedelta(minutes=1)


def test_an_empty_file_is_empty_and_not_missing(s3):
    name = kept(s3, b"")

    with s3.open(name) as file:
        assert file.read() == b""


def test_a_picture_comes_with_one_request(s3, asked):
    name = kept(s3)

    with s3.open(name) as file:
        file.seek(0, os.SEEK_END)
        file.seek(0)
        read = b"".join(iter(lambda: file.read(100), b""))

    assert read == DATA
    assert len(asked) == 1


def test_of_a_large_file_the_pieces_come_that_are_read(s3, asked, monkeypatch):
    monkeypatch.setattr(ranges, "FIRST_BYTES", 10)
    monkeypatch.setattr(ranges, "PIECE_BYTES", 100)
    name = kept(s3)

    with s3.open(name) as file:
        file.seek(1000)
        assert file.read(50) == DATA[1000:1050]
        assert file.read(50) == DATA[1050:1100]
        assert file.read(300) == DATA[1100:1400]
        file.seek(-5, os.SEEK_END)
        assert file.read(10) == DATA[-5:]
        file.seek(20)
        assert file.read() == DATA[20:]

    assert asked == [(0, 10), (1000, 100), (1100, 300), (2043, 100), (20, 2028)]


def test_a_file_can_be_opened_once_more(s3):
    file = s3.open(kept(s3))
    file.read()
    file.close()

    with file.open() as again:
        assert again.read() == DATA


def test_nothing_is_written_over_an_open_file(s3):
    with pytest.raises(ValueError, match="Expected mode 'rb'"):
        s3.open("a.png", "wb")


def test_what_is_not_there_is_said_to_be(s3):
    for ask in (s3.open, s3.size, s3.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("predictions/gone.png")
    assert not s3.exists("predictions/gone.png")
    assert s3.listdir("nowhere") == ([], [])


def test_a_deleted_file_is_gone_and_may_be_deleted_again(s3):
    name = kept(s3)

    s3.delete(name)
    s3.delete(name)

    assert not s3.exists(name)


def test_no_name_leads_out_of_the_folder(s3):
    with pytest.raises(SuspiciousOperation):
        s3.open("../another/a.png")


def test_no_address_is_handed_out_and_nobody_else_may_read(s3):
    name = kept(s3)
    key = {"Bucket": s3.bucket_name, "Key": f"{s3.location}/{name}"}

    with pytest.raises(NotImplementedError):
        s3.url(name)
    grants = s3.connection.meta.client.get_object_acl(**key)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_a_bucket_that_is_gone_is_not_a_file_that_is_gone(s3):
    storage = make_storage(bucket_name="another")

    for ask in (storage.open, storage.delete, kept_by(storage), storage.listdir):
        with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
            ask("a.png")


def kept_by(storage):
    return lambda name: kept(storage, name=name)


@contextmanager
def deaf() -> Iterator[str]:
    """An address where connections are not taken, as of a machine that is gone."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # It fills what the system would take for it.
        with socket.create_connection(listener.getsockname(), timeout=5):
            yield "http://{}:{}".format(*listener.getsockname())


def test_a_bucket_that_does_not_answer_is_given_up_soon(s3):
    with deaf() as address:
        storage = make_storage(endpoint_url=address)
        began = time.monotonic()

        with pytest.raises(StorageUnavailable):
            storage.open("a.png")

        assert time.monotonic() - began < 8
        # Whoever deletes many pictures now does not wait as long for each.
        for _ in range(100):
            with pytest.raises(StorageUnavailable):
                storage.delete("a.png")
        assert time.monotonic() - began < 8.5


def test_it_is_asked_again_after_a_moment(s3, monkeypatch):
    monkeypatch.setattr("recognizer.storage.s3.GONE_FOR_S", 0.05)
    storage = make_storage(
        endpoint_url="http://127.0.0.1:9",
        client_config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    with pytest.raises(StorageUnavailable, match="connect"):
        storage.open("a.png")

    time.sleep(0.1)

    with pytest.raises(StorageUnavailable, match="connect"):
        storage.open("a.png")
