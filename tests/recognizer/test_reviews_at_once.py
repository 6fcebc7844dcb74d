"""Two reviewers at the same time, each in a thread with a connection of its own."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.db import connection, connections

from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import make_user
from tests.recognizer.reviewing import make_read, say


@pytest.fixture
def for_threads(transactional_db, tmp_path) -> Iterator[Callable[[], None]]:
    """Call it once the rows are there: then threads have connections of their own.

    SQLite's tests live in memory, where two connections cannot wait for each other:
    the threads get a copy in a file.
    """
    # Undone before the database's own fixture ends, which by another name would close
    # what lives in memory.
    with pytest.MonkeyPatch.context() as patch:

        def share() -> None:
            if connection.vendor != "sqlite":
                return
            path = tmp_path / "db.sqlite3"
            with closing(sqlite3.connect(path)) as copy:
                connection.connection.backup(copy)
                # As every site's file since its first migration. Two connections that
                # both switch a new file over do not wait for each other.
                copy.execute("PRAGMA journal_mode=WAL")
            patch.setitem(connections.settings["default"], "NAME", str(path))

        yield share


def drain(viewer: Viewer, start: threading.Barrier, seen: list[int]) -> None:
    start.wait()
    try:
        while (claim := review_claim(viewer=viewer)) is not None:
            seen.append(claim.digit_id)
            say(claim.digit, claim.digit.read_label, viewer)
    finally:
        connections.close_all()


def test_two_reviewers_at_once_never_get_the_same_digit_and_together_get_all(
    for_threads,
):
    viewers = [Viewer(user=make_user(is_staff=True)) for _ in range(2)]
    digits = {make_read().pk for _ in range(30)}
    start, seen = threading.Barrier(2), ([], [])
    for_threads()

    threads = [
        threading.Thread(target=drain, args=(viewer, start, own))
        for viewer, own in zip(viewers, seen, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert seen[0]
    assert seen[1]
    assert len(seen[0]) + len(seen[1]) == len(digits)
    assert {*seen[0], *seen[1]} == digits
