"""What `manage.py doctor` finds out about the machine, the database and the model."""

import tempfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from recognizer import engine
from recognizer.health import databases, machine
from recognizer.health.findings import State, ok
from recognizer.models import ModelVersion
from tests.factories import make_artifact

GB = 1024**3


def test_versions_are_told():
    message = machine.packages().message

    assert message.startswith("Python 3.")
    assert ", Django 5.2" in message
    assert ", LiteRT " in message


def test_versions_are_told_where_nothing_is_trained(monkeypatch):
    def version(package):
        if package == "tensorflow":
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(machine, "version", version)

    assert machine.packages().message.endswith("LiteRT 1.0, no TensorFlow")


def test_a_python_that_nobody_tried_is_found_out(monkeypatch):
    monkeypatch.setattr(machine, "PYTHONS", ((3, 8), (3, 9)))

    assert machine.packages().state == State.ADVICE


@pytest.fixture
def room(monkeypatch):
    """How much is free; a test says it."""
    room = {"free": 10 * GB}
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(**room))
    return room


def test_a_folder_is_tried_and_nothing_is_left(tmp_path, room):
    said = machine.folder(tmp_path)

    assert said == ok("It can be written to, and 10,240 MB are free.")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_is_well_if_it_can_be_made(tmp_path, room):
    assert machine.folder(tmp_path / "a/b").state == State.OK


def test_a_file_for_a_folder_is_found_out(tmp_path, room):
    (tmp_path / "a").write_text("")

    with pytest.raises(NotADirectoryError):
        machine.folder(tmp_path / "a")


@pytest.mark.parametrize(
    ("mode", "state"),
    [(0o755, State.OK), (0o1777, State.OK), (0o777, State.ADVICE)],
)
def test_a_folder_that_everybody_can_change_is_found_out(tmp_path, room, mode, state):
    tmp_path.chmod(mode)

    assert machine.folder(tmp_path).state == state


@pytest.mark.parametrize(
    ("free", "state"),
    [(GB // 8, State.FAILED), (GB, State.ADVICE), (3 * GB, State.OK)],
)
def test_a_disk_without_room_is_found_out(tmp_path, room, free, state):
    room["free"] = free

    said = machine.folder(tmp_path)

    assert said.state == state
    assert (str(tmp_path) in said.hint) == (state != State.OK)


def test_the_folders_are_those_that_the_site_writes_to(settings, media_root):
    looked_at = {check.name: check.look.args[0] for check in machine.folders()}

    assert looked_at["MEDIA_ROOT"] == media_root
    assert looked_at["MODELS_ROOT"] == Path(settings.MODELS_ROOT)
    assert looked_at["TMPDIR"] == Path(tempfile.gettempdir())


# The database, and the model that it names.


def test_the_database_is_named_with_its_version(db):
    said = databases.server()

    assert said.state == State.OK
    assert said.message.startswith(("SQLite 3.", "PostgreSQL 1"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_an_old_database_is_found_out(db, monkeypatch):
    monkeypatch.setattr(databases.sqlite3, "sqlite_version_info", (3, 34, 9))

    assert databases.server().state == State.FAILED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL")
def test_an_old_server_is_found_out(db, monkeypatch):
    monkeypatch.setattr(databases, "OLDEST_POSTGRESQL", 990_000)

    assert databases.server().state == State.FAILED


def test_all_migrations_are_applied(db):
    assert databases.migrations() == ok("All are applied.")


def test_a_missing_migration_is_named(db):
    recorded = MigrationRecorder(connection).migration_qs
    latest = recorded.filter(app="recognizer").latest("id")
    recorded.filter(pk=latest.pk).delete()

    said = databases.migrations()

    assert said.state == State.FAILED
    assert f"manage.py migrate applies recognizer.{latest.name}" in said.hint


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock")
@pytest.mark.parametrize(
    ("off_s", "state"),
    [(0, State.OK), (-5, State.ADVICE), (5, State.ADVICE), (-90, State.FAILED)],
)
def test_a_clock_that_is_off_is_found_out(db, monkeypatch, off_s, state):
    real = databases.time.time
    monkeypatch.setattr(databases, "time", _Clock(lambda: real() + off_s))

    assert databases.clock().state == state


class _Clock:
    def __init__(self, time):
        self.time = time


def test_a_model_as_it_was_registered_is_whole(db):
    live = ModelVersion.objects.get(state="live")

    assert live.digest[:12] in databases.artifact().message


def test_a_damaged_model_is_found_out(db, models_root):
    manifest = make_artifact(models_root / "second")
    ModelVersion.objects.update(artifact_path="second", digest=manifest.digest)
    whole = databases.artifact()
    weights = models_root / "second/model.tflite"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")

    assert whole.state == State.OK
    with pytest.raises(engine.RecognizerError, match="damaged"):
        databases.artifact()


def test_a_site_without_a_live_model_is_told_what_to_do(db):
    ModelVersion.objects.update(state="retired")

    assert "manage.py migrate" in databases.artifact().hint
