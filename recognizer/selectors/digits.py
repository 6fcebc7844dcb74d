"""Digits, and what was said of them."""

from recognizer.models import Correction, Digit, Review, Via
from recognizer.selectors.predictions import predictions_visible_to
from recognizer.viewers import Viewer


def digit_get(*, viewer: Viewer, pk: int) -> Digit:
    """One digit, with its prediction and its corrections; a reviewer's may be anyone's.

    Raises:
        Digit.DoesNotExist: there is none, or it is somebody else's.
    """
    digits = Digit.objects.select_related("prediction").prefetch_related("corrections")
    if not viewer.is_reviewer:
        digits = digits.filter(prediction__in=predictions_visible_to(viewer))
    return digits.get(pk=pk)


def correction_to_undo(*, digit: Digit, viewer: Viewer) -> Correction | None:
    """What the viewer may take back: what holds now, if it is his.

    Reads `digit.corrections` whole; prefetch them for many digits.
    """
    holding = _holding(digit)
    last = holding[-1] if holding else None
    if last is None or last.follows_id is not None:
        return None
    is_his = last.is_by(user=viewer.user, visitor=viewer.visitor)
    return last if is_his else None


def doubt_of_label(*, digit: Digit) -> Correction | None:
    """Why the check asks for a second person; None where it does not.

    Reads `digit.corrections` whole, as above, and no copies: for pages of many digits.
    """
    settling = [
        correction
        for correction in _holding(digit)
        if correction.via == Via.CHECK or correction.new_review == Review.CONFIRMED
    ]
    return settling[-1] if settling and settling[-1].via == Via.CHECK else None


def _holding(digit: Digit) -> list[Correction]:
    """What was neither taken back nor takes anything back, the oldest first."""
    holding: list[Correction] = []
    for correction in digit.corrections.all():
        if correction.undoes_id is None:
            holding.append(correction)
        else:
            holding.pop()
    return holding
