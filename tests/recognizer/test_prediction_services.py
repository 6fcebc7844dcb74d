import errno
import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, transaction

from recognizer import engine
from recognizer.models import Digit, Prediction, Source
from recognizer.services import accounts, batches, predictions
from recognizer.services.accounts import account_delete
from recognizer.services.batches import batch_delete
from recognizer.services.predictions import (
    pictures_written,
    prediction_create,
    prediction_delete,
    prediction_of,
    prediction_preview,
    predictions_adopt,
    predictions_delete,
    predictions_store,
)
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import (
    make_glyph,
    make_image,
    make_prediction,
    make_reading,
)


def create(data=None, source=Source.DRAW, viewer=None):
    return prediction_create(
        data=data or make_image(), source=source, viewer=viewer or Viewer()
    )


def files_in(folder: Path):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_kept_is_what_was_read(db, stub_engine):
    answer = create()

    kept = Prediction.objects.get(pk=answer.prediction.pk)
    assert (kept.text, kept.outcome, kept.confidence) == ("7", "sure", 0.99)
    assert (kept.width, kept.height) == (60, 40)
    assert (kept.model_version.number, kept.preprocessing_version) == (1, 1)
    assert kept.took_ms >= 0


def test_the_glyph_is_kept_byte_for_byte(db, stub_engine):
    create()

    assert bytes(Digit.objects.get().glyph) == make_glyph().tobytes()


def test_the_digest_is_that_of_the_bytes_sent(db, stub_engine):
    data = make_image(width=99)

    answer = create(data)

    assert answer.prediction.sha256 == hashlib.sha256(data).hexdigest()


def test_the_picture_is_the_engines_and_not_the_upload(db, stub_engine):
    upload = make_image(image_format="TIFF", description="GPS 48.137, 11.575")

    answer = create(upload)

    with answer.prediction.image.open("rb") as file:
        assert file.read() == make_image()


def test_the_file_has_a_name_of_ours_that_nobody_guesses(db, stub_engine):
    name = create().prediction.image.name

    folder, shelf, file = name.split("/")
    assert folder == "predictions"
    assert file.startswith(shelf)
    assert len(file.removesuffix(".png")) == 32


def test_only_the_server_may_read_the_file(db, stub_engine, media_root):
    path = media_root / create().prediction.image.name

    assert path.stat().st_mode & 0o077 == 0


def test_a_newcomer_becomes_a_visitor(db, stub_engine):
    assert create(viewer=Viewer()).prediction.visitor is not None


def test_a_visitor_stays_the_same_visitor(db, stub_engine):
    visitor = uuid4()

    assert create(viewer=Viewer(visitor=visitor)).prediction.visitor == visitor


def test_a_users_prediction_is_not_also_a_visitors(alice, stub_engine):
    prediction = create(viewer=Viewer(user=alice)).prediction

    assert (prediction.owner, prediction.visitor) == (alice, None)


def test_blank_is_answered_and_not_kept(db, stub_engine, media_root):
    stub_engine.reading = make_reading(outcome="blank")

    answer = create()

    assert not answer.is_stored
    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_a_preview_is_not_kept(stub_engine, media_root):
    answer = prediction_preview(data=make_image())

    assert not answer.is_stored
    assert [digit.predicted for digit in answer.digits] == [7]
    assert files_in(media_root) == []


def test_a_failed_transaction_leaves_neither_row_nor_file(
    db, stub_engine, media_root, monkeypatch
):
    def fail(*args, **kwargs):
        assert files_in(media_root)  # The file came first.
        raise DatabaseError("disk full")

    monkeypatch.setattr(Digit.objects, "bulk_create", fail)

    with pytest.raises(DatabaseError, match="disk full"):
        create()

    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_a_full_disk_leaves_neither_row_nor_half_a_file(
    db, stub_engine, media_root, monkeypatch
):
    def half(content):
        yield content.read(8)
        assert files_in(media_root)  # The other half was to follow.
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(ContentFile, "chunks", half)

    with pytest.raises(OSError, match="disk full"):
        create()

    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_a_picture_whose_prediction_is_not_stored_after_all_goes(
    db, stub_engine, media_root
):
    kept, left = (
        prediction_of(
            recognition=engine.recognize(make_image(), with_picture=True),
            data=make_image(),
            source=Source.UPLOAD,
            viewer=Viewer(visitor=uuid4()),
        )
        for _ in range(2)
    )

    with pictures_written(answers=[kept, left]):
        assert len(files_in(media_root)) == 2
        predictions_store(answers=[kept])

    assert files_in(media_root) == [Path(Prediction.objects.get().image.path)]


def test_a_file_that_cannot_be_written_leaves_no_row(db, stub_engine, media_root):
    media_root.write_text("a file where the folder should be")

    with pytest.raises(OSError, match="media"):
        create()

    assert not Prediction.objects.exists()


def test_deleting_waits_for_the_commit_to_remove_the_file(
    db, django_capture_on_commit_callbacks
):
    prediction = make_prediction()
    name = prediction.image.name

    with django_capture_on_commit_callbacks(execute=True):
        prediction_delete(prediction=prediction)
        assert default_storage.exists(name)

    assert not default_storage.exists(name)
    assert not Prediction.objects.exists()


def test_whatever_deletes_predictions_locks_their_digits_first(
    alice, stub_engine, monkeypatch
):
    viewer, gone = Viewer(user=alice), []
    batch = read_all(make_batch(viewer=viewer))
    of_batch = [item.prediction_id for item in batch.items.all()]
    alone, rest = make_prediction(owner=alice), make_prediction(owner=alice)
    keys = [[alone.pk], of_batch, [rest.pk]]

    def delete(*, keys):
        gone.append(keys)
        return predictions_delete(keys=keys)

    for room in (accounts, batches, predictions):
        monkeypatch.setattr(room, "predictions_delete", delete)
    prediction_delete(prediction=alone)
    batch_delete(batch=batch, with_predictions=True)
    account_delete(viewer=viewer)

    assert [sorted(each) for each in gone] == keys
    assert not Prediction.objects.exists()


def test_a_deleted_user_takes_his_pictures_along(
    alice, media_root, django_capture_on_commit_callbacks
):
    make_prediction(owner=alice)

    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()

    assert files_in(media_root) == []


def test_a_delete_that_is_rolled_back_keeps_the_file(transactional_db):
    prediction = make_prediction()

    with transaction.atomic():
        prediction_delete(prediction=prediction)
        transaction.set_rollback(True)

    assert Prediction.objects.exists()
    assert default_storage.exists(prediction.image.name)


def test_a_visitors_predictions_become_the_users(alice):
    visitor = uuid4()
    adopted = make_prediction(visitor=visitor)
    make_prediction(visitor=uuid4())

    count = predictions_adopt(visitor=visitor, user=alice)

    assert count == 1
    assert list(Prediction.objects.filter(owner=alice)) == [adopted]


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_the_database_refuses_a_confidence_out_of_range(db, confidence):
    with pytest.raises(IntegrityError):
        make_prediction(text="", confidence=confidence)


def test_the_database_refuses_two_owners(alice):
    with pytest.raises(IntegrityError):
        make_prediction(owner=alice, visitor=uuid4())
