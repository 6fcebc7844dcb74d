"""`manage.py purge`: what it is told, what it says, and that the site may run."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from recognizer.models import (
    ApiToken,
    Prediction,
    Source,
    picture_path,
)
from recognizer.services import left_files, leftovers, purging
from recognizer.services.predictions import prediction_create
from recognizer.services.purging import PurgeOptions, purge
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import (
    make_image,
    make_prediction,
    make_token,
)
from tests.recognizer.threads import at_once

OLD = timedelta(days=100)


@pytest.fixture
def later(monkeypatch):
    """What was written just now counts as left behind."""
    monkeypatch.setattr(left_files, "LEFT_BEHIND", timedelta(seconds=-5))


def make_old(**fields):
    return make_prediction(created_at=timezone.now() - OLD, **fields)


def steps(**options):
    return {each.what: each for each in purge(options=PurgeOptions(**options))}


def told(capsys, **options):
    """What each step came to, as the command prints it."""
    call_command("purge", **options)
    _, *lines = capsys.readouterr().out.splitlines()
    return {line[:52].strip(): line[52:].split(maxsplit=2) for line in lines}


# What it is told, and what it says.


def test_unless_told_so_nothing_is_too_old(db, capsys):
    make_old()

    lines = told(capsys)

    assert not any("older" in what for what in lines)
    assert Prediction.objects.count() == 1


@pytest.mark.parametrize(("days", "left"), [(99, 0), (101, 1)])
def test_the_age_is_given_in_days(db, capsys, days, left):
    make_old()

    lines = told(capsys, days=days)

    assert lines[f"predictions older than {days} days"] == [str(1 - left)] * 2
    assert Prediction.objects.count() == left


def test_a_dry_run_tells_what_would_go_and_changes_nothing(
    alice, capsys, later, monkeypatch
):
    monkeypatch.setattr(leftovers, "ROWS_AT_ONCE", 0)  # It would go on for ever.
    make_old()
    make_batch()
    left = default_storage.save("batches/left.bin", ContentFile(b"x"))
    make_token(alice)
    ApiToken.objects.update(expiry=timezone.now())

    lines = told(capsys, days=90, is_dry_run=True)

    assert lines["predictions older than 90 days"] == ["1", "–"]
    assert lines["files of batches that no batch names"] == ["1", "–"]
    assert lines["tokens that have expired"] == ["1", "–"]
    assert Prediction.objects.exists()
    assert ApiToken.objects.exists()
    assert default_storage.exists(left)


def test_what_is_labelled_goes_only_with_an_age(db):
    with pytest.raises(CommandError, match="--older-than") as refused:
        call_command("purge", with_labelled=True)

    assert refused.value.returncode == 2


def test_what_cannot_be_removed_is_the_exit_status(db, capsys, later, monkeypatch):
    default_storage.save("batches/left.bin", ContentFile(b"x"))
    monkeypatch.setattr(purging, "files_remove", lambda **_: 0)

    with pytest.raises(SystemExit) as ended:
        call_command("purge")

    assert ended.value.code == 1
    assert "the log says why" in capsys.readouterr().out


def test_a_storage_that_does_not_answer_is_told_in_words(db, monkeypatch):
    def find():
        raise OSError("The bucket is gone.")

    monkeypatch.setattr(purging, "orphans_find", find)

    with pytest.raises(CommandError, match=r"It broke off: The bucket is gone\."):
        call_command("purge")


def test_a_database_that_does_not_answer_is_told_in_words(db, monkeypatch):
    def find():
        raise OperationalError("It is locked.")

    monkeypatch.setattr(purging, "orphans_find", find)

    with pytest.raises(CommandError, match=r"It broke off: It is locked\."):
        call_command("purge")


# What was left behind.


def test_with_another_database_no_picture_is_removed(db, capsys, later):
    prediction = make_prediction()
    Prediction.objects.all().delete()

    with pytest.raises(SystemExit):
        call_command("purge")

    assert "Is it the right database?" in capsys.readouterr().out
    assert default_storage.exists(prediction.image.name)


def test_without_its_storage_no_prediction_is_deleted(db, capsys):
    default_storage.delete(make_old().image.name)

    with pytest.raises(SystemExit):
        call_command("purge")

    assert "Is the storage there?" in capsys.readouterr().out
    assert Prediction.objects.exists()


def test_whoever_is_sure_removes_even_most(db, later):
    lost, left = make_old(), make_prediction()
    default_storage.delete(lost.image.name)
    Prediction.objects.filter(pk=left.pk).delete()

    call_command("purge", even_most=True)

    assert not Prediction.objects.exists()
    assert not default_storage.exists(left.image.name)


def test_files_of_batches_and_of_tests_go_once_nobody_can_need_them(db, later, capsys):
    batch = make_batch()
    left = default_storage.save("batches/left.bin", ContentFile(b"x"))
    probe = default_storage.save("health/left.bin", ContentFile(b"x"))

    lines = told(capsys)

    assert lines["files of batches that no batch names"] == ["1", "1"]
    assert lines["files that were written as a test"] == ["1", "1"]
    assert not default_storage.exists(left)
    assert not default_storage.exists(probe)
    assert default_storage.exists(batch.file.name)


def test_files_that_are_just_being_written_stay(db):
    for name in ("batches/new.bin", "health/new.bin"):
        default_storage.save(name, ContentFile(b"x"))

    call_command("purge")

    assert default_storage.exists("batches/new.bin")
    assert default_storage.exists("health/new.bin")


# While the site runs, and in a bucket.


def test_what_is_kept_meanwhile_is_left_alone(for_threads, stub_engine):
    make_old()
    for_threads()

    def keep():
        for _ in range(50):
            prediction_create(data=make_image(), source=Source.API, viewer=Viewer())

    def purge_again():
        for _ in range(10):
            steps(days=90, even_most=True)

    def look():
        return sorted(Prediction.objects.values_list("image", flat=True))

    assert at_once(keep, purge_again) == [None, None]

    [names] = at_once(look)
    assert len(names) == 50
    assert all(default_storage.exists(name) for name in names)


def test_in_a_bucket_it_is_the_same(db, s3, commits, later):
    old, kept, lost = make_old(), make_prediction(), make_old()
    s3.delete(lost.image.name)
    left = s3.save(picture_path(kept, "picture.png"), ContentFile(b"x"))
    s3.save("batches/left.bin", ContentFile(b"x"))

    found = steps(days=90)

    assert found["predictions older than 90 days"].removed == 2
    assert found["pictures that no prediction names"].removed == 1
    assert found["files of batches that no batch names"].removed == 1
    assert Prediction.objects.get() == kept
    assert s3.exists(kept.image.name)
    assert not any(s3.exists(name) for name in (old.image.name, left))
