"""The clock of a machine was wrong, and is set right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import Batch
from recognizer.services.batch_claims import batch_claim
from recognizer.services.training_runs import TrainingOptions, training_runs_bury
from recognizer.tasks import training_enqueue
from tests.archives import make_batch, read_all
from tests.recognizer.batches import some
from tests.recognizer.reviewing import given, make_read

pytestmark = pytest.mark.usefixtures("tasks_in_database")

AHEAD = timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    """Call it with how far ahead of the time the clock is to be."""
    real = timezone.now

    def set_ahead(ahead):
        monkeypatch.setattr(timezone, "now", lambda: real() + ahead)

    return set_ahead


def test_what_a_dead_worker_claimed_in_the_future_is_read_now(
    db, stub_engine, small_chunks, clock
):
    batch = make_batch(*some(4))
    clock(AHEAD)
    while batch_claim(key=batch.pk):
        pass

    clock(timedelta(0))
    read_all(batch)

    batch.refresh_from_db()
    assert batch.status == Batch.Status.FINISHED
    assert {item.status for item in batch.items.all()} == {"read"}


def test_what_a_worker_claims_now_is_still_his(db, stub_engine, small_chunks, clock):
    batch = make_batch(*some(2))

    assert len(batch_claim(key=batch.pk).items) == 2
    assert batch_claim(key=batch.pk) is None


def test_a_digit_that_was_claimed_in_the_future_is_given_to_another(rita, sven, clock):
    digit = make_read()
    clock(AHEAD)
    assert given(rita) == digit

    clock(timedelta(0))

    assert given(sven) == digit


def test_a_training_last_heard_of_in_the_future_makes_way(labelled, clock):
    clock(AHEAD)
    run = training_enqueue(options=TrainingOptions())
    type(run).objects.update(status="running", heartbeat_at=timezone.now())

    clock(timedelta(0))

    assert training_runs_bury() == 1
    run.refresh_from_db()
    assert run.status == "failed"


def test_a_training_that_was_heard_of_just_now_goes_on(labelled, clock):
    run = training_enqueue(options=TrainingOptions())
    # Another machine's clock is a little ahead.
    soon = timezone.now() + timedelta(seconds=5)
    type(run).objects.update(status="running", heartbeat_at=soon)

    assert training_runs_bury() == 0
