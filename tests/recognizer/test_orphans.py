"""Pictures without a prediction, and predictions without a picture."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from recognizer.models import Prediction, picture_path
from recognizer.services import left_files, orphans
from recognizer.services.corrections import correction_record
from recognizer.services.orphans import (
    Orphans,
    orphan_files_remove,
    orphan_rows_remove,
    orphans_find,
)
from tests.factories import make_image, make_prediction

LONG_AGO = timedelta(days=1)


@pytest.fixture
def later(monkeypatch):
    """What was written just now counts as left behind."""
    monkeypatch.setattr(left_files, "LEFT_BEHIND", timedelta(seconds=-5))


def make_orphan_file():
    name = picture_path(Prediction(), "picture.png")
    return default_storage.save(name, ContentFile(make_image()))


def make_orphan_row(**fields):
    prediction = make_prediction(created_at=timezone.now() - LONG_AGO, **fields)
    default_storage.delete(prediction.image.name)
    return prediction


def test_where_nothing_is_kept_nothing_is_lost(db):
    assert orphans_find() == Orphans()


def test_a_picture_with_a_prediction_is_no_orphan(db, later):
    for _ in range(20):
        make_prediction()

    assert orphans_find() == Orphans(files_seen=20, rows_seen=20)


def test_a_picture_without_a_prediction_is_found_and_removed(db, later):
    kept, left = make_prediction(), make_orphan_file()

    found = orphans_find()
    removed = orphan_files_remove(names=found.files)

    assert (found.files, found.rows, removed) == ([left], [], 1)
    assert not default_storage.exists(left)
    assert default_storage.exists(kept.image.name)


def test_a_picture_that_is_just_being_kept_is_no_orphan(db):
    make_prediction()
    make_orphan_file()

    assert orphans_find().files == []


def test_what_is_not_ours_is_left_alone(db, later):
    make_prediction()
    for name in ("predictions/ab/notes.txt", "predictions/own/a.png", "a.png"):
        default_storage.save(name, ContentFile(b"x"))

    assert orphans_find().files == []


def test_a_picture_whose_name_was_taken_is_ours(db, later):
    make_prediction()
    name = f"predictions/ab/{'ab' * 16}_x1Y2z3w.png"
    default_storage.save(name, ContentFile(b"x"))

    assert orphans_find().files == [name]


def test_a_file_that_cannot_be_removed_stops_no_other(db, monkeypatch, caplog):
    def delete(name):
        if name == "first":
            raise OSError("It is gone.")

    monkeypatch.setattr(orphans, "_storage", lambda: type("", (), {"delete": delete}))

    assert orphan_files_remove(names=["first", "second"]) == 1

    assert "first could not be removed: It is gone." in caplog.text


def test_a_prediction_without_a_picture_is_found_and_deleted(db):
    kept, lost = make_prediction(), make_orphan_row()

    found = orphans_find()
    removed = orphan_rows_remove(keys=found.rows)

    assert (found.files, found.rows, removed) == ([], [lost.pk], 1)
    assert Prediction.objects.get() == kept


def test_a_prediction_with_a_label_stays_without_its_picture(rita):
    lost = make_orphan_row()
    correction_record(digit=lost.digits.get(), label=3, viewer=rita)

    removed = orphan_rows_remove(keys=orphans_find().rows)

    assert removed == 0
    assert Prediction.objects.get() == lost


def test_a_prediction_that_was_just_kept_is_not_lost(db):
    make_orphan_row()
    Prediction.objects.update(created_at=timezone.now())

    assert orphans_find().rows == []


def test_a_picture_that_was_put_back_meanwhile_saves_its_prediction(db):
    lost = make_orphan_row()
    found = orphans_find()
    default_storage.save(lost.image.name, ContentFile(make_image()))

    assert orphan_rows_remove(keys=found.rows) == 0

    assert Prediction.objects.get() == lost


def test_all_parts_of_the_storage_are_looked_through(db, later):
    """Names are random: of so many, each part has some."""
    left = sorted(make_orphan_file() for _ in range(60))
    lost = [make_orphan_row().pk for _ in range(60)]

    found = orphans_find()

    assert sorted(found.files) == left
    assert sorted(found.rows) == lost
    assert (found.files_seen, found.rows_seen) == (60, 60)


@pytest.mark.parametrize(
    ("lost", "seen", "others", "is_suspicious"),
    [
        (0, 0, 0, False),
        (0, 100, 0, False),
        (1, 1, 0, True),  # The other side is empty: is it the right one?
        (1, 1, 1, False),
        (20, 20, 1, False),
        (21, 41, 1, True),
        (21, 42, 1, False),
    ],
)
def test_where_nearly_all_is_lost_something_else_is_wrong(
    lost, seen, others, is_suspicious
):
    files = Orphans(files=["x"] * lost, files_seen=seen, rows_seen=others)
    rows = Orphans(rows=[1] * lost, rows_seen=seen, files_seen=others)

    assert files.are_files_suspicious == is_suspicious
    assert rows.are_rows_suspicious == is_suspicious
