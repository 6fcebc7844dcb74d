"""What pages say of a label that the check before training doubts."""

from uuid import uuid4

import pytest

from recognizer.models import Digit, Reason, glyph_fingerprint
from recognizer.pictures import glyph_data_url
from recognizer.services.corrections import correction_record, label_doubt
from recognizer.viewers import Viewer
from tests.factories import make_admin, make_glyph_of, make_prediction, make_user


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(client, db) -> Viewer:
    """A second reviewer; the browser is his."""
    user = make_user("sven", is_staff=True)
    client.force_login(user)
    return Viewer(user=user)


@pytest.fixture
def digit(rita) -> Digit:
    """A 9, as Rita says."""
    digit = make_prediction(owner=rita.user).digits.get()
    correction_record(digit=digit, label=9, viewer=rita)
    return digit


def doubt(doubted: Digit, **reason) -> None:
    fingerprint = doubted.fingerprint
    assert label_doubt(fingerprint=fingerprint, label=9, reason=reason)


def make_other() -> Digit:
    """Another glyph."""
    digit = make_prediction(visitor=uuid4()).digits.get()
    digit.glyph = make_glyph_of(1)
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def page(client, url: str = "/review/") -> str:
    """The page, its white space made one."""
    return " ".join(client.get(url).content.decode().split())


def test_the_queue_says_what_a_model_takes_it_for(client, sven, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)

    assert (
        "It was labelled as a 9. A model that has not seen this label takes it "
        "for an 8. You decide."
    ) in page(client)


def test_the_queue_shows_what_looks_the_same(client, sven, digit):
    other = make_other()
    doubt(digit, kind=Reason.ALIKE, digit=other.pk, label=4)

    shown = page(client)

    assert "It looks the same as another digit labelled 4. You decide." in shown
    assert glyph_data_url(other.glyph) in shown


@pytest.mark.parametrize("is_known", [True, False])
def test_without_the_other_there_are_words_alone(client, sven, digit, is_known):
    other = make_other()
    pk = other.pk if is_known else None
    doubt(digit, kind=Reason.ALIKE, digit=pk, label=4)
    other.prediction.delete()

    shown = page(client)

    assert "It looks the same as another digit labelled 4." in shown
    assert "review-alike" not in shown


def test_a_dispute_among_people_shows_no_other(client, sven, digit):
    assert "review-alike" not in page(client, f"/review/{digit.pk}/")


def test_who_gave_the_label_is_told_that_another_decides(client, rita, sven, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)
    client.force_login(rita.user)

    assert "Another reviewer decides." in page(client, f"/review/{digit.pk}/")


def test_the_only_reviewer_is_told_that_he_decides_himself(client, rita, digit):
    client.force_login(rita.user)
    doubt(digit, kind=Reason.REJECTED, answer=8)

    assert "You decide, as there is no other reviewer." in page(client)


def test_the_history_says_why(client, rita, sven, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)
    client.force_login(rita.user)

    assert (
        "A reviewer says it is a 9. A model that has not seen this label takes it "
        "for an 8. It will be looked at again."
    ) in page(client, "/predictions/")


def test_the_history_of_what_was_decided_says_no_more(client, rita, sven, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)
    correction_record(digit=digit, label=9, viewer=sven)
    client.force_login(rita.user)

    assert "A reviewer says it is a 9." in page(client, "/predictions/")
    assert "A model that has not seen" not in page(client, "/predictions/")


def test_the_administration_says_why(client, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)
    client.force_login(make_admin())

    shown = page(client, f"/admin/recognizer/digit/{digit.pk}/change/")

    assert "9, doubted" in shown
    assert "Check before training" in shown
    assert "takes it for an 8" in shown


def test_a_program_is_told_why(client, sven, digit):
    doubt(digit, kind=Reason.REJECTED, answer=8)

    said, doubted = client.get(f"/api/digits/{digit.pk}/corrections/").json()["results"]

    assert said["reason"] == ""
    assert "takes it for an 8" in doubted["reason"]
    assert doubted["is_yours"] is False
