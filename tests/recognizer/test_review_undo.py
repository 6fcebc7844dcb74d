"""Taking back in the queue what others have touched since."""

from uuid import uuid4

import pytest

from recognizer import selectors
from recognizer.models import Digit, glyph_fingerprint
from recognizer.services.corrections import NothingToUndo, correction_record
from recognizer.services.reviews import review_claim, review_undo
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


def make_read(confidence: float) -> Digit:
    digit = make_prediction(visitor=uuid4(), confidence=confidence).digits.get()
    digit.glyph = digit.pk.to_bytes(4) * 196
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def review(viewer: Viewer) -> Digit:
    """Confirm what the queue gives."""
    claim = review_claim(viewer=viewer)
    correction_record(digit=claim.digit, label=7, viewer=viewer)
    return claim.digit


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


def test_what_somebody_else_labelled_since_is_passed_over(rita, sven):
    make_read(0.4)
    make_read(0.5)
    first, second = review(rita), review(rita)
    correction_record(digit=second, label=1, viewer=sven)

    assert review_undo(viewer=rita) == first

    assert Digit.objects.get(pk=second.pk).label == 1
    assert Digit.objects.get(pk=first.pk).label is None


def test_what_its_owner_disputes_since_is_passed_over(rita):
    make_read(0.4)
    make_read(0.5)
    first, second = review(rita), review(rita)
    owner = Viewer(visitor=second.prediction.visitor)
    correction_record(digit=second, label=1, viewer=owner)

    assert review_undo(viewer=rita) == first


def test_once_nothing_is_left_that_could_be_taken_back_that_is_said(rita, sven):
    make_read(0.4)
    correction_record(digit=review(rita), label=1, viewer=sven)

    assert selectors.review_to_undo(viewer=rita) is None
    with pytest.raises(NothingToUndo):
        review_undo(viewer=rita)


def test_the_way_back_still_leads_to_what_somebody_else_labelled_since(rita, sven):
    make_read(0.4)
    digit = review(rita)
    correction_record(digit=digit, label=1, viewer=sven)

    assert selectors.review_before(viewer=rita).digit == digit
