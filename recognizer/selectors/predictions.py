"""Who sees which predictions, and histories in parts."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from recognizer.models import Digit, OutcomeChoice, Prediction
from recognizer.selectors.read_labels import read_label
from recognizer.viewers import Viewer


class InvalidCursor(ValueError):
    """A cursor that none of our pages handed out."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a history, newest first, and the cursors of the parts beside it."""

    predictions: list[Prediction]
    older: str | None
    newer: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which predictions of a history are wanted; of what is None, any.

    Attributes:
        digit: what was read; what is not a digit was not read as one.
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

    def of(self, predictions: QuerySet[Prediction]) -> QuerySet[Prediction]:
        """Those that are wanted."""
        wanted = {
            "outcome": self.outcome,
            "source": self.source,
            "model_version": self.model_version,
            "confidence__gte": self.confidence_min,
            "confidence__lte": self.confidence_max,
            "created_at__gte": self.created_from,
            "created_at__lt": self.created_before,
        }
        asked = {name: value for name, value in wanted.items() if value is not None}
        predictions = predictions.filter(**asked)
        if self.digit is not None:
            predictions = predictions.filter(text=str(self.digit)).exclude(
                outcome=OutcomeChoice.NOT_A_DIGIT
            )
        if self.is_corrected is not None:
            corrected = Exists(
                Digit.objects.filter(
                    prediction=OuterRef("pk"), label__isnull=False
                ).exclude(label=read_label())
            )
            predictions = predictions.filter(
                corrected if self.is_corrected else ~corrected
            )
        return predictions


ANY = Filters()


def predictions_visible_to(viewer: Viewer) -> QuerySet[Prediction]:
    if viewer.user is not None:
        return Prediction.objects.filter(owner=viewer.user)
    if viewer.visitor is not None:
        return Prediction.objects.filter(visitor=viewer.visitor)
    return Prediction.objects.none()


def prediction_get(*, viewer: Viewer, public_id: UUID) -> Prediction:
    """One prediction with its digits.

    Raises:
        Prediction.DoesNotExist: there is none, or it is somebody else's.
    """
    visible = predictions_visible_to(viewer)
    return visible.prefetch_related("digits").get(public_id=public_id)


def predictions_by_id(*, public_ids: Sequence[str]) -> dict[str, Prediction]:
    """Those that are still there, with their digits, whoever's they are."""
    found = Prediction.objects.filter(public_id__in=public_ids)
    return {str(each.public_id): each for each in found.prefetch_related("digits")}


def prediction_page(
    *,
    viewer: Viewer,
    size: int,
    before: str | None = None,
    after: str | None = None,
    filters: Filters = ANY,
    with_corrections: bool = False,
) -> Page:
    """The newest `size` predictions, or those before (older) or after a cursor.

    By keyset: deep pages cost no more than the first, and none shifts while new
    predictions arrive.

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    visible = filters.of(predictions_visible_to(viewer))
    related = "digits__corrections" if with_corrections else "digits"
    if after:
        following = visible.filter(pk__gt=_cursor_decode(after)).order_by("pk")
        rows = list(following.prefetch_related(related)[:size])[::-1]
    else:
        preceding = visible.filter(pk__lt=_cursor_decode(before)) if before else visible
        rows = list(preceding.order_by("-pk").prefetch_related(related)[:size])
    if not rows:
        return Page(predictions=[], older=None, newer=None)
    has_older = visible.filter(pk__lt=rows[-1].pk).exists()
    has_newer = visible.filter(pk__gt=rows[0].pk).exists()
    return Page(
        predictions=rows,
        older=_cursor_encode(rows[-1].pk) if has_older else None,
        newer=_cursor_encode(rows[0].pk) if has_newer else None,
    )


def _cursor_encode(pk: int) -> str:
    return base64.urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def _cursor_decode(cursor: str) -> int:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        pk = int(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor(cursor) from error
    if not 0 <= pk < 2**63:
        raise InvalidCursor(cursor)
    return pk
