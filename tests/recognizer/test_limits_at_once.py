"""Limits hold however many processes ask at once: real ones, on a database each."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.factories import make_image
from tests.recognizer.processes import ROOT, Site, served

CLIENTS, REQUESTS, ALLOWED = 8, 200, 50
POSTGRES = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")

Environment = Mapping[str, str]


@pytest.fixture
def site(tmp_path: Path) -> Environment:
    """A site of its own on SQLite, at which so much is allowed an hour."""
    folder = tmp_path / "site"
    folder.mkdir()
    return _migrated(Site(folder).environment)


@pytest.fixture
def site_on_postgres(tmp_path: Path) -> Iterator[Environment]:
    name = f"digitsite_limits_{uuid4().hex}"
    try:
        server = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"There is no PostgreSQL at {POSTGRES}: {error}")
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            environment = Site(tmp_path).environment
            yield _migrated(environment | {"DATABASE_URL": f"{POSTGRES}/{name}"})
        finally:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _migrated(environment: dict[str, str]) -> Environment:
    environment |= {
        "DIGITS_RATE_ANONYMOUS": f"{ALLOWED}/h",
        "DIGITS_RATE_PREVIEW": f"{ALLOWED}/h",
        "SECRET_KEY": "k" * 50,
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return environment


def taken(
    environment: Environment, tries: int, *, scope: str = "create", processes: int = 4
) -> tuple[int, float]:
    """How many were allowed to all processes together, and the slowest try's seconds.

    They begin at the same moment: what starts a process takes longer than the tries.
    """
    command = [sys.executable, "-m", "tests.recognizer.taking", scope, str(tries)]
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate()[0].split() for process in running]
    return sum(int(n) for n, _ in printed), max(float(s) for _, s in printed)


def test_processes_on_sqlite_are_allowed_together_what_one_is(site):
    allowed, _ = taken(site, REQUESTS)

    assert allowed == ALLOWED


def test_processes_on_postgresql_are_allowed_together_what_one_is(site_on_postgres):
    allowed, _ = taken(site_on_postgres, REQUESTS)

    assert allowed == ALLOWED


@pytest.mark.parametrize("database", ["site", "site_on_postgres"])
def test_what_processes_take_beforehand_is_never_more_than_is_allowed(
    request, database
):
    environment = request.getfixturevalue(database)

    allowed, _ = taken(environment | {"DIGITS_RATE_ANONYMOUS": "1000/day"}, 400)

    # What one has in hand when the others have ended, it gives out itself.
    assert 1000 - 20 * 4 <= allowed <= 1000


def test_a_preview_does_not_wait_for_whoever_writes(site):
    path = site["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        allowed, slowest_s = taken(site, 100, scope="preview", processes=1)

    assert allowed == 100  # They are let through uncounted.
    assert slowest_s < 5  # The database itself would wait for 20 s.


def _send(port: int, picture: bytes) -> list[int]:
    """The statuses that one client is answered, one request after another."""
    statuses = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for _ in range(REQUESTS // CLIENTS):
            headers = {"Content-Type": "image/png"}
            connection.request("POST", "/api/predictions/", picture, headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
    return statuses


def test_clients_of_two_workers_are_allowed_together_what_one_is(site):
    with served(site) as port, ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(_send, port, make_image()) for _ in range(CLIENTS)]
        answers = Counter(status for each in sent for status in each.result())

    assert answers == {201: ALLOWED, 429: REQUESTS - ALLOWED}
