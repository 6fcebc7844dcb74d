"""Which trainings there were, and what the next one would learn."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from recognizer.models import ACTIVE, HELD_OUT_BELOW, Digit, Review, TrainingRun
from recognizer.selectors.consents import teaching


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How many labels there are, each glyph once.

    Attributes:
        training: confirmed ones that teach.
        held_out: confirmed ones that measure.
        proposed, disputed: what reviewers have not decided.
    """

    training: int
    held_out: int
    proposed: int
    disputed: int


def training_runs() -> QuerySet[TrainingRun]:
    """All of them, the newest first."""
    return TrainingRun.objects.select_related("version").order_by("-pk")


def training_run_get(*, pk: int) -> TrainingRun:
    """One of them.

    Raises:
        TrainingRun.DoesNotExist: there is none.
    """
    return training_runs().get(pk=pk)


def training_run_active() -> TrainingRun | None:
    """The one that waits or goes on; None where there is none."""
    return training_runs().filter(status__in=ACTIVE).first()


def label_counts() -> LabelCounts:
    # Said although it follows from the review: the index on labels knows only these.
    labelled = teaching(Digit.objects.filter(label__isnull=False))
    confirmed = Q(review=Review.CONFIRMED)
    is_held_out = Q(fingerprint__lt=HELD_OUT_BELOW)
    counts = {
        "training": confirmed & ~is_held_out,
        "held_out": confirmed & is_held_out,
        "proposed": Q(review=Review.PROPOSED),
        "disputed": Q(review=Review.DISPUTED),
    }
    asked = {
        name: Count("fingerprint", distinct=True, filter=rows)
        for name, rows in counts.items()
    }
    return LabelCounts(**labelled.aggregate(**asked))
