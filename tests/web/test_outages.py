"""What people and programs are told while something that the site needs is away."""

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from django.core.files.storage import FileSystemStorage
from django.db import InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper

from recognizer.models import Prediction
from tests.factories import make_image, make_upload


@dataclass(frozen=True)
class Told:
    status: int
    code: str
    words: str
    wait: str | None


AWAY = Told(503, "unavailable", "Out of reach", "5")
FULL = Told(507, "storage_full", "no room", None)


def away():
    return OperationalError("could not connect to server")


def closed():
    return InterfaceError("connection already closed")


def full_sqlite():
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    return raised(OperationalError(str(cause)), cause)


def full_postgresql():
    cause = psycopg.errors.DiskFull("could not extend file")
    return raised(OperationalError(str(cause)), cause)


def raised(error, cause):
    error.__cause__ = cause
    return error


@contextmanager
def failing(error):
    """Within, every statement fails."""

    def fail(*_, **__):
        raise error

    # Undone before the database's own fixture ends.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", fail)
        yield


@pytest.fixture(
    params=[
        pytest.param((away(), AWAY), id="away"),
        pytest.param((closed(), AWAY), id="closed"),
        pytest.param((full_sqlite(), FULL), id="full SQLite"),
        pytest.param((full_postgresql(), FULL), id="full PostgreSQL"),
    ]
)
def told(request, client, alice, stub_engine):
    """The database is out of reach of somebody who is signed in; what he is told."""
    client.force_login(alice)
    # Also where a middleware comes upon it, before any view.
    client.raise_request_exception = False
    error, expected = request.param
    with failing(error):
        yield expected


def test_a_page_says_that_the_database_is_away(client, told):
    response = client.get("/predictions/")

    assert response.status_code == told.status
    assert told.words in response.content.decode()
    assert response.headers.get("Retry-After") == told.wait


def test_a_program_is_told_that_the_database_is_away(client, told):
    response = client.get("/api/predictions/")

    assert response.status_code == told.status
    assert response.json()["error"]["code"] == told.code
    assert response.headers.get("Retry-After") == told.wait


def test_a_form_that_cannot_be_kept_says_so(client, told):
    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == told.status
    assert told.words in response.content.decode()


def test_our_own_mistakes_are_no_outage(client, alice):
    client.force_login(alice)
    cause = sqlite3.OperationalError("no such column: nine")
    cause.sqlite_errorcode = sqlite3.SQLITE_ERROR
    client.raise_request_exception = False

    with failing(raised(OperationalError(str(cause)), cause)):
        assert client.get("/api/predictions/").status_code == 500


@pytest.mark.usefixtures("db", "stub_engine")
@pytest.mark.parametrize("error", [NotADirectoryError(20, "x"), OSError(5, "I/O")])
def test_a_folder_that_is_gone_is_told_and_nothing_kept(
    client, media_root, monkeypatch, error
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(FileSystemStorage, "_save", fail)

    response = client.post("/api/predictions/", make_image(), content_type="image/png")

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "unavailable"
    assert response.headers["Retry-After"] == "5"
    assert not Prediction.objects.exists()
