from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from recognizer.models import TrainingRun
from recognizer.services.training_heart import Heart
from recognizer.services.training_runs import (
    TrainingOptions,
    TrainingRefused,
    training_run_sweep,
    training_runs_bury,
)
from recognizer.tasks import training_enqueue
from tests.recognizer.trainings import start, train

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def test_a_second_training_has_to_wait(db):
    start()

    with pytest.raises(TrainingRefused, match="going on already"):
        start()


def test_a_training_that_fell_silent_makes_way(db):
    dead = start()
    long_ago = timezone.now() - timedelta(seconds=61)
    TrainingRun.objects.update(heartbeat_at=long_ago)

    start()

    dead.refresh_from_db()
    assert dead.status == "failed"
    assert "without a word" in dead.note


@pytest.fixture
def waiting(labelled) -> TrainingRun:
    """A run that was asked for more than a minute ago."""
    run = training_enqueue(options=TrainingOptions())
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=61))
    return run


def test_a_run_that_waits_for_its_worker_is_not_buried(waiting):
    assert training_runs_bury() == 0


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
def test_a_run_whose_worker_died_before_it_began_is_buried(waiting, status):
    DBTaskResult.objects.update(status=status)

    assert training_runs_bury() == 1

    waiting.refresh_from_db()
    assert waiting.status == "failed"


def test_a_run_whose_task_is_gone_is_buried(waiting):
    DBTaskResult.objects.all().delete()

    assert training_runs_bury() == 1


def test_what_a_dead_training_wrote_is_removed_and_nothing_else(db, models_root):
    dead = start()
    for name in ("mine", ".mine-half", "another", ".another-half"):
        (models_root / name).mkdir(parents=True)
    TrainingRun.objects.update(
        artifact_path="mine", heartbeat_at=timezone.now() - timedelta(seconds=61)
    )

    training_runs_bury()

    assert sorted(path.name for path in models_root.iterdir()) == [
        ".another-half",
        "another",
    ]
    dead.refresh_from_db()
    assert dead.artifact_path == ""


def test_the_folder_of_a_version_is_never_swept(labelled, tuned, models_root):
    run = train()
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=61))

    training_runs_bury()
    training_run_sweep(run=run)

    assert (models_root / run.version.artifact_path).is_dir()


def test_a_database_that_is_locked_for_a_while_costs_no_training(
    transactional_db, labelled, tuned, monkeypatch, caplog
):
    def locked(_heart):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Heart, "_beat", locked)

    assert train().status == "succeeded"
    assert "database is locked" in caplog.text


def test_a_training_that_is_alive_is_not_buried(db):
    start()

    assert training_runs_bury() == 0
