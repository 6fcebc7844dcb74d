"""Labels that people give digits, and take back.

An owner proposes; a reviewer confirms. Where two labels of one glyph contradict each
other, both digits are disputed, and train nothing, until a reviewer decides who did
not speak last.
"""

from django.db import transaction

from recognizer import selectors
from recognizer.models import (
    NOT_A_DIGIT,
    VIAS_OF_THE_QUEUE,
    Correction,
    Digit,
    Review,
    ReviewClaim,
    Via,
)
from recognizer.viewers import Viewer

# Labels that somebody who may decide has given.
DECIDED = (Review.CONFIRMED, Review.DISPUTED)


class NothingToUndo(Exception):
    """There is no label that this viewer could take back."""


def correction_record(
    *, digit: Digit, label: int, viewer: Viewer, via: Via = Via.PAGE
) -> Correction | None:
    """Keep what somebody says a digit is; None where that is what it says already.

    `digit` is changed, too.

    Args:
        digit: one that the viewer may see.
        label: 0 to 9, or NOT_A_DIGIT.
        viewer: who says so.
        via: where; of what the review queue gave him, the queue is kept instead.
    Raises:
        ValueError: the label is none.
    """
    if not 0 <= label <= NOT_A_DIGIT:
        raise ValueError(f"Expected a label of 0 to {NOT_A_DIGIT}. Received: {label}")
    with transaction.atomic():
        _lock(digit)
        kept_via = _via(digit, viewer) or via
        rivals = _rivals(digit, label)
        if viewer.is_reviewer:
            # Who looked at them has nothing left to say.
            ReviewClaim.objects.filter(digit__in=[digit, *rivals]).delete()
        review = _review(digit, label, rivals, viewer)
        if (label, review) == (digit.label, digit.review):
            return None
        correction = _keep(digit, label, review, viewer, kept_via)
        if viewer.is_reviewer:
            _carry_over(correction, rivals, viewer, kept_via)
    return correction


def correction_undo(*, digit: Digit, viewer: Viewer) -> Correction:
    """Take back what the viewer said last; kept as a correction of its own.

    `digit` is changed, too.

    Raises:
        NothingToUndo: what holds was said by somebody else, or nothing was.
    """
    with transaction.atomic():
        _lock(digit)
        last = selectors.correction_to_undo(
            digit=Digit.objects.get(pk=digit.pk), viewer=viewer
        )
        if last is None:
            raise NothingToUndo("There is nothing of yours to take back here.")
        undone = _undo(digit, last, viewer)
        for follower in last.followers.select_related("digit"):
            # What somebody has said of a copy since then stands.
            if follower.digit.corrections.last() == follower:
                _undo(follower.digit, follower, viewer, follows=undone)
    return undone


def _lock(digit: Digit) -> None:
    """Let nobody else label this glyph meanwhile, and see what was said until now."""
    copies = Digit.objects.filter(fingerprint=digit.fingerprint).order_by("pk")
    # Evaluated, and in one order, so that two that lock the same copies cannot wait
    # for each other.
    list(copies.select_for_update().values_list("pk"))
    digit.refresh_from_db(fields=["label", "review"])


def _carry_over(
    correction: Correction, rivals: list[Digit], viewer: Viewer, via: str
) -> None:
    """Let a reviewer's label reach the other copies of its glyph."""
    label, review = correction.new_label, correction.new_review
    if review == Review.CONFIRMED:
        # Decided: also those that had this label, and were disputed for another's.
        fingerprint = correction.digit.fingerprint
        copies = Digit.objects.filter(fingerprint=fingerprint, review__in=DECIDED)
        for copy in copies.exclude(pk=correction.digit_id).order_by("pk"):
            if (copy.label, copy.review) != (label, review):
                _keep(copy, label, review, viewer, via, follows=correction)
        return
    for rival in rivals:
        # Contradicted: they keep their own.
        if rival.review != Review.DISPUTED:
            _keep(rival, rival.label, review, viewer, via, follows=correction)


def _via(digit: Digit, viewer: Viewer) -> str | None:
    """The queue's name for itself, if it gave the viewer this digit; else None.

    A skipped or expired claim counts, too, and so does a change of mind: what is left
    out of the random ones would make their accuracy another.
    """
    if not viewer.is_reviewer:
        return None
    claim = ReviewClaim.objects.filter(digit=digit, user=viewer.user).first()
    if claim is not None:
        return claim.via
    last = Correction.objects.filter(digit=digit).last()
    if last is None or not last.is_by(user=viewer.user, visitor=None):
        return None
    return last.via if last.via in VIAS_OF_THE_QUEUE else None


def _rivals(digit: Digit, label: int) -> list[Digit]:
    """Other copies of the glyph, decided to be something else."""
    copies = Digit.objects.filter(fingerprint=digit.fingerprint, review__in=DECIDED)
    return list(copies.exclude(pk=digit.pk).exclude(label=label))


def _review(digit: Digit, label: int, rivals: list[Digit], viewer: Viewer) -> Review:
    if not viewer.is_reviewer:
        if digit.review not in DECIDED:
            return Review.PROPOSED
        agrees = label == digit.label
        return Review(digit.review) if agrees else Review.DISPUTED
    if not rivals:
        return Review.CONFIRMED
    is_decided = digit.review == Review.DISPUTED and not _spoke_last(viewer, digit)
    return Review.CONFIRMED if is_decided else Review.DISPUTED


def _spoke_last(viewer: Viewer, digit: Digit) -> bool:
    of_copies = Correction.objects.filter(digit__fingerprint=digit.fingerprint)
    last = of_copies.order_by("-pk").first()
    return (
        last is not None and viewer.user is not None and last.user_id == viewer.user.pk
    )


def _keep(
    digit: Digit,
    label: int | None,
    review: str,
    viewer: Viewer,
    via: str,
    *,
    undoes: Correction | None = None,
    follows: Correction | None = None,
) -> Correction:
    correction = Correction.objects.create(
        digit=digit,
        old_label=digit.label,
        new_label=label,
        old_review=digit.review,
        new_review=review,
        user=viewer.user,
        visitor=None if viewer.user else viewer.visitor,
        undoes=undoes,
        follows=follows,
        via=via,
    )
    digit.label, digit.review = label, review
    digit.save(update_fields=["label", "review"])
    return correction


def _undo(
    digit: Digit,
    correction: Correction,
    viewer: Viewer,
    *,
    follows: Correction | None = None,
) -> Correction:
    return _keep(
        digit,
        correction.old_label,
        correction.old_review,
        viewer,
        correction.via,
        undoes=correction,
        follows=follows,
    )
