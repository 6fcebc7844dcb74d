"""What reviewers are to look at, and what came of it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from django.db.models import (
    Exists,
    OuterRef,
    QuerySet,
)
from django.db.models.functions import Coalesce

from recognizer.models import (
    VIAS_OF_THE_QUEUE,
    Correction,
    Digit,
    OutcomeChoice,
    Review,
    ReviewClaim,
    User,
    Via,
)
from recognizer.selectors.consents import teaching
from recognizer.selectors.disputes import decidable
from recognizer.selectors.read_labels import read_label
from recognizer.selectors.times import is_over
from recognizer.viewers import Viewer

# So long a digit is a reviewer's alone.
CLAIM_AGE = timedelta(minutes=10)
# To nobody who reviews does it matter how many thousands there are.
LEFT_COUNTED = 1000
RECENT = 100
# Enough for an interval of one or two per cent, and not the errors of long ago.
SAMPLE = 1000
# With these, a pool of one row in twenty is missed once in 170 times.
DRAWS = 100
Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A share of right answers, with its 95 % interval; all from 0 to 1."""

    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far the reviewers have come.

    Attributes:
        left: how many digits this reviewer could look at; LEFT_COUNTED at most.
        has_more: whether there are more than `left`.
        recent: how many of the latest reviews of the queue were counted.
        errors: in how many of these the label is not what was read.
        accuracy: of what nobody has reviewed, by those drawn at random from it; None
            before the first of them.
        unsettled: how many of those are left out, as they are disputed at present.
    """

    left: int
    has_more: bool
    recent: int
    errors: int
    accuracy: Accuracy | None
    unsettled: int


def digits_to_review(*, viewer: Viewer) -> tuple[QuerySet[Digit], ...]:
    """Disputed ones that this reviewer may decide, proposed and unreviewed ones.

    None of people who do not let their pictures teach.
    """
    digits = teaching(Digit.objects.order_by("pk"))
    # Said although it follows from the review: the index on labels knows only these.
    labelled = digits.filter(label__isnull=False)
    return (
        decidable(labelled.filter(review=Review.DISPUTED), viewer=viewer),
        labelled.filter(review=Review.PROPOSED),
        _unreviewed().order_by("certainty", "pk"),
    )


def unclaimed(
    digits: QuerySet[Digit], *, by_others_than: User | None = None
) -> QuerySet[Digit]:
    """Those of them that no reviewer looks at, or none but one."""
    claims = ReviewClaim.objects.filter(
        ~is_over("expires_at", at_most=CLAIM_AGE), digit=OuterRef("pk")
    )
    if by_others_than is not None:
        claims = claims.exclude(user=by_others_than)
    return digits.filter(~Exists(claims))


def digits_at_random(*, size: int) -> list[Digit]:
    """Up to `size` unreviewed, unclaimed digits, each as likely as any other.

    By primary keys drawn from the whole range: ordering a million rows at random would
    read them all. Where too few are left to be hit, their number is quickly counted.
    """
    pool = unclaimed(_unreviewed())
    drawn = _drawn_keys()
    found = pool.in_bulk(drawn)
    if found:
        return [found[pk] for pk in drawn if pk in found][:size]
    rows = pool.order_by("certainty", "pk")
    count = rows.count()
    if not count:
        return []
    # A slice: another reviewer may have taken the last one since it was counted.
    place = secrets.randbelow(count)
    return list(rows[place : place + 1])


def digits_for_grid(*, digit: int) -> QuerySet[Digit]:
    """Unreviewed ones that were read as this digit, the least certain first.

    Without what anybody looks at, the viewer as well: what he took out of a grid is
    not to come back in the next as if it were right.
    """
    read_so = _unreviewed().filter(predicted=digit)
    # Its digit is only the closest guess.
    read_so = read_so.exclude(prediction__outcome=OutcomeChoice.NOT_A_DIGIT)
    return unclaimed(read_so).order_by("certainty", "pk")


def labels_said(*, digit: Digit) -> list[int]:
    """The labels that were given to any copy of the glyph, and not taken back."""
    said = _labels_given().filter(digit__fingerprint=digit.fingerprint, undone_by=None)
    labels = said.exclude(new_label=None).values_list("new_label", flat=True)
    return sorted({label for label in labels if label is not None})


def review_before(*, viewer: Viewer, digit: Digit | None = None) -> Correction | None:
    """What this reviewer said last of what the queue gave him, or before that digit."""
    if viewer.user is None:
        return None
    said = _standing_reviews(VIAS_OF_THE_QUEUE).filter(user=viewer.user)
    said = said.order_by("-pk")
    if digit is not None:
        this = said.filter(digit=digit).first()
        said = said.filter(pk__lt=this.pk) if this else said
    return said.select_related("digit__prediction").first()


def review_to_undo(*, viewer: Viewer) -> Correction | None:
    """The newest that this reviewer said in the queue and can still take back.

    Not of what somebody else has touched since; see `correction_to_undo`.
    """
    if viewer.user is None:
        return None
    standing = Correction.objects.alias(undone_key=Coalesce("undoes_id", 0))
    standing = standing.filter(undone_key=0, undone_by=None)
    later = standing.filter(digit=OuterRef("digit"), pk__gt=OuterRef("pk"))
    said = _labels_given().filter(
        user=viewer.user, via__in=VIAS_OF_THE_QUEUE, undone_by=None
    )
    last = said.filter(~Exists(later)).order_by("-pk")
    return last.select_related("digit__prediction").first()


def vias_given(*, viewer: Viewer, newest: int) -> list[str]:
    """Of the newest labels that this reviewer gave in the queue, how he got them."""
    if viewer.user is None:
        return []
    given = _labels_given().filter(user=viewer.user, via__in=VIAS_OF_THE_QUEUE)
    return list(given.order_by("-pk").values_list("via", flat=True)[:newest])


def review_progress(*, viewer: Viewer) -> ReviewProgress:
    left = sum(
        # Counted only so far: a page must not count a million rows.
        digits[: LEFT_COUNTED + 1].count()
        for digits in digits_to_review(viewer=viewer)
    )
    recent = _errors(RECENT)
    labels = _labels_at_random(SAMPLE)
    settled = [is_right for review, is_right in labels if review == Review.CONFIRMED]
    return ReviewProgress(
        left=min(left, LEFT_COUNTED),
        has_more=left > LEFT_COUNTED,
        recent=len(recent),
        errors=sum(recent),
        accuracy=wilson(right=settled.count(True), n=len(settled)),
        unsettled=sum(review == Review.DISPUTED for review, _ in labels),
    )


def wilson(*, right: int, n: int) -> Accuracy | None:
    """A share with its 95 % score interval, which holds for few and for shares near 1.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical
    inference, JASA 22 (1927), 209-212.
    """
    if n == 0:
        return None
    share = right / n
    denominator = 1 + Z_95**2 / n
    centre = (share + Z_95**2 / (2 * n)) / denominator
    half = Z_95 * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2)) / denominator
    return Accuracy(
        n=n, share=share, low=max(0.0, centre - half), high=min(1.0, centre + half)
    )


def _unreviewed() -> QuerySet[Digit]:
    return teaching(Digit.objects.filter(review=Review.UNREVIEWED))


def _drawn_keys() -> list[int]:
    keys = Digit.objects.values_list("pk", flat=True)
    first, last = keys.order_by("pk").first(), keys.order_by("-pk").first()
    if first is None or last is None:
        return []
    return [first + secrets.randbelow(last - first + 1) for _ in range(DRAWS)]


def _standing_reviews(vias: Iterable[Via]) -> QuerySet[Correction]:
    """What was said of digits that the queue gave, of each the last that holds."""
    said = _labels_given().filter(via__in=vias, undone_by=None)
    later = said.filter(digit=OuterRef("digit"), pk__gt=OuterRef("pk"))
    return said.filter(~Exists(later))


def _labels_given() -> QuerySet[Correction]:
    """Without what takes another label back, and what follows one of a copy."""
    # Not `undoes=None`: nearly all are, and SQLite would read them all by that index.
    given = Correction.objects.alias(
        undone_key=Coalesce("undoes_id", 0), followed_key=Coalesce("follows_id", 0)
    )
    return given.filter(undone_key=0, followed_key=0)


def _errors(newest: int) -> list[bool]:
    """Of the newest reviews, whether each label is another than what was read."""
    reviews = _standing_reviews(VIAS_OF_THE_QUEUE).filter(user__is_staff=True)
    rows = reviews.annotate(read=read_label("digit__")).order_by("-pk")
    labels = rows.values_list("new_label", "read")[:newest]
    return [label != read for label, read in labels]


def _labels_at_random(newest: int) -> list[tuple[str, bool]]:
    """Of the newest digits drawn at random, the review and whether each was read right.

    As they stand now, whoever labelled them since and wherever: what they were chosen
    for is the same, and the latest label is the best that is known.
    """
    rows = (
        _standing_reviews([Via.RANDOM])
        .annotate(read=read_label("digit__"))
        .order_by("-pk")
    )
    digits = rows.values_list("digit__review", "digit__label", "read")[:newest]
    return [(review, label == read) for review, label, read in digits]
