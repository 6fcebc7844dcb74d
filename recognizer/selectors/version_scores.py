"""How well versions answer what is kept, as `services.version_scores` scored them.

All of it on confirmed labels, and by default on those that are held out: the others
may have trained the version, and say little about what it will read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Ceil, Greatest

from recognizer.engine import RELIABILITY_BINS, ReliabilityBin
from recognizer.models import HELD_OUT_BELOW, ModelVersion, Review, VersionScore
from recognizer.selectors.reviews import Accuracy, wilson


class Labels(StrEnum):
    """Which confirmed labels a version is measured on."""

    HELD_OUT = "held-out"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence against truth.

    Attributes:
        bins: see `ml.metrics.reliability`.
        error: the expected calibration error; None without an answer.
    """

    bins: list[ReliabilityBin]
    error: float | None


def is_scored(*, version: ModelVersion) -> bool:
    return VersionScore.objects.filter(version=version).exists()


def score_accuracies(
    *, versions: Iterable[ModelVersion], labels: Labels = Labels.HELD_OUT
) -> dict[int, Accuracy]:
    """By number, the share of labels that a version answers; those it has scores of."""
    scores = _scores(labels).filter(version__in=[each.number for each in versions])
    rows = scores.values_list("version").annotate(n=Count("pk"), right=_RIGHT)
    found = {number: wilson(right=right, n=n) for number, n, right in rows}
    return {number: each for number, each in found.items() if each is not None}


def confusion_counts(
    *, version: ModelVersion, labels: Labels = Labels.HELD_OUT
) -> dict[tuple[int, int], int]:
    """How often a label got an answer, by (label, answer)."""
    scores = _scores(labels).filter(version=version)
    rows = scores.values_list("digit__label", "answer").annotate(n=Count("pk"))
    return {(label, answer): n for label, answer, n in rows}


def digits_answered(
    *, version: ModelVersion, label: int, answer: int, labels: Labels = Labels.HELD_OUT
) -> QuerySet[VersionScore]:
    """The scores of one cell of that matrix with their digits, the surest first."""
    cell = _scores(labels).filter(version=version, answer=answer, digit__label=label)
    return cell.select_related("digit").order_by("-confidence", "pk")


def score_reliability(
    *, version: ModelVersion, labels: Labels = Labels.HELD_OUT
) -> Reliability:
    """Whether the confidence of the answers means what it says.

    The same as `ml.metrics.reliability` of these answers, counted by the database.
    """
    # Bins are (low, high], and 0 lies in the first.
    place = Greatest(Ceil(F("confidence") * RELIABILITY_BINS), 1.0)
    rows = (
        _scores(labels)
        .filter(version=version)
        .values_list(place)
        .annotate(n=Count("pk"), confidence=Avg("confidence"), right=_RIGHT)
        .order_by(place)
    )
    bins = [
        ReliabilityBin(
            low=(at - 1) / RELIABILITY_BINS,
            high=at / RELIABILITY_BINS,
            n=n,
            confidence=confidence,
            accuracy=right / n,
        )
        for at, n, confidence, right in rows
    ]
    return Reliability(bins, _calibration_error(bins))


_RIGHT = Count("pk", filter=Q(answer=F("digit__label")))


def _scores(labels: Labels) -> QuerySet[VersionScore]:
    # Said although it follows from the review: the index on labels knows only these.
    scores = VersionScore.objects.filter(
        digit__review=Review.CONFIRMED, digit__label__isnull=False
    )
    if labels == Labels.ALL:
        return scores
    return scores.filter(digit__fingerprint__lt=HELD_OUT_BELOW)


def _calibration_error(bins: list[ReliabilityBin]) -> float | None:
    n = sum(each.n for each in bins)
    if not n:
        return None
    return sum(each.n * abs(each.accuracy - each.confidence) for each in bins) / n
