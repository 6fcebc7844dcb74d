"""What is looked at before somebody is told that the site can serve."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from recognizer import engine
from recognizer.health import readiness
from recognizer.health.findings import State
from recognizer.tasks import read_batch, train

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def make_task(task=read_batch, *, due_s_ago=None):
    """One that waits; without a time it is due at once."""
    if due_s_ago is not None:
        task = task.using(run_after=timezone.now() - timedelta(seconds=due_s_ago))
    return DBTaskResult.objects.get(pk=task.enqueue(1).id)


def make_begun(*, s_ago, **task):
    begun = make_task(**task)
    begun.claim("worker")
    at = timezone.now() - timedelta(seconds=s_ago)
    DBTaskResult.objects.filter(pk=begun.pk).update(started_at=at)


def test_a_database_with_tables_answers(db):
    assert readiness.database().state == State.OK


def test_storage_is_tried_and_nothing_is_left(media_root):
    said = readiness.storage()

    assert said.state == State.OK
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_storage_that_cannot_be_written_is_found_out(media_root):
    media_root.write_text("no folder")

    with pytest.raises(OSError, match="directory"):
        readiness.storage()


def test_storage_that_gives_back_something_else_is_found_out(media_root, monkeypatch):
    real = FileSystemStorage._save

    def half(self, name, content):
        content.file.truncate(8)
        return real(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", half)

    with pytest.raises(OSError, match="Expected 16 bytes"):
        readiness.storage()

    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_the_model_that_answers_is_named(monkeypatch):
    version = engine.LiveVersion(number=3, preprocessing_version=1)
    monkeypatch.setattr(engine, "live_manifest", lambda: (version, None))

    assert readiness.model().message == "Version 3 answers."


def test_a_model_that_cannot_be_loaded_is_found_out(monkeypatch):
    def damaged():
        raise engine.RecognizerError(
            "It is damaged.", code="model", status=HTTPStatus.SERVICE_UNAVAILABLE
        )

    monkeypatch.setattr(engine, "live_manifest", damaged)

    with pytest.raises(engine.RecognizerError):
        readiness.model()


def test_a_queue_in_which_nothing_waits_is_well(db):
    said = readiness.queue()

    assert said.state == State.OK
    assert "In 'default' nothing waits" in said.message
    assert "In 'training' nothing waits" in said.message


@pytest.mark.parametrize("due_s_ago", [None, 100])
def test_what_waits_only_for_its_turn_is_counted(db, due_s_ago):
    make_task(due_s_ago=due_s_ago)
    make_task(due_s_ago=due_s_ago)

    said = readiness.queue()

    assert said.state == State.OK
    assert "In 'default' 2 wait" in said.message


def test_what_is_for_later_does_not_wait(db):
    make_task(due_s_ago=-60)

    assert "In 'default' nothing waits" in readiness.queue().message


def test_a_queue_that_nobody_works_on_is_named_with_its_worker(db):
    make_begun(s_ago=3600)
    make_task(due_s_ago=600)

    said = readiness.queue()

    assert said.state == State.ADVICE
    assert "1 wait, the oldest for 10 min" in said.message
    assert "last at work 60 min ago: none seems to run" in said.message
    assert "db_worker --queue-name default" in said.hint
    assert "training" not in said.hint


def test_a_worker_that_is_behind_is_no_worker_that_is_gone(db):
    make_task(due_s_ago=600)
    make_begun(s_ago=30)

    said = readiness.queue()

    assert said.state == State.OK
    assert "a worker was last at work 30 s ago" in said.message


def test_a_training_that_nobody_takes_is_found_out(db):
    make_task(train, due_s_ago=600)

    assert "db_worker --queue-name training" in readiness.queue().hint


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_durations_are_told_roughly(seconds, words):
    assert readiness.duration(timedelta(seconds=seconds)) == words
