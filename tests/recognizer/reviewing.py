"""What the tests of reviewing share: digits that wait, and reviewers who speak."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from recognizer.models import Correction, Digit, ReviewClaim, Via, glyph_fingerprint
from recognizer.services.corrections import correction_record
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import make_prediction


def make_read(confidence: float = 0.99, **fields) -> Digit:
    """A digit of somebody's, with a glyph of its own."""
    prediction = make_prediction(visitor=uuid4(), confidence=confidence, **fields)
    digit = prediction.digits.get()
    digit.glyph = prediction.pk.to_bytes(4) * 196
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def say(digit: Digit, label: int, viewer: Viewer, via: Via = Via.PAGE) -> Correction:
    correction = correction_record(digit=digit, label=label, viewer=viewer, via=via)
    assert correction is not None
    return correction


def review(viewer: Viewer, label: int | None = None) -> Digit:
    """Label what the queue gives, as it was read unless told otherwise."""
    claim = review_claim(viewer=viewer)
    assert claim is not None
    say(claim.digit, claim.digit.read_label if label is None else label, viewer)
    return claim.digit


def given(viewer: Viewer) -> Digit | None:
    claim = review_claim(viewer=viewer)
    return claim and claim.digit


def expire(**claims) -> None:
    past = timezone.now() - timedelta(seconds=1)
    ReviewClaim.objects.filter(**claims).update(expires_at=past)
