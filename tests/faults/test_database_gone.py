"""The database is away for a while, and comes back."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest
from django.db import connection

from tests.faults.forwarding import Forwarder
from tests.faults.serving import serving
from tests.faults.traffic import create, digits, ids, pictures, traffic
from tests.recognizer.processes import Site, wait_until

GONE_FOR_S = 10
# Whoever asks meanwhile is to be told, and not kept waiting.
TOLD_WITHIN_S = 8


@pytest.mark.skipif(connection.vendor != "postgresql", reason="it is no server")
def test_who_asks_a_site_without_its_database_is_told_and_nothing_is_lost(site):
    with Forwarder.of(site.database_url) as between:
        through = Site(site.folder, database_url=between.url)
        with serving(through) as served, traffic(served.port) as diary:
            wait_until(lambda: len(diary.kept) >= 20)
            between.cut()
            started = time.monotonic()
            wait_until(lambda: diary.refused)
            assert time.monotonic() - started < TOLD_WITHIN_S
            time.sleep(GONE_FOR_S)
            between.mend()
            before = len(diary.kept)
            wait_until(lambda: len(diary.kept) >= before + 20)

    assert {(status, error["code"]) for status, error in diary.refused} == {
        (503, "unavailable")
    }
    assert not diary.broken
    assert {UUID(each) for each in diary.kept} <= ids(site)
    # A commit of which nobody can say whether it came through may have.
    assert len(ids(site)) <= len(diary.kept) + len(diary.refused)
    assert digits(site) == len(ids(site))
    assert len(pictures(site)) <= len(diary.kept) + len(diary.refused)


@pytest.fixture
def locked(site: Site) -> Iterator[sqlite3.Connection]:
    """Another program that writes to the database, and takes its time."""
    with closing(
        sqlite3.connect(site.folder / "db.sqlite3", isolation_level=None)
    ) as other:
        yield other


@pytest.mark.skipif(connection.vendor != "sqlite", reason="its locks are other ones")
def test_who_asks_while_the_database_is_locked_waits_his_turn(site, served, locked):
    create(served.port)
    with traffic(served.port) as diary:
        wait_until(lambda: len(diary.kept) >= 10)
        locked.execute("BEGIN IMMEDIATE")
        time.sleep(GONE_FOR_S)
        locked.execute("ROLLBACK")
        before = len(diary.kept)
        wait_until(lambda: len(diary.kept) >= before + 10)

    assert not diary.refused
    assert not diary.broken
    assert {UUID(each) for each in diary.kept} <= ids(site)
    assert len(ids(site)) == digits(site) == len(pictures(site))
