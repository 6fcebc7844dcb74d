"""Many images are read at once and kept together."""

import pytest
from django.db import DatabaseError

from recognizer import engine
from recognizer.models import Digit, Prediction, Source
from recognizer.services.predictions import predictions_create, predictions_preview
from recognizer.viewers import Viewer
from tests.factories import make_image, make_reading

IMAGES = [make_image(width=width) for width in (60, 70, 80)]


def create(images=IMAGES, viewer=None, **options):
    return predictions_create(
        images=images, source=Source.API, viewer=viewer or Viewer(), **options
    )


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def unreadable(data):
    return engine.RecognizerError("Damaged.", code="unreadable_image", status=400)


def test_each_is_kept_with_its_digit_and_file(db, stub_engine, media_root):
    answers = create()

    assert stub_engine.asked == IMAGES
    assert [each.prediction.pk for each in answers] == list(
        Prediction.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert Digit.objects.count() == len(files_in(media_root)) == 3


def test_a_newcomer_becomes_one_visitor(db, stub_engine):
    create()

    (visitor,) = Prediction.objects.values_list("visitor", flat=True).distinct()
    assert visitor is not None


def test_an_unreadable_one_says_why_and_stops_no_other(db, stub_engine, monkeypatch):
    recognize = stub_engine.recognize

    def but_the_second(data, **options):
        if data == IMAGES[1]:
            raise unreadable(data)
        return recognize(data, **options)

    monkeypatch.setattr(stub_engine, "recognize", but_the_second)

    first, second, third = create()

    assert second.code == "unreadable_image"
    assert first.is_stored
    assert third.is_stored
    assert Prediction.objects.count() == 2


def test_blank_ones_are_answered_and_not_kept(db, stub_engine, media_root):
    stub_engine.reading = make_reading(outcome="blank")

    answers = create()

    assert not any(each.is_stored for each in answers)
    assert files_in(media_root) == []


def test_if_one_cannot_be_kept_none_is(db, stub_engine, media_root, monkeypatch):
    def fail(*_, **__):
        raise DatabaseError("gone")

    monkeypatch.setattr(Digit.objects, "bulk_create", fail)

    with pytest.raises(DatabaseError):
        create()

    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_what_goes_wrong_meanwhile_undoes_all(db, stub_engine, media_root):
    def refuse(results):
        raise LookupError

    with pytest.raises(LookupError):
        create(meanwhile=refuse)

    assert not Prediction.objects.exists()
    assert files_in(media_root) == []


def test_without_any_image_nothing_is_kept(db, stub_engine):
    assert create(images=[]) == []


def test_a_preview_of_many_touches_no_database(stub_engine):
    answers = predictions_preview(images=IMAGES)

    assert [each.prediction.text for each in answers] == ["7", "7", "7"]
    assert not any(each.is_stored for each in answers)
