"""What one version answers otherwise than another, of what both were asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, Count, F, FilteredRelation, Q, QuerySet, Value, When

from recognizer import engine
from recognizer.models import HELD_OUT_BELOW, Digit, ModelVersion, Review
from recognizer.selectors.reviews import Accuracy, wilson

# For type checkers only: the package is not there on a server.
if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Answers(TypedDict):
        """What the joined rows add to a digit."""

        now: int
        now_confidence: float
        was: int
        was_confidence: float

    AnsweredDigit = WithAnnotations[Digit, Answers]


class Change(StrEnum):
    """What became of a digit's answer."""

    TO_RIGHT = "to-right"
    TO_WRONG = "to-wrong"
    # Of what has no confirmed label: nobody knows which answer is right.
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FlipTally:
    """Digits with a confirmed label, by whether both versions, one or none is right."""

    to_right: int = 0
    to_wrong: int = 0
    stayed_right: int = 0
    stayed_wrong: int = 0

    @property
    def n(self) -> int:
        return self.to_right + self.to_wrong + self.stayed_right + self.stayed_wrong

    @property
    def before(self) -> Accuracy | None:
        return wilson(right=self.stayed_right + self.to_wrong, n=self.n)

    @property
    def after(self) -> Accuracy | None:
        return wilson(right=self.stayed_right + self.to_right, n=self.n)

    @property
    def chance(self) -> float:
        """How often two versions that are equally good differ by this much, or more."""
        return engine.chance_of_flips(self.to_right, self.to_wrong)


@dataclass(frozen=True, slots=True)
class FlipCounts:
    """How many answers changed.

    Attributes:
        held_out: on labels that no version learns from: only these are fair.
        taught: on the other confirmed labels, which may have trained either version.
        changed, others: of what has no confirmed label, how many answers changed, and
            how many were compared.
    """

    held_out: FlipTally
    taught: FlipTally
    changed: int
    others: int

    @property
    def to_right(self) -> int:
        return self.held_out.to_right + self.taught.to_right

    @property
    def to_wrong(self) -> int:
        return self.held_out.to_wrong + self.taught.to_wrong

    @property
    def n(self) -> int:
        return self.held_out.n + self.taught.n + self.others


def flip_counts(*, version: ModelVersion, against: ModelVersion) -> FlipCounts:
    """Count what `version` answers otherwise than `against`, the older one."""
    pairs = _pairs(version, against)
    others = pairs.exclude(review=Review.CONFIRMED).aggregate(
        n=Count("pk"), changed=Count("pk", filter=~Q(now=F("was")))
    )
    tallies = _tallies(_confirmed(pairs))
    return FlipCounts(
        held_out=tallies.get(True, FlipTally()),
        taught=tallies.get(False, FlipTally()),
        changed=others["changed"],
        others=others["n"],
    )


def flip_digits(
    *, version: ModelVersion, against: ModelVersion, change: Change
) -> "QuerySet[AnsweredDigit]":
    """The digits behind a count, what is held out first, then the surest answers.

    Each has `was` and `now`, the answers of `against` and of `version`, and
    `was_confidence` and `now_confidence`.
    """
    pairs = _pairs(version, against)
    match change:
        case Change.TO_RIGHT:
            rows = _confirmed(pairs).filter(now=F("label")).exclude(was=F("label"))
        case Change.TO_WRONG:
            rows = _confirmed(pairs).filter(was=F("label")).exclude(now=F("label"))
        case Change.CHANGED:
            rows = pairs.exclude(review=Review.CONFIRMED).exclude(now=F("was"))
    is_taught = Case(When(_HELD_OUT, then=Value(0)), default=Value(1))
    return rows.order_by(is_taught, "-now_confidence", "pk")


_HELD_OUT = Q(fingerprint__lt=HELD_OUT_BELOW)


def _pairs(version: ModelVersion, against: ModelVersion) -> "QuerySet[AnsweredDigit]":
    """Digits that both were asked, with both answers."""
    joined = Digit.objects.alias(
        now_score=FilteredRelation(
            "scores", condition=Q(scores__version=version.number)
        ),
        was_score=FilteredRelation(
            "scores", condition=Q(scores__version=against.number)
        ),
    ).annotate(
        now=F("now_score__answer"),
        now_confidence=F("now_score__confidence"),
        was=F("was_score__answer"),
        was_confidence=F("was_score__confidence"),
    )
    return joined.filter(now__isnull=False, was__isnull=False).order_by()


def _confirmed(pairs: "QuerySet[AnsweredDigit]") -> "QuerySet[AnsweredDigit]":
    # Said although it follows from the review: the index on labels knows only these.
    return pairs.filter(review=Review.CONFIRMED, label__isnull=False)


def _tallies(pairs: "QuerySet[AnsweredDigit]") -> dict[bool, FlipTally]:
    """By whether they are held out; in one go, as each reads all labels there are."""
    was_right, now_right = Q(was=F("label")), Q(now=F("label"))
    rows = pairs.values_list(Case(When(_HELD_OUT, then=True), default=False)).annotate(
        to_right=Count("pk", filter=now_right & ~was_right),
        to_wrong=Count("pk", filter=was_right & ~now_right),
        stayed_right=Count("pk", filter=was_right & now_right),
        stayed_wrong=Count("pk", filter=~was_right & ~now_right),
    )
    return {bool(is_held_out): FlipTally(*counts) for is_held_out, *counts in rows}
