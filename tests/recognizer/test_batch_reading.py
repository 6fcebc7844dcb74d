"""Reading what waits: each file once, and a bad one keeps no other from being read."""

import errno
from http import HTTPStatus

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import InterfaceError, OperationalError

from recognizer import engine
from recognizer.models import Batch, Digit, Prediction, Source
from recognizer.services.batch_reading import batch_read
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all, statuses
from tests.factories import make_image, make_reading
from tests.recognizer.batches import files_in, some

GONE = engine.RecognizerError(
    "No model.", code="artifact_damaged", status=HTTPStatus.SERVICE_UNAVAILABLE
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
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("locked"),
        InterfaceError("connection already closed"),
    ],
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
