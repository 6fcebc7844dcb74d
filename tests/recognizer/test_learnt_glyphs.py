"""Whoever deletes what a model learnt is told, and the staff sees it without a name."""

import json
from zipfile import ZipFile

import pytest

from recognizer import engine, selectors
from recognizer.models import (
    Digit,
    ForgottenGlyphs,
    LearntGlyph,
    glyph_fingerprint,
)
from recognizer.services.accounts import account_delete
from recognizer.services.batches import batch_delete
from recognizer.services.corrections import correction_record
from recognizer.services.exports import account_export
from recognizer.services.predictions import prediction_delete
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import PASSWORD, make_admin, make_glyph_of, make_prediction
from tests.recognizer.trainings import train


def taught_glyph(number):
    """The first from `number` on that trains and is not held out."""
    glyphs = (make_glyph_of(each) for each in range(number, number + 1000))
    return next(each for each in glyphs if glyph_fingerprint(each) >= "33")


def confirmed(owner, reviewer, *, number=1000):
    digit = make_prediction(owner=owner).digits.get()
    digit.glyph = taught_glyph(number)
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    correction_record(digit=digit, label=3, viewer=reviewer)
    return digit


@pytest.fixture
def of_alice(alice, labelled, tuned, reviewer):
    return confirmed(alice, reviewer)


@pytest.fixture
def taught(of_alice):
    """A version that learnt it."""
    return train().version


def forgotten():
    rows = ForgottenGlyphs.objects.order_by("version")
    return list(rows.values_list("version_id", "glyphs"))


def test_what_taught_a_version_is_kept_and_what_measured_it_is_not(taught):
    confirmed = Digit.objects.filter(label__isnull=False)
    trained = {each.fingerprint for each in confirmed if not each.is_held_out}

    kept = taught.learnt_glyphs.values_list("fingerprint", flat=True)

    assert set(kept) == trained
    assert len(trained) < confirmed.count()


def test_deleting_names_the_version_that_learnt_it(of_alice, taught):
    assert prediction_delete(prediction=of_alice.prediction) == [taught.number]

    assert forgotten() == [(taught.number, 1)]
    assert not LearntGlyph.objects.filter(fingerprint=of_alice.fingerprint).exists()


def test_deleting_what_taught_nothing_names_none(of_alice, taught, alice):
    other = make_prediction(owner=alice)

    assert prediction_delete(prediction=other) == []
    assert forgotten() == []


def test_versions_that_went_on_from_it_know_it_as_well(of_alice, taught, reviewer, bob):
    confirmed(bob, reviewer, number=3000)
    child = train().version
    assert child.parent == taught

    numbers = prediction_delete(prediction=of_alice.prediction)

    assert numbers == [taught.number, child.number]
    # What the parent learnt stands with the parent alone.
    assert child.learnt_glyphs.count() == 1


def test_a_version_inherits_what_its_parent_learnt_and_lost(
    of_alice, taught, reviewer, bob
):
    prediction_delete(prediction=of_alice.prediction)
    confirmed(bob, reviewer, number=3000)

    child = train().version

    assert selectors.glyphs_forgotten(version=child) == 1


def test_what_is_deleted_while_a_version_learns_is_counted(
    of_alice, tuned, monkeypatch
):
    tune = engine.fine_tune

    def delete_meanwhile(*given, **named):
        prediction_delete(prediction=of_alice.prediction)
        return tune(*given, **named)

    monkeypatch.setattr(engine, "fine_tune", delete_meanwhile)

    version = train().version

    assert selectors.glyphs_forgotten(version=version) == 1
    assert not LearntGlyph.objects.filter(fingerprint=of_alice.fingerprint).exists()


def test_a_glyph_of_which_there_is_a_copy_can_be_deleted_once_more(
    of_alice, taught, bob
):
    copy = make_prediction(owner=bob).digits.get()
    copy.glyph, copy.fingerprint = of_alice.glyph, of_alice.fingerprint
    copy.save()

    first = prediction_delete(prediction=of_alice.prediction)

    assert first == prediction_delete(prediction=copy.prediction) == [taught.number]
    assert forgotten() == [(taught.number, 2)]


def test_deleting_an_account_names_them(of_alice, taught, alice):
    assert account_delete(viewer=Viewer(user=alice)) == [taught.number]

    assert forgotten() == [(taught.number, 1)]


def test_what_stays_names_nobody(of_alice, taught, alice):
    account_delete(viewer=Viewer(user=alice))

    (row,) = ForgottenGlyphs.objects.values()
    assert set(row) == {"id", "version_id", "day", "glyphs"}


def test_a_deletion_that_fails_is_not_counted(of_alice, taught, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("django.db.models.query.QuerySet.delete", fail)

    with pytest.raises(ZeroDivisionError):
        prediction_delete(prediction=of_alice.prediction)

    assert forgotten() == []


def test_a_person_is_told_on_the_page(of_alice, taught, alice, client):
    client.force_login(alice)

    response = client.post(
        f"{of_alice.prediction.get_absolute_url()}delete/", follow=True
    )

    words = f"Model {taught.number} had learnt from it and cannot unlearn"
    assert words in response.content.decode()


def test_a_person_who_leaves_is_told(of_alice, taught, alice, client):
    client.force_login(alice)

    response = client.post("/account/delete/", {"password": PASSWORD}, follow=True)

    assert f"Model {taught.number} had learnt" in response.content.decode()


def test_a_program_is_told(of_alice, taught, alice, api):
    api.force_authenticate(alice)
    other = make_prediction(owner=alice)

    answers = [
        api.delete(f"/api/predictions/{each.public_id}/")
        for each in (of_alice.prediction, other)
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert answers[0]["Models-That-Learnt"] == str(taught.number)
    assert "Models-That-Learnt" not in answers[1]


def test_a_program_that_leaves_is_told(of_alice, taught, alice, api):
    api.force_authenticate(alice)

    answer = api.delete("/api/account/", {"password": PASSWORD})

    assert answer["Models-That-Learnt"] == str(taught.number)


def test_deleting_a_batch_names_them(of_alice, taught, alice):
    batch = make_batch(viewer=Viewer(user=alice))
    batch.items.filter(position=0).update(prediction=of_alice.prediction, status="read")

    numbers = batch_delete(batch=batch, with_predictions=True)

    assert numbers == [taught.number]


def test_an_export_names_them(of_alice, taught, alice, tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(account_export(viewer=Viewer(user=alice))))

    account = json.loads(ZipFile(path).read("account.json"))

    assert account["models_that_learnt"] == [taught.number]


def test_the_staff_sees_how_much_is_gone(of_alice, taught, alice, client):
    account_delete(viewer=Viewer(user=alice))
    client.force_login(make_admin())

    page = client.get(f"/models/{taught.number}/").content.decode()
    rows = client.get("/admin/recognizer/forgottenglyphs/").content.decode()

    assert "1 of the glyphs that taught it was deleted since" in page
    assert f">{taught.number}</" in rows
    assert "alice" not in rows
