"""Predictions and batches that have been kept for long enough go."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from recognizer.models import Batch, Correction, Digit, Prediction
from recognizer.services import retention
from recognizer.services.batches import batch_cancel
from recognizer.services.corrections import correction_record
from recognizer.services.retention import batches_expire, predictions_expire
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_prediction


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def make_old(**fields):
    return make_prediction(created_at=days_ago(100), **fields)


def label(prediction, viewer):
    correction_record(digit=prediction.digits.get(), label=3, viewer=viewer)


def expire(*, with_labelled=False):
    return predictions_expire(before=days_ago(90), with_labelled=with_labelled)


def test_what_is_old_goes_with_its_digits_and_picture(db, commits):
    old, new = make_old(), make_prediction(created_at=days_ago(89))

    assert expire() == 1

    assert list(Prediction.objects.all()) == [new]
    assert list(Digit.objects.all()) == [new.digits.get()]
    assert not default_storage.exists(old.image.name)
    assert default_storage.exists(new.image.name)


def test_what_a_reviewer_confirmed_stays(rita, alice):
    kept = make_old(owner=alice)
    label(kept, rita)

    assert expire() == 0

    assert Prediction.objects.get() == kept


def test_what_an_owner_proposed_stays(alice):
    kept = make_old(owner=alice)
    label(kept, Viewer(user=alice))

    assert expire() == 0

    assert Prediction.objects.get() == kept


def test_what_is_labelled_goes_where_that_is_asked_for(rita):
    label(make_old(), rita)

    assert expire(with_labelled=True) == 1

    assert not Correction.objects.exists()


def test_many_go_some_at_a_time(rita, monkeypatch):
    asked = []
    real = retention.predictions_delete

    def delete(*, keys, **how):
        asked.append(len(keys))
        return real(keys=keys, **how)

    monkeypatch.setattr(retention, "PREDICTIONS_AT_ONCE", 2)
    monkeypatch.setattr(retention, "predictions_delete", delete)
    for at in range(5):
        prediction = make_old()
        if at == 1:
            label(prediction, rita)

    assert expire() == 4

    assert asked == [2, 2]


def test_what_is_labelled_just_then_stays(rita, monkeypatch):
    kept, gone = make_old(), make_old()
    real = retention.predictions_delete

    def label_and_delete(**how):
        label(kept, rita)
        return real(**how)

    monkeypatch.setattr(retention, "predictions_delete", label_and_delete)

    assert expire() == 1

    assert list(Prediction.objects.all()) == [kept]
    assert gone.pk != kept.pk


@pytest.fixture
def ended(db, stub_engine, commits):
    """A batch that was read to its end, a hundred days ago."""
    batch = make_batch(viewer=Viewer(visitor=uuid4()))
    read_all(batch)
    Batch.objects.filter(pk=batch.pk).update(finished_at=days_ago(100))
    return batch


def test_a_batch_that_ended_long_ago_goes_and_what_was_read_stays(ended):
    count = Prediction.objects.count()

    assert batches_expire(before=days_ago(90)) == 1

    assert not Batch.objects.exists()
    assert Prediction.objects.count() == count > 0


def test_a_batch_that_ended_lately_or_goes_on_stays(db):
    goes_on, cancelled = make_batch(), make_batch()
    Batch.objects.update(created_at=days_ago(100))
    batch_cancel(batch=cancelled)

    assert batches_expire(before=days_ago(90)) == 0

    assert set(Batch.objects.all()) == {goes_on, cancelled}
