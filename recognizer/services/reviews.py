"""Which digit a reviewer looks at next, and nobody else meanwhile.

Disputed ones come first, then proposed ones, then the least certain. Every tenth is
drawn at random instead: of those the labels say how well digits are read, which those
that were chosen for being doubtful cannot.
"""

from collections.abc import Iterable, Iterator

from django.db import IntegrityError, transaction
from django.utils import timezone

from recognizer import selectors
from recognizer.models import (
    Digit,
    Review,
    ReviewClaim,
    User,
    Via,
)
from recognizer.services.corrections import (
    NothingToUndo,
    correction_record,
    correction_undo,
    digit_lock,
)
from recognizer.viewers import Viewer

RANDOM_EVERY = 10
# More reviewers than this do not ask within the same few milliseconds.
TRIES = 50


def review_claim(*, viewer: Viewer) -> ReviewClaim | None:
    """Give a reviewer the digit to look at: his own still, or the next one.

    Returns:
        None where nothing is left that somebody else does not look at.
    Raises:
        ValueError: the viewer is no reviewer.
    """
    user = _reviewer(viewer)
    return _renewed(user) or _claim_next(viewer, user)


def review_skip(*, viewer: Viewer) -> ReviewClaim | None:
    """Give a reviewer another digit; this one comes back once its claim expires.

    Until then nobody else is given it either, which is shorter than to keep who has
    skipped what.

    Raises:
        ValueError: the viewer is no reviewer.
    """
    user = _reviewer(viewer)
    held = _renewed(user)
    if held is not None:
        ReviewClaim.objects.filter(pk=held.pk).update(is_skipped=True)
    return review_claim(viewer=viewer)


def review_undo(*, viewer: Viewer) -> Digit:
    """Take back what a reviewer said last in the queue, and let him look at it again.

    What somebody else has touched since is passed over.

    Raises:
        NothingToUndo: he said nothing there, or somebody else has spoken since, of all
            of it.
        ValueError: the viewer is no reviewer.
    """
    user = _reviewer(viewer)
    with transaction.atomic():
        said = selectors.review_to_undo(viewer=viewer)
        if said is None:
            raise NothingToUndo("There is nothing of yours to take back here.")
        correction_undo(digit=said.digit, viewer=viewer)
        # Anew, so that it is the latest, before what he was given meanwhile.
        ReviewClaim.objects.filter(digit=said.digit).delete()
        _claim(said.digit, user, said.via)
    return said.digit


def reviews_confirm(*, digits: Iterable[Digit], label: int, viewer: Viewer) -> int:
    """Give all of them one label, or none if anything fails; says how many got it.

    Left out are those that were labelled since they were shown, or that another
    reviewer looks at.

    Raises:
        ValueError: the viewer is no reviewer.
    """
    user = _reviewer(viewer)
    keys = [digit.pk for digit in digits]
    still = Digit.objects.filter(pk__in=keys, review=Review.UNREVIEWED)
    with transaction.atomic():
        # In one order of glyphs, so that two that confirm at once cannot wait for each
        # other.
        rows = selectors.unclaimed(still, by_others_than=user).order_by("fingerprint")
        given = 0
        for digit in rows:
            digit_lock(digit=digit)
            # Found before it was locked: labelled or claimed since, it is left alone.
            same = still.filter(pk=digit.pk)
            if selectors.unclaimed(same, by_others_than=user).exists():
                correction_record(digit=digit, label=label, viewer=viewer, via=Via.GRID)
                given += 1
    return given


def reviews_set_aside(*, digits: Iterable[Digit], viewer: Viewer) -> int:
    """Keep digits for a reviewer, who is given them one by one next; says how many.

    Left out are those that were labelled since they were shown, or that a reviewer
    looks at.

    Raises:
        ValueError: the viewer is no reviewer.
    """
    user = _reviewer(viewer)
    waiting = [digit for digit in digits if digit.review == Review.UNREVIEWED]
    # He is given the latest first.
    claims = [_try_to_claim(digit, user, Via.QUEUE) for digit in reversed(waiting)]
    return sum(claim is not None for claim in claims)


def _reviewer(viewer: Viewer) -> User:
    if viewer.user is None or not viewer.is_reviewer:
        raise ValueError(f"Expected a reviewer. Received: {viewer}")
    return viewer.user


def _renewed(user: User) -> ReviewClaim | None:
    """The latest of what this reviewer looks at, for another ten minutes."""
    open_claims = ReviewClaim.objects.filter(
        user=user, is_skipped=False, expires_at__gt=timezone.now()
    )
    held = open_claims.select_related("digit__prediction").order_by("-pk").first()
    if held is None:
        return None
    held.expires_at = timezone.now() + selectors.CLAIM_AGE
    # The filter is the lock: it may have expired, and be somebody else's, just now.
    renewed = open_claims.filter(pk=held.pk).update(expires_at=held.expires_at)
    return held if renewed else None


def _claim_next(viewer: Viewer, user: User) -> ReviewClaim | None:
    for digit, via in _candidates(viewer):
        claim = _try_to_claim(digit, user, via)
        if claim is not None:
            return claim
    return None


def _candidates(viewer: Viewer) -> Iterator[tuple[Digit, Via]]:
    if _is_random_due(viewer):
        for digit in selectors.digits_at_random(size=TRIES):
            yield digit, Via.RANDOM
    for digits in selectors.digits_to_review(viewer=viewer):
        for digit in selectors.unclaimed(digits)[:TRIES]:
            yield digit, Via.QUEUE


def _is_random_due(viewer: Viewer) -> bool:
    """Whether none of the nine latest that the queue gave was drawn at random.

    A skipped one was not reviewed: another one is drawn.
    """
    latest = selectors.vias_given(viewer=viewer, newest=RANDOM_EVERY - 1)
    return len(latest) == RANDOM_EVERY - 1 and Via.RANDOM not in latest


def _try_to_claim(digit: Digit, user: User, via: Via) -> ReviewClaim | None:
    """None where it was claimed or labelled since it was found."""
    try:
        with transaction.atomic():
            # Locked as a label locks it, which comes before or after the claim.
            same = Digit.objects.filter(pk=digit.pk, review=digit.review)
            if same.select_for_update().first() is None:
                return None
            expired = ReviewClaim.objects.filter(digit=digit)
            expired.filter(
                selectors.is_over("expires_at", at_most=selectors.CLAIM_AGE)
            ).delete()
            return _claim(digit, user, via)
    except IntegrityError:
        return None


def _claim(digit: Digit, user: User, via: str) -> ReviewClaim:
    return ReviewClaim.objects.create(
        digit=digit, user=user, via=via, expires_at=timezone.now() + selectors.CLAIM_AGE
    )
