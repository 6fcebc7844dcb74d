"""Lists part by part, and where in one somebody is, as a text that he hands back.

By key, not by offset: deep parts cost no more than the first, and none shifts while
rows arrive.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


class InvalidCursor(ValueError):
    """A cursor that none of our pages handed out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Part of a list, and the cursors of the parts before and after it."""

    rows: list[Row]
    older: str | None = None
    newer: str | None = None


class Order(Protocol[Row]):
    """In which order rows come, and the places in it that cursors name."""

    def cursor(self, row: Row) -> str:
        """The place of a row in this order, as a text."""

    def beyond(
        self, rows: QuerySet[Row], cursor: str | None, *, is_upwards: bool
    ) -> QuerySet[Row]:
        """Those further down than a cursor, or further up, the nearest first.

        Raises:
            InvalidCursor: the cursor is not one of ours, or of another order.
        """


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """By primary key: as the rows were made, or the other way round."""

    is_newest_first: bool

    def cursor(self, row: Model) -> str:
        return cursor_encode(str(row.pk))

    def beyond(
        self, rows: QuerySet[Row], cursor: str | None, *, is_upwards: bool
    ) -> QuerySet[Row]:
        is_descending = self.is_newest_first is not is_upwards
        in_order = rows.order_by("-pk" if is_descending else "pk")
        if cursor is None:
            return in_order
        side = "lt" if is_descending else "gt"
        return in_order.filter(**{f"pk__{side}": _key_in(cursor)})


NEWEST_FIRST = KeyOrder(is_newest_first=True)
OLDEST_FIRST = KeyOrder(is_newest_first=False)


def page_of(
    rows: QuerySet[Row],
    *,
    order: Order[Row],
    size: int,
    before: str | None = None,
    after: str | None = None,
) -> Page[Row]:
    """The first `size` rows, or those that follow or precede a cursor.

    Args:
        before: the cursor of what comes further down: older, where newest come first.
        after: the cursor of what comes further up.
    Raises:
        InvalidCursor: the cursor is not one of ours, or of another order.
    """
    is_upwards = after is not None
    cursor = after if is_upwards else before
    # One more than asked for, which tells whether there is more.
    found = list(order.beyond(rows, cursor, is_upwards=is_upwards)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if not found:
        return Page(rows=[])
    # Where one came from there is something, unless it was deleted meanwhile.
    back = order.beyond(rows, order.cursor(found[0]), is_upwards=not is_upwards)
    has_back = cursor is not None and back.exists()
    if is_upwards:
        found.reverse()
        has_more, has_back = has_back, has_more
    return Page(
        rows=found,
        older=order.cursor(found[-1]) if has_more else None,
        newer=order.cursor(found[0]) if has_back else None,
    )


def rows_in_parts(
    rows: QuerySet[Row], *, order: Order[Row], size: int
) -> Iterator[Row]:
    """All of them, `size` in memory at a time.

    Each part is read to its end before a row of it is handed out: a query that is open
    while somebody slow downloads keeps SQLite from clearing its log of changes.
    """
    cursor = None
    while part := list(order.beyond(rows, cursor, is_upwards=False)[:size]):
        yield from part
        cursor = order.cursor(part[-1])


def cursor_encode(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def cursor_decode(cursor: str) -> bytes:
    """The place in a cursor.

    Raises:
        InvalidCursor: it is no text that we encoded.
    """
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        return base64.urlsafe_b64decode(padded.encode("ascii"))
    except ValueError as error:
        raise InvalidCursor(cursor) from error


def _key_in(cursor: str) -> int:
    try:
        pk = int(cursor_decode(cursor))
    except ValueError as error:
        raise InvalidCursor(cursor) from error
    if not 0 <= pk < 2**63:
        raise InvalidCursor(cursor)
    return pk
