"""Who reads which files of a batch: workers at once, slow ones and dead ones."""

import pytest

from recognizer.models import Batch, Prediction
from recognizer.services import batch_claims, batch_reading
from recognizer.services.batch_claims import batch_claim
from recognizer.services.batch_reading import batch_finish, batch_read
from tests.archives import make_batch, read_all, statuses
from tests.factories import make_image
from tests.recognizer.batches import files_in, let_claims_run_out, some


def test_claimed_files_are_nobody_elses(db, stub_engine, small_chunks):
    batch = make_batch(*some(4))

    chunks = [batch_claim(key=batch.pk) for _ in range(3)]

    assert [len(chunk.items) for chunk in chunks if chunk] == [2, 2]
    assert chunks[2] is None
    batch_finish(key=batch.pk)
    batch.refresh_from_db()
    assert batch.status == Batch.Status.RUNNING


def test_a_chunk_holds_so_many_bytes_and_at_least_one_file(db, monkeypatch):
    batch = make_batch(*some(4))
    monkeypatch.setattr(batch_claims, "CHUNK_BYTES", 2 * len(make_image()) + 20)

    assert len(batch_claim(key=batch.pk).items) == 2
    monkeypatch.setattr(batch_claims, "CHUNK_BYTES", 1)
    assert len(batch_claim(key=batch.pk).items) == 1


def test_a_slow_worker_that_was_taken_for_dead_stores_nothing_twice(
    db, stub_engine, media_root
):
    batch = make_batch(("a.png", make_image()))
    slow = batch_claim(key=batch.pk)
    let_claims_run_out()
    quick = batch_claim(key=batch.pk)

    for chunk in (quick, slow):
        batch_reading._read(chunk)
    for chunk in (slow, quick):
        batch_reading._keep(chunk)

    assert Prediction.objects.count() == 1
    assert files_in(media_root).count("batches") == 1
    assert len(files_in(media_root)) == 2
    assert batch.items.get().prediction == quick.answers[slow.items[0].pk].prediction


def test_what_a_dead_worker_had_is_read_one_by_one(db, stub_engine, small_chunks):
    batch = make_batch(*some(2))
    batch_claim(key=batch.pk)
    assert batch_claim(key=batch.pk) is None

    let_claims_run_out()

    assert len(batch_claim(key=batch.pk).items) == 1


def test_a_file_that_kills_its_readers_is_given_up_and_alone(db, stub_engine):
    batch = make_batch(*some(3))
    poison = batch.items.get(position=1)
    killed = 0
    while chunk := batch_claim(key=batch.pk):
        if poison.pk in {item.pk for item in chunk.items}:
            killed += 1
            let_claims_run_out()
        else:
            batch_reading._read(chunk)
            batch_reading._keep(chunk)

    read_all(batch)

    assert killed == 3
    assert [status for _, status, _ in statuses(batch)] == ["read", "failed", "read"]
    poison.refresh_from_db()
    assert "broke off every time" in poison.error_message
    assert batch.status == Batch.Status.FINISHED


def test_an_error_of_ours_counts_as_an_attempt(db, stub_engine, monkeypatch):
    batch = make_batch(*some(2))
    real = stub_engine.recognize

    def stumble(data, **asked):
        if data == make_image(width=61):
            raise MemoryError
        return real(data, **asked)

    monkeypatch.setattr(stub_engine, "recognize", stumble)
    for _ in range(3):
        with pytest.raises(MemoryError):
            batch_read(key=batch.pk)

    read_all(batch)

    assert [status for _, status, _ in statuses(batch)] == ["read", "failed"]


def test_others_have_their_turn_after_some_seconds(db, stub_engine, monkeypatch):
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 1)
    monkeypatch.setattr(batch_reading, "SLICE_S", 1e-9)
    batch = make_batch(*some(3))

    assert batch_read(key=batch.pk)
    assert len(stub_engine.asked) <= 1
