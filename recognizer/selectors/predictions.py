"""Who sees which predictions, and histories in parts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from recognizer.models import Prediction
from recognizer.selectors.cursors import (
    InvalidCursor,
    Page,
    cursor_decode,
    cursor_encode,
    page_of,
)
from recognizer.selectors.filters import ANY, Filters
from recognizer.viewers import Viewer


class Ordering(StrEnum):
    """In which order predictions come; the primary key decides among equals."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    SUREST = "-confidence"
    LEAST_SURE = "confidence"

    @property
    def field(self) -> str:
        return self.removeprefix("-")

    def cursor(self, row: Prediction) -> str:
        """The place of a prediction in this order, as a text."""
        value = getattr(row, self.field)
        place = [self, value if isinstance(value, float) else value.isoformat()]
        return cursor_encode(json.dumps([*place, row.pk]))

    def beyond(
        self,
        rows: QuerySet[Prediction],
        cursor: str | None,
        *,
        is_upwards: bool,
        is_included: bool = False,
    ) -> QuerySet[Prediction]:
        """Those further down than a cursor, or further up, the nearest first.

        Args:
            is_included: whether the one at the cursor is one of them.
        Raises:
            InvalidCursor: the cursor is not one of ours, or of another ordering.
        """
        is_descending = self.startswith("-") is not is_upwards
        sign = "-" if is_descending else ""
        in_order = rows.order_by(f"{sign}{self.field}", f"{sign}pk")
        if cursor is None:
            return in_order
        value, pk = self._place(cursor)
        side = "lt" if is_descending else "gt"
        among_equals = f"{side}e" if is_included else side
        return in_order.filter(
            # The first says nothing new, but lets the database seek in its index.
            Q(**{f"{self.field}__{side}e": value}),
            Q(**{f"{self.field}__{side}": value}) | Q(**{f"pk__{among_equals}": pk}),
        )

    def _place(self, cursor: str) -> tuple[Any, int]:
        try:
            ordering, value, pk = json.loads(cursor_decode(cursor))
            if self.field == "created_at":
                value = datetime.fromisoformat(value).astimezone(UTC)
            is_ours = (
                ordering == self
                and type(pk) is int
                and 0 <= pk < 2**63
                and isinstance(value, float | datetime)
            )
        # No base64, JSON, list of three or time, or one that no clock shows.
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidCursor(cursor) from error
        if not is_ours:
            raise InvalidCursor(cursor)
        return value, pk


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


def predictions_asked_for_again(
    *, viewer: Viewer, public_ids: Sequence[str]
) -> dict[str, Prediction]:
    """Those that are still his, with their digits, by their ids.

    A newcomer has nothing to show for it; to him they are what no account has by now.
    """
    if viewer.user is None and viewer.visitor is None:
        visible = Prediction.objects.filter(owner=None)
    else:
        visible = predictions_visible_to(viewer)
    found = visible.filter(public_id__in=public_ids).prefetch_related("digits")
    return {str(each.public_id): each for each in found}


def prediction_page(
    *,
    viewer: Viewer,
    size: int,
    before: str | None = None,
    after: str | None = None,
    filters: Filters = ANY,
    ordering: Ordering = Ordering.NEWEST,
    with_corrections: bool = False,
) -> Page[Prediction]:
    """The first `size` predictions, or those around a cursor; see `page_of`.

    Raises:
        InvalidCursor: the cursor is not one of ours, or of another ordering.
    """
    wanted = filters.of(predictions_visible_to(viewer), ordered_by=ordering.field)
    related = "digits__corrections" if with_corrections else "digits"
    return page_of(
        wanted.rows.prefetch_related(related),
        order=ordering,
        size=size,
        before=before,
        after=after,
        within=wanted.within,
        alone=wanted.alone,
    )
