"""The disk is full, and then it is not."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import numpy as np
import pytest
from django.db import connection

from ml.imaging import encode_grey_png
from tests.faults.serving import Served
from tests.faults.traffic import create, digits, ids, pictures
from tests.recognizer.processes import wait_until

LEFT_BYTES = 1_000_000


def large_picture() -> bytes:
    """One that is kept in more bytes than there is room for: ink on grainy paper."""
    grain = np.random.default_rng(1).integers(200, 255, (1500, 1500), np.uint8)
    grain[400:1100, 700:800] = 20
    return encode_grey_png(grain)


@contextmanager
def full_disk(served: Served, bytes_left: int) -> Iterator[None]:
    """No process that answers can make a file longer than that, as on a full disk."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    for worker in served.workers:
        limits = (bytes_left, resource.RLIM_INFINITY)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)
    try:
        yield
    finally:
        for worker in served.workers:
            resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)


def test_a_picture_without_room_is_refused_in_words_and_leaves_nothing(served):
    _, first = create(served.port)

    with full_disk(served, bytes_left=LEFT_BYTES):
        status, answer = create(served.port, large_picture())

    assert (status, answer["error"]["code"]) == (507, "storage_full")
    assert "no room" in answer["error"]["message"]
    assert ids(served.site) == {UUID(first["id"])}
    assert len(pictures(served.site)) == digits(served.site) == 1
    wait_until(lambda: create(served.port)[0] == 201)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its disk is the database server's"
)
def test_a_database_that_cannot_be_written_refuses_and_keeps_no_picture(served):
    create(served.port)

    with full_disk(served, bytes_left=1000):
        status, answer = create(served.port)

    # To SQLite a file that may not grow is a broken disk.
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert len(ids(served.site)) == len(pictures(served.site)) == 1
    wait_until(lambda: create(served.port)[0] == 201)
