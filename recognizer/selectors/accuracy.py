"""How well versions read what people sent while they were live."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, DateField, Q
from django.db.models.functions import TruncWeek
from django.utils import timezone

from recognizer.models import (
    Digit,
    ModelVersion,
    Review,
    Source,
)
from recognizer.selectors.read_labels import read_label
from recognizer.selectors.reviews import Accuracy, wilson

# Half a year fits a chart.
WEEKS_SHOWN = 26


@dataclass(frozen=True, slots=True)
class WeekAccuracy:
    """Of what a version read in a week and was reviewed since, the share that is right.

    Attributes:
        number: of the version.
        week: its Monday.
    """

    number: int
    week: date
    accuracy: Accuracy


def accuracy_by_week(
    *, version: ModelVersion | None = None, weeks: int = WEEKS_SHOWN
) -> list[WeekAccuracy]:
    """The latest weeks of a version's use, or of all versions; the oldest first.

    By what was read then and confirmed labels. Imports are left out: nobody sent them
    to be read, and one of them would outweigh a month. What reviewers are given is
    mostly doubtful, so more is right than this says.
    """
    digits = Digit.objects.filter(review=Review.CONFIRMED, label__isnull=False)
    digits = digits.exclude(prediction__source=Source.IMPORT)
    if version is None:
        since = timezone.now() - timedelta(weeks=weeks)
        digits = digits.filter(prediction__created_at__gte=since)
    else:
        digits = digits.filter(prediction__model_version=version.number)
    week = TruncWeek("prediction__created_at", output_field=DateField())
    rows = (
        digits.order_by()
        .values_list("prediction__model_version", week)
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(label=read_label())))
        .order_by(week.desc(), "-prediction__model_version")
    )
    return [
        WeekAccuracy(number, monday, accuracy)
        for number, monday, n, right in reversed(rows[:weeks])
        if (accuracy := wilson(right=right, n=n)) is not None
    ]
