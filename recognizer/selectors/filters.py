"""Which predictions of a history are wanted, asked for so that a page comes soon.

Whoever filters reads the history in its order until a page is full: where few match,
to its end. Where a range lies in another order, SQLite would rather sort all of it, as
it knows nothing of how many there are. So few are looked up by their keys, and of many
the order's own index is read; see docs/benchmarks.md. Where several filters have an
index in that order, `cursors` goes from one to the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Field, FloatField, IntegerField, Q, QuerySet
from django.db.models.functions import Coalesce

from recognizer.models import OutcomeChoice, Prediction
from recognizer.selectors.cursors import ANYWHERE

# To look so many up takes 10 ms; to come upon one in so many of a million does, too.
FEW = 2_000

Lookups = dict[str, Any]
# What there is an index of in this order: of it alone, the first that match come first.
IN_ORDER: Mapping[str, frozenset[str]] = {
    "created_at": frozenset(
        {"created_at", "is_corrected", "model_version", "outcome", "source", "text"}
    ),
    "confidence": frozenset({"confidence", "outcome"}),
}
# No digit was read in these, so that none need be searched for.
WITHOUT_DIGIT = (OutcomeChoice.BLANK, OutcomeChoice.NOT_A_DIGIT)
# The index of it holds the corrected ones alone; this leaves nearly all, anyway.
NOT_CORRECTED: Lookups = {"is_corrected": False}
# What has an index of its own, whoever owns it, or one in another order.
DIVERTING: Mapping[str, Field[Any, Any]] = {
    "created_at": DateTimeField(),
    "confidence": FloatField(),
    "model_version": IntegerField(),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which predictions of a history are wanted; of what is None, any.

    Attributes:
        digit: what was read, and nothing beside it; what is not a digit was not.
        confidence_min, confidence_max: both included.
        created_from, created_before: the first included.
        is_corrected: whether a digit of it has another label than it was read as.
        model_version: the number of the one that answered.
    """

    outcome: str | None = None
    digit: int | None = None
    source: str | None = None
    model_version: int | None = None
    confidence_min: float | None = None
    confidence_max: float | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    is_corrected: bool | None = None

    def of(self, predictions: QuerySet[Prediction], *, ordered_by: str) -> "Wanted":
        """Those that are wanted.

        Args:
            predictions: somebody's; their indexes begin with whose they are.
            ordered_by: the field in whose order they will be read.
        """
        if self.digit is not None and self.outcome in WITHOUT_DIGIT:
            return Wanted(predictions.none())
        asked = self._by_field()
        is_in_order = len(asked) == 1 and IN_ORDER[ordered_by].issuperset(asked)
        keys = None if is_in_order else _keys_of_few(predictions, asked)
        if keys is not None:
            rows = Prediction.objects.filter(pk__in=keys)
            return Wanted(self._asked_of(rows, asked, indexed=()))
        within = asked.pop(ordered_by, {})
        return Wanted(
            self._asked_of(predictions, asked, indexed=("model_version",)),
            within=Q(**within),
            alone=_alone(predictions, asked, ordered_by=ordered_by),
        )

    def _by_field(self) -> dict[str, Lookups]:
        """What is asked of each field, as lookups."""
        text = None if self.digit is None else str(self.digit)
        asked: dict[str, Lookups] = {
            "outcome": {"": self.outcome},
            "source": {"": self.source},
            "model_version": {"": self.model_version},
            "text": {"": text},
            "is_corrected": {"": self.is_corrected},
            "confidence": {"__gte": self.confidence_min, "__lte": self.confidence_max},
            "created_at": {"__gte": self.created_from, "__lt": self.created_before},
        }
        given = {name: dict(_given(name, asked[name])) for name in asked}
        return {name: lookups for name, lookups in given.items() if lookups}

    def _asked_of(
        self,
        rows: QuerySet[Prediction],
        asked: Mapping[str, Lookups],
        *,
        indexed: tuple[str, ...],
    ) -> QuerySet[Prediction]:
        """Those that are wanted, without leading astray whoever plans the query.

        Args:
            indexed: of the fields that would, those whose index may be read.
        """
        for name, lookups in asked.items():
            if name in DIVERTING and name not in indexed:
                rows = _filtered_plainly(rows, name, lookups)
            else:
                rows = rows.filter(**lookups)
        if self.digit is not None:
            rows = rows.exclude(outcome=OutcomeChoice.NOT_A_DIGIT)
        return rows


ANY = Filters()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What filters leave, as `page_of` takes it.

    Attributes:
        rows: what all leave but for the range of the order itself.
        within: that range.
        alone: what each leaves alone, of those with an index in the order; none where
            few are left, or where there are not two of them.
    """

    rows: QuerySet[Prediction]
    within: Q = ANYWHERE
    alone: Sequence[QuerySet[Prediction]] = ()


def _given(name: str, asked: Lookups) -> Iterator[tuple[str, Any]]:
    for kind, value in asked.items():
        if value is not None:
            yield f"{name}{kind}", value


def _filtered_plainly(
    rows: QuerySet[Prediction], name: str, lookups: Lookups
) -> QuerySet[Prediction]:
    # It is what it was, and no index is of it.
    plain = Coalesce(name, name, output_field=DIVERTING[name])
    asked = {f"plain_{lookup}": value for lookup, value in lookups.items()}
    return rows.alias(**{f"plain_{name}": plain}).filter(**asked)


def _keys_of_few(
    predictions: QuerySet[Prediction], asked: Mapping[str, Lookups]
) -> QuerySet[Prediction, int] | None:
    """What one of the filters leaves, if that is few; None where none does."""
    for name, lookups in asked.items():
        # SQLite takes the corrected ones' index for nothing but their order.
        order = ("created_at",) if name == "is_corrected" else ()
        matching = predictions.filter(**lookups).order_by(*order)
        keys = matching.values_list("pk", flat=True)
        # Without `exists`, which would ask in no order.
        if not list(keys[FEW : FEW + 1]):
            return keys[:FEW]
    return None


def _alone(
    predictions: QuerySet[Prediction],
    asked: Mapping[str, Lookups],
    *,
    ordered_by: str,
) -> Sequence[QuerySet[Prediction]]:
    in_order = [
        lookups
        for name, lookups in asked.items()
        if name in IN_ORDER[ordered_by] and lookups != NOT_CORRECTED
    ]
    # Of each no more than stands in its index.
    each = [predictions.filter(**lookups).only(ordered_by) for lookups in in_order]
    return each if len(each) > 1 else ()
