"""How a batch ends, is called off or changes its owner, and who is told."""

from datetime import timedelta

from recognizer.models import Batch, Prediction, WebhookDelivery, WebhookEvent
from recognizer.services import batch_reading
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
from tests.factories import make_webhook
from tests.recognizer.batches import files_in, some


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


def test_files_that_no_batch_names_are_swept_after_a_while(db, media_root, monkeypatch):
    batch = make_batch()
    left = media_root / "batches" / "left.bin"
    left.write_bytes(b"x")

    assert batch_files_sweep() == 0
    monkeypatch.setattr(
        "recognizer.services.left_files.LEFT_BEHIND", timedelta(seconds=-1)
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
