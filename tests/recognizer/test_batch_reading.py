"""Reading what waits: each file once, and a bad one keeps no other from being read."""

import errno
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, transaction
from django.utils import timezone

from recognizer import engine
from recognizer.models import (
    Batch,
    BatchItem,
    Digit,
    Prediction,
    Source,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.services import batch_claims, batch_reading
from recognizer.services.batch_claims import batch_claim
from recognizer.services.batch_reading import batch_finish, batch_read
from recognizer.services.batches import (
    batch_cancel,
    batch_delete,
    batch_files_sweep,
    batches_adopt,
)
from recognizer.services.predictions import predictions_adopt
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all, statuses
from tests.factories import make_image, make_reading, make_webhook

GONE = engine.RecognizerError(
    "No model.", code="artifact_damaged", status=HTTPStatus.SERVICE_UNAVAILABLE
)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 2)


@pytest.fixture
def commits(monkeypatch):
    """What comes after a commit comes at once: the test's own transaction has none."""
    monkeypatch.setattr(transaction, "on_commit", lambda then, **_: then())


def files_in(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.rglob("*") if path.is_file())


def some(count: int) -> list[tuple[str, bytes]]:
    return [(f"{at}.png", make_image(width=60 + at)) for at in range(count)]


def let_claims_run_out() -> None:
    BatchItem.objects.filter(claimed_until__isnull=False).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def test_every_file_becomes_one_prediction_in_order(db, stub_engine, small_chunks):
    files = some(5)

    batch = read_all(make_batch(*files))

    assert stub_engine.asked == [data for _, data in files]
    assert batch.status == Batch.Status.FINISHED
    assert batch.finished_at is not None
    items = list(batch.items.select_related("prediction"))
    assert [item.status for item in items] == ["read"] * 5
    assert len({item.prediction for item in items}) == 5
    assert Prediction.objects.count() == Digit.objects.count() == 5


def test_a_prediction_is_as_if_sent_alone(alice, stub_engine, media_root):
    batch = read_all(make_batch(viewer=Viewer(user=alice), source=Source.UPLOAD))

    prediction = batch.items.first().prediction
    assert (prediction.owner, prediction.source) == (alice, Source.UPLOAD)
    assert (prediction.text, prediction.model_version_id) == ("7", 1)
    assert len(prediction.sha256) == 64
    assert (media_root / prediction.image.name).is_file()


def test_what_was_sent_is_gone_once_it_is_read(db, stub_engine, media_root, commits):
    batch = make_batch()
    assert len(files_in(media_root)) == 1

    read_all(batch)

    assert batch.file.name == ""
    assert len(files_in(media_root)) == Prediction.objects.count() == 2
    assert "batches" not in files_in(media_root)


def test_a_blank_picture_is_said_to_be_and_not_kept(
    db, stub_engine, media_root, commits
):
    stub_engine.reading = make_reading(outcome="blank")

    batch = read_all(make_batch())

    assert {status for _, status, _ in statuses(batch)} == {"blank"}
    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_a_bad_file_is_named_and_the_others_are_read(db):
    """With the real engine."""
    batch = read_all(
        make_batch(("a.png", make_image()), ("b.txt", b"text"), ("c.png", b""))
    )

    assert statuses(batch)[1:] == [
        ("b.txt", "failed", "unreadable_image"),
        ("c.png", "failed", "empty_image"),
    ]
    assert "send a PNG" in batch.items.get(name="b.txt").error_message
    assert batch.status == Batch.Status.FINISHED


def test_without_a_model_nothing_fails_and_nothing_is_lost(db, stub_engine, caplog):
    stub_engine.error = GONE
    batch = make_batch()

    for _ in range(5):
        assert not batch_read(key=batch.pk)
    stub_engine.error = None
    read_all(batch)

    assert {status for _, status, _ in statuses(batch)} == {"read"}
    assert "No model." in caplog.text


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OperationalError("locked")],
)
def test_what_only_stands_in_the_way_leaves_nothing_half_written(
    db, stub_engine, media_root, monkeypatch, error
):
    batch = make_batch()
    real = FileSystemStorage._save

    def fail(storage, name, content):
        if name.startswith("predictions/"):
            real(storage, name, content)
            raise error
        return real(storage, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", fail)
        for _ in range(5):
            assert not batch_read(key=batch.pk)

    assert files_in(media_root) == ["batches"]
    assert {status for _, status, _ in statuses(read_all(batch))} == {"read"}


def test_a_file_that_is_no_longer_there_is_said_to_be(db, stub_engine, media_root):
    batch = make_batch()
    (media_root / batch.file.name).unlink()

    read_all(batch)

    assert {code for _, _, code in statuses(batch)} == {"file_missing"}
    assert batch.status == Batch.Status.FINISHED


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


def test_cancelled_while_it_is_read_it_keeps_nothing_more(
    db, stub_engine, small_chunks, media_root, commits
):
    batch = make_batch(*some(4))
    first = batch_claim(key=batch.pk)
    batch_reading._read(first)
    batch_reading._keep(first)
    second = batch_claim(key=batch.pk)
    batch_reading._read(second)

    batch_cancel(batch=batch)
    batch_reading._keep(second)

    assert not batch_read(key=batch.pk)
    batch.refresh_from_db()
    assert batch.status == Batch.Status.CANCELLED
    assert [status for _, status, _ in statuses(batch)] == ["read"] * 2 + [
        "waiting"
    ] * 2
    assert Prediction.objects.count() == len(files_in(media_root)) == 2


def test_deleted_while_it_is_read_it_keeps_nothing_more(
    db, stub_engine, media_root, commits
):
    batch = make_batch()
    chunk = batch_claim(key=batch.pk)
    batch_reading._read(chunk)

    batch_delete(batch=batch)
    batch_reading._keep(chunk)

    assert not batch_read(key=chunk.batch.pk)
    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_who_logs_in_takes_along_what_is_read_afterwards(
    alice, stub_engine, small_chunks
):
    batch = make_batch(*some(4))
    visitor = batch.visitor
    first, second = (batch_claim(key=batch.pk) for _ in range(2))
    for chunk in (first, second):
        batch_reading._read(chunk)
    batch_reading._keep(first)

    batches_adopt(visitor=visitor, user=alice)
    predictions_adopt(visitor=visitor, user=alice)
    batch_reading._keep(second)

    assert Prediction.objects.filter(owner=alice, visitor=None).count() == 4


def test_a_deleted_user_takes_his_batches_and_their_files_along(
    alice, stub_engine, media_root, django_capture_on_commit_callbacks
):
    make_batch(viewer=Viewer(user=alice))

    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()

    assert not Batch.objects.exists()
    assert files_in(media_root) == []


def test_a_batch_is_finished_once_and_said_to_be(db, stub_engine, monkeypatch):
    told = []
    monkeypatch.setattr(batch_reading, "_finished", told.append)
    batch = read_all(make_batch())

    for _ in range(3):
        batch_read(key=batch.pk)
        batch_finish(key=batch.pk)

    assert told == [batch]


def test_a_batch_of_nothing_but_what_failed_at_once_needs_no_reading(db):
    batch = make_batch()
    batch.items.update(status="failed")

    read_all(batch)

    assert batch.status == Batch.Status.FINISHED


def test_an_ended_batch_is_not_read_again(db, stub_engine):
    batch = make_batch()
    batch_cancel(batch=batch)

    read_all(batch)

    assert stub_engine.asked == []
    assert batch.status == Batch.Status.CANCELLED


def test_others_have_their_turn_after_some_seconds(db, stub_engine, monkeypatch):
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 1)
    monkeypatch.setattr(batch_reading, "SLICE_S", 1e-9)
    batch = make_batch(*some(3))

    assert batch_read(key=batch.pk)
    assert len(stub_engine.asked) <= 1


def test_files_that_no_batch_names_are_swept_after_a_while(db, media_root, monkeypatch):
    batch = make_batch()
    left = media_root / "batches" / "left.bin"
    left.write_bytes(b"x")

    assert batch_files_sweep() == 0
    monkeypatch.setattr(
        "recognizer.services.batches.LEFT_BEHIND", timedelta(seconds=-1)
    )

    assert batch_files_sweep() == 1
    assert not left.exists()
    assert (media_root / batch.file.name).exists()


def test_without_any_batch_there_is_nothing_to_sweep(db):
    assert batch_files_sweep() == 0


def test_the_owners_webhooks_are_told_that_it_is_finished(alice, bob, stub_engine):
    webhook = make_webhook(owner=alice, events=[WebhookEvent.BATCH_FINISHED])
    make_webhook(owner=bob, events=[WebhookEvent.BATCH_FINISHED])
    batch = make_batch(*some(2), viewer=Viewer(user=alice))

    read_all(batch)

    delivery = WebhookDelivery.objects.get()
    assert delivery.webhook == webhook
    assert delivery.payload["data"] == {
        "batch": str(batch.public_id),
        "status": "finished",
        "total": 2,
        "read": 2,
        "blank": 0,
        "failed": 0,
        "path": f"/api/batches/{batch.public_id}/",
    }


def test_a_visitors_batch_is_told_to_nobody(alice, stub_engine):
    make_webhook(owner=alice, events=[WebhookEvent.BATCH_FINISHED])

    read_all(make_batch(*some(2)))

    assert not WebhookDelivery.objects.exists()
