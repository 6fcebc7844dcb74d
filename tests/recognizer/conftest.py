"""What tests of versions, trainings, batches and webhooks share."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from recognizer import engine, selectors
from recognizer.models import Digit, ModelVersion, Webhook
from recognizer.services import allowances, batch_claims
from recognizer.viewers import Viewer
from tests.factories import (
    make_artifact,
    make_labelled,
    make_model_version,
    make_user,
    make_webhook,
)
from tests.recognizer.asking import Clock
from tests.recognizer.processes import Site
from tests.recognizer.receivers import Receiver, listening
from tests.recognizer.trainings import EPOCH, make_gate
from tests.services import MISSING, RedisServer, redis_server


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """What allowances take for the time."""
    clock = Clock()
    monkeypatch.setattr(allowances, "time", clock)
    monkeypatch.setattr(allowances, "pruning", clock.pruning)
    return clock


@pytest.fixture
def live(db) -> ModelVersion:
    return selectors.model_version_live()


@pytest.fixture
def candidate(live) -> ModelVersion:
    return make_model_version(number=2, parent=live)


@pytest.fixture
def reviewer(db) -> Viewer:
    return Viewer(user=make_user(is_staff=True))


@pytest.fixture
def labelled(reviewer) -> list[Digit]:
    return make_labelled(10, reviewer=reviewer)


@pytest.fixture
def models_root(settings, tmp_path) -> Path:
    settings.MODELS_ROOT = tmp_path / "models"
    return settings.MODELS_ROOT


@pytest.fixture
def tuned(monkeypatch, models_root):
    """Stands for the training: what it answers, and what was asked of it."""
    stub = {"gate": make_gate(), "error": None}

    def fine_tune(version, labelled, folder, *, progress, **asked):
        stub.update(asked, version=version, labelled=labelled, folder=folder)
        if stub["error"]:
            raise stub["error"]
        progress.on_step(1, 2)
        progress.on_epoch(EPOCH)
        return engine.FineTuned(make_artifact(folder), stub["gate"])

    monkeypatch.setattr(engine, "fine_tune", fine_tune)
    return stub


@pytest.fixture
def small_chunks(monkeypatch) -> None:
    """Of a batch, workers claim two files at a time."""
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 2)


@pytest.fixture
def commits(monkeypatch) -> None:
    """What comes after a commit comes at once: the test's own transaction has none."""
    monkeypatch.setattr(transaction, "on_commit", lambda then, **_: then())


@pytest.fixture
def private(settings) -> None:
    """Webhooks may lead into private networks: to receivers on this host."""
    settings.DIGITS_WEBHOOK_PRIVATE = True


@pytest.fixture
def receiver(private) -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def webhook(alice, receiver) -> Webhook:
    return make_webhook(owner=alice, url=receiver.url)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with confirmed labels, made once."""
    site = Site(tmp_path_factory.mktemp("prepared"))
    assert site.dying("prepare") == 0
    return site.folder


@pytest.fixture(scope="session")
def redis_program() -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip(MISSING)
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(redis_program: RedisServer) -> RedisServer:
    """An empty Redis, of the test's own."""
    redis_program.start_if_stopped()
    redis_program.client().flushall()
    return redis_program


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
