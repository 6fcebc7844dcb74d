"""Digits, and what was said of them."""

from recognizer.models import Correction, Digit
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
    holding: list[Correction] = []
    for correction in digit.corrections.all():
        if correction.undoes_id is None:
            holding.append(correction)
        else:
            holding.pop()
    last = holding[-1] if holding else None
    if last is None or last.follows_id is not None:
        return None
    is_his = last.is_by(user=viewer.user, visitor=viewer.visitor)
    return last if is_his else None
