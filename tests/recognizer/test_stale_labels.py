"""Labels given to what somebody else has labelled since it was shown."""

from uuid import uuid4

import pytest

from recognizer.models import Correction, Digit, Review, Via, glyph_fingerprint
from recognizer.services import reviews
from recognizer.services.corrections import (
    LabelledMeanwhile,
    Shown,
    correction_record,
)
from recognizer.services.reviews import review_claim, reviews_confirm
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user

UNSEEN = Shown(None, Review.UNREVIEWED)


def make_read() -> Digit:
    """A digit of somebody's, with a glyph of its own."""
    digit = make_prediction(visitor=uuid4()).digits.get()
    digit.glyph = digit.pk.to_bytes(4) * 196
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def stands_as(digit: Digit) -> tuple[int | None, str]:
    """What the database says of a digit."""
    fresh = Digit.objects.get(pk=digit.pk)
    return fresh.label, fresh.review


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


# One


def test_what_is_as_it_was_shown_is_labelled(rita):
    digit = make_read()

    correction_record(digit=digit, label=1, viewer=rita, shown=UNSEEN)

    assert stands_as(digit) == (1, "confirmed")


def test_what_somebody_else_said_since_is_not_overwritten(rita, sven):
    digit = make_read()
    correction_record(digit=Digit.objects.get(), label=7, viewer=sven)

    with pytest.raises(LabelledMeanwhile, match="Somebody else has labelled"):
        correction_record(digit=digit, label=1, viewer=rita, shown=UNSEEN)

    assert stands_as(digit) == (7, "confirmed")


def test_the_digit_is_shown_anew(rita, sven):
    digit = make_read()
    correction_record(digit=Digit.objects.get(), label=7, viewer=sven)

    with pytest.raises(LabelledMeanwhile):
        correction_record(digit=digit, label=1, viewer=rita, shown=UNSEEN)

    assert (digit.label, digit.review) == (7, "confirmed")


def test_a_refused_label_leaves_the_claim_where_it_is(rita, sven):
    digit = make_read()
    correction_record(digit=digit, label=1, viewer=Viewer(visitor=uuid4()))
    review_claim(viewer=sven)

    with pytest.raises(LabelledMeanwhile):
        correction_record(digit=digit, label=1, viewer=rita, shown=UNSEEN)

    assert review_claim(viewer=sven).digit == digit


def test_the_same_label_as_somebody_else_gave_since_is_no_matter(rita, sven):
    digit = make_read()
    correction_record(digit=Digit.objects.get(), label=7, viewer=sven)

    again = correction_record(digit=digit, label=7, viewer=rita, shown=UNSEEN)

    assert again is None
    assert Correction.objects.count() == 1


def test_who_labelled_it_himself_is_not_told_of_somebody_else(rita):
    digit = make_read()
    correction_record(digit=digit, label=7, viewer=rita)

    with pytest.raises(LabelledMeanwhile, match="You have labelled"):
        correction_record(digit=digit, label=1, viewer=rita, shown=UNSEEN)


def test_whoever_does_not_say_what_he_saw_is_not_asked(rita, sven):
    digit = make_read()
    correction_record(digit=Digit.objects.get(), label=7, viewer=sven)

    correction_record(digit=digit, label=1, viewer=rita)

    assert stands_as(digit) == (1, "confirmed")


# Many


@pytest.fixture
def between(monkeypatch):
    """Do something once the first of many is labelled, before the second."""

    def arrange(act):
        def record(**given):
            correction = correction_record(**given)
            if Correction.objects.filter(via=Via.GRID).count() == 1:
                act()
            return correction

        monkeypatch.setattr(reviews, "correction_record", record)

    return arrange


def test_of_many_what_is_labelled_since_they_were_found_is_left(rita, sven, between):
    digits = sorted([make_read(), make_read()], key=lambda each: each.fingerprint)
    second = Digit.objects.get(pk=digits[1].pk)
    between(lambda: correction_record(digit=second, label=1, viewer=sven))

    assert reviews_confirm(digits=digits, label=7, viewer=rita) == 1

    assert stands_as(second) == (1, "confirmed")


def test_of_many_what_is_claimed_since_they_were_found_is_left(rita, sven, between):
    digits = sorted([make_read(), make_read()], key=lambda each: each.fingerprint)
    between(lambda: review_claim(viewer=sven))

    assert reviews_confirm(digits=digits, label=7, viewer=rita) == 1

    assert stands_as(digits[1]) == (None, "unreviewed")
