"""How well digits are read, by those drawn at random."""

from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer import selectors
from recognizer.models import Digit, ReviewClaim, Via, glyph_fingerprint
from recognizer.services.corrections import correction_record, correction_undo
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


def make_read() -> Digit:
    """A 7 of somebody's, with a glyph of its own."""
    digit = make_prediction(visitor=uuid4()).digits.get()
    digit.glyph = digit.pk.to_bytes(4) * 196
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def say(digit: Digit, label: int, viewer: Viewer, via: Via = Via.PAGE) -> None:
    correction_record(digit=digit, label=label, viewer=viewer, via=via)


def draw(viewer: Viewer, label: int) -> Digit:
    """Label one that the queue drew at random."""
    digit = make_read()
    ReviewClaim.objects.create(
        digit=digit, user=viewer.user, via=Via.RANDOM, expires_at=timezone.now()
    )
    say(digit, label, viewer)
    return digit


def counted(viewer: Viewer) -> tuple[int, int, int]:
    """How many were drawn at random, how many of them right, how many left out."""
    progress = selectors.review_progress(viewer=viewer)
    accuracy = progress.accuracy
    if accuracy is None:
        return 0, 0, progress.unsettled
    return accuracy.n, round(accuracy.n * accuracy.share), progress.unsettled


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


def test_one_that_somebody_labelled_anew_elsewhere_counts_with_that_label(rita, sven):
    digit = draw(rita, 1)
    say(digit, 7, sven, Via.ADMIN)

    assert counted(rita) == (1, 1, 0)


def test_one_that_is_disputed_is_left_out_and_said_to_be(rita):
    draw(rita, 7)
    digit = draw(rita, 7)
    say(digit, 1, Viewer(visitor=digit.prediction.visitor))

    assert counted(rita) == (1, 1, 1)


def test_one_whose_dispute_was_decided_in_the_queue_counts(rita, sven):
    digit = draw(rita, 7)
    say(digit, 1, Viewer(visitor=digit.prediction.visitor))
    ReviewClaim.objects.create(
        digit=digit, user=sven.user, via=Via.QUEUE, expires_at=timezone.now()
    )
    say(digit, 1, sven)

    assert counted(rita) == (1, 0, 0)


def test_one_that_a_copys_label_reached_counts_with_that_label(rita, sven):
    digit, copy = draw(rita, 7), make_read()
    Digit.objects.filter(pk=copy.pk).update(fingerprint=digit.fingerprint)
    copy.refresh_from_db()
    say(copy, 1, sven)
    say(Digit.objects.get(pk=digit.pk), 1, rita)

    assert counted(rita) == (1, 0, 0)


def test_one_that_was_taken_back_does_not_count(rita):
    digit = draw(rita, 7)
    correction_undo(digit=digit, viewer=rita)

    assert counted(rita) == (0, 0, 0)


def test_one_that_was_labelled_twice_counts_once(rita):
    say(draw(rita, 1), 7, rita)

    assert counted(rita) == (1, 1, 0)


def test_one_that_the_queue_chose_does_not_count(rita):
    say(make_read(), 7, rita, Via.QUEUE)

    assert counted(rita) == (0, 0, 0)
