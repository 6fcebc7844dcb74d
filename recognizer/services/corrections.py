"""Labels that people give digits, and take back.

An owner proposes; a reviewer confirms. Where two labels of one glyph contradict each
other, both digits are disputed, and train nothing, until a reviewer decides who did
not speak last. Where the check before training doubts a label, a reviewer decides who
did not give it.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from recognizer import selectors
from recognizer.models import (
    DECIDED,
    NOT_A_DIGIT,
    VIAS_OF_THE_QUEUE,
    Correction,
    Digit,
    Prediction,
    Review,
    ReviewClaim,
    Via,
)
from recognizer.viewers import Viewer


class NothingToUndo(Exception):
    """There is no label that this viewer could take back."""


class LabelledMeanwhile(Exception):
    """A digit is not as it was shown; the message says so to who looked at it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a digit stood when somebody looked at it."""

    label: int | None
    review: str


def correction_record(
    *,
    digit: Digit,
    label: int,
    viewer: Viewer,
    via: Via = Via.PAGE,
    shown: Shown | None = None,
) -> Correction | None:
    """Keep what somebody says a digit is; None where that is what it says already.

    `digit` is changed, too.

    Args:
        digit: one that the viewer may see.
        label: 0 to 9, or NOT_A_DIGIT.
        viewer: who says so.
        via: where; of what the review queue gave him, the queue is kept instead.
        shown: what he looked at; None where he did not say.
    Raises:
        LabelledMeanwhile: the digit is not as it was shown; nothing is kept.
        ValueError: the label is none.
    """
    if not 0 <= label <= NOT_A_DIGIT:
        raise ValueError(f"Expected a label of 0 to {NOT_A_DIGIT}. Received: {label}")
    with transaction.atomic():
        digit_lock(digit=digit)
        kept_via = _via(digit, viewer) or via
        rivals = _rivals(digit, label)
        if viewer.is_reviewer:
            # Who looked at them has nothing left to say.
            ReviewClaim.objects.filter(digit__in=[digit, *rivals]).delete()
        review = _review(digit, label, rivals, viewer)
        if (label, review) == (digit.label, digit.review):
            return None
        _refuse_what_changed(digit, shown, viewer)
        correction = _keep(digit, label, review, viewer, kept_via)
        if viewer.is_reviewer:
            _carry_over(correction, rivals, viewer, kept_via)
    return correction


def label_doubt(*, fingerprint: str, label: int, reason: dict[str, Any]) -> bool:
    """Ask a second person about a glyph's label; False where it is another by now.

    Nobody says this: it is nobody's word, and the label stays.

    Args:
        fingerprint: of the glyph, all of whose confirmed copies are disputed.
        label: what it is that is doubted.
        reason: see `Reason`.
    """
    with transaction.atomic():
        copies = Digit.objects.filter(fingerprint=fingerprint).order_by("pk")
        list(copies.select_for_update().values_list("pk"))
        doubted = list(copies.filter(review=Review.CONFIRMED, label=label))
        for digit in doubted:
            _keep(digit, label, Review.DISPUTED, Viewer(), Via.CHECK, reason=reason)
    return bool(doubted)


def correction_undo(*, digit: Digit, viewer: Viewer) -> Correction:
    """Take back what the viewer said last; kept as a correction of its own.

    `digit` is changed, too.

    Raises:
        NothingToUndo: what holds was said by somebody else, or nothing was.
    """
    with transaction.atomic():
        digit_lock(digit=digit)
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


def digit_lock(*, digit: Digit) -> None:
    """Let nobody else label this glyph meanwhile, and see what was said until now.

    Within a transaction, until it ends.
    """
    copies = Digit.objects.filter(fingerprint=digit.fingerprint).order_by("pk")
    # Evaluated, and in one order, so that two that lock the same copies cannot wait
    # for each other.
    list(copies.select_for_update().values_list("pk"))
    digit.refresh_from_db(fields=["label", "review"])


def _refuse_what_changed(digit: Digit, shown: Shown | None, viewer: Viewer) -> None:
    if shown is None or shown == Shown(digit.label, digit.review):
        return
    last = digit.corrections.last()
    is_own = last is not None and last.is_by(user=viewer.user, visitor=viewer.visitor)
    raise LabelledMeanwhile(
        f"{'You have' if is_own else 'Somebody else has'} labelled this one meanwhile. "
        f"Look at it once more."
    )


def _carry_over(
    correction: Correction, rivals: list[Digit], viewer: Viewer, via: str
) -> None:
    """Let a reviewer's label reach the other copies of its glyph."""
    label, review = correction.new_label, correction.new_review
    if review == Review.CONFIRMED:
        # Decided: also those that had this label, and were disputed for another's.
        for copy in _reached(correction):
            if (copy.label, copy.review) != (label, review):
                _keep(copy, label, review, viewer, via, follows=correction)
        return
    for rival in rivals:
        # Contradicted: they keep their own.
        if rival.review != Review.DISPUTED:
            _keep(rival, rival.label, review, viewer, via, follows=correction)


def _reached(correction: Correction) -> QuerySet[Digit]:
    """The copies for which a confirmed label speaks, too."""
    digit = correction.digit
    copies = Digit.objects.filter(fingerprint=digit.fingerprint, review__in=DECIDED)
    copies = copies.exclude(pk=digit.pk).order_by("pk")
    if correction.old_review == Review.DISPUTED:
        return copies
    # No dispute was decided: that of another copy's owner waits for who looks at it.
    return copies.filter(label=correction.new_label)


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
    """Other copies of the glyph, which a reviewer called something else."""
    rivals = selectors.copies_against(fingerprint=digit.fingerprint, label=label)
    return list(rivals.exclude(pk=digit.pk).order_by("pk"))


def _review(digit: Digit, label: int, rivals: list[Digit], viewer: Viewer) -> Review:
    if not viewer.is_reviewer:
        return _review_by_owner(digit, label, rivals)
    if not rivals and selectors.doubt(digit=digit) is None:
        return Review.CONFIRMED
    # Of a copy that is not disputed itself, nobody was shown why.
    is_decided = digit.review == Review.DISPUTED and selectors.may_decide(
        digit=digit, viewer=viewer
    )
    return Review.CONFIRMED if is_decided else Review.DISPUTED


def _review_by_owner(digit: Digit, label: int, rivals: list[Digit]) -> Review:
    if digit.review not in DECIDED:
        return Review.PROPOSED
    last = selectors.last_word(digit=digit)
    said, review = (
        (last.new_label, last.new_review) if last else (digit.label, digit.review)
    )
    if label != said or rivals:
        return Review.DISPUTED
    # He agrees, or came round: it is as the reviewer left it.
    return Review(review)


def _keep(
    digit: Digit,
    label: int | None,
    review: str,
    viewer: Viewer,
    via: str,
    *,
    undoes: Correction | None = None,
    follows: Correction | None = None,
    reason: dict[str, Any] | None = None,
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
        reason=reason or {},
    )
    digit.label, digit.review = label, review
    digit.save(update_fields=["label", "review"])
    Prediction.objects.filter(pk=digit.prediction_id).update(
        is_corrected=selectors.has_another_label()
    )
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
