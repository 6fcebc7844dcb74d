"""Many programs create at once, some of them twice, on a real server of two workers."""

import http.client
import json
import socket
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.factories import make_image
from tests.recognizer.processes import Site, wait_until

CLIENTS = 24
REPEATED_KEYS, TIMES = 50, 5
OWN_KEYS = 250


@contextmanager
def server_of(site: Site) -> Iterator[int]:
    """The site as it is served, at a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert site.process("manage.py", "migrate", "--verbosity", "0").wait(120) == 0
    server = site.process(
        "-m",
        "gunicorn",
        "--config=digitsite/gunicorn.py",
        f"--bind=127.0.0.1:{port}",
        "digitsite.wsgi",
    )

    def answers() -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(answers)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """One on the kind of database that the tests run on."""
    if connection.vendor != "postgresql":
        yield Site(tmp_path)
        return
    name = f"digits_{uuid.uuid4().hex}"
    given = connection.settings_dict
    at = {
        "host": given["HOST"] or "127.0.0.1",
        "port": given["PORT"] or 5432,
        "user": given["USER"],
        "password": given["PASSWORD"],
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **at) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            url = "postgres://{user}:{password}@{host}:{port}/".format(**at)
            yield Site(tmp_path, database_url=url + name)
        finally:
            server.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def create(port: int, key: str, picture: bytes) -> tuple[str, int, str]:
    """Give the key, the status and the id; as a program that knows no cookie."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as server:
        headers = {"Content-Type": "image/png", "Idempotency-Key": key}
        server.request("POST", "/api/predictions/", picture, headers)
        answer = server.getresponse()
        return key, answer.status, json.loads(answer.read())["id"]


def test_of_500_creates_each_key_is_kept_once_and_nothing_is_lost(site):
    pictures = [make_image(width=60 + each) for each in range(7)]
    repeated = [f"repeated {each}" for each in range(REPEATED_KEYS)]
    own = [f"own {each}" for each in range(OWN_KEYS)]
    # Those with one key come at about the same time, among others.
    keys = [
        key
        for place, name in enumerate(repeated)
        for key in [*[name] * TIMES, *own[place * TIMES : (place + 1) * TIMES]]
    ]
    assert len(keys) == 500

    with server_of(site) as port, ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(
            clients.map(
                lambda key: create(port, key, pictures[len(key) % len(pictures)]), keys
            )
        )
        rows = {
            row[0] for row in site.rows("SELECT public_id FROM recognizer_prediction")
        }
        digits = site.rows("SELECT COUNT(*) FROM recognizer_digit")

    assert {status for _, status, _ in answers} == {201}
    by_key = defaultdict(set)
    for key, _, prediction in answers:
        by_key[key].add(prediction)
    assert all(len(predictions) == 1 for predictions in by_key.values())
    answered = {uuid.UUID(each) for one in by_key.values() for each in one}
    assert len(answered) == REPEATED_KEYS + OWN_KEYS
    assert {uuid.UUID(str(each)) for each in rows} == answered
    assert digits == [(len(answered),)]
    files = [path for path in (site.folder / "media").rglob("*") if path.is_file()]
    assert len(files) == len(answered)
