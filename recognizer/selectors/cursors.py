"""Lists part by part, and where in one somebody is, as a text that he hands back.

By key, not by offset: deep parts cost no more than the first, and none shifts while
rows arrive.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

# So many rows are soon gone through, and hold a page of most that is asked for.
STRETCH = 2_000
# Where a stretch held too little, the next is so many times as long, unless much was
# left out between them.
LONGER = 4
ANYWHERE = Q()


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
        self,
        rows: QuerySet[Row],
        cursor: str | None,
        *,
        is_upwards: bool,
        is_included: bool = False,
    ) -> QuerySet[Row]:
        """Those further down than a cursor, or further up, the nearest first.

        Args:
            is_included: whether the row at the cursor is one of them.
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
        self,
        rows: QuerySet[Row],
        cursor: str | None,
        *,
        is_upwards: bool,
        is_included: bool = False,
    ) -> QuerySet[Row]:
        is_descending = self.is_newest_first is not is_upwards
        in_order = rows.order_by("-pk" if is_descending else "pk")
        if cursor is None:
            return in_order
        side = ("lt" if is_descending else "gt") + ("e" if is_included else "")
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
    within: Q = ANYWHERE,
    alone: Sequence[QuerySet[Row]] = (),
) -> Page[Row]:
    """The first `size` rows, or those that follow or precede a cursor.

    Args:
        before: the cursor of what comes further down: older, where newest come first.
        after: the cursor of what comes further up.
        within: a range of what they are ordered by, which must hold as well. Of two
            bounds, SQLite seeks the one that is named first: that is the cursor, then.
        alone: what each of several filters of `rows` leaves alone, where each has an
            index in this order.
    Raises:
        InvalidCursor: the cursor is not one of ours, or of another order.
    """
    is_upwards = after is not None
    cursor = after if is_upwards else before
    start = _Start(order, within, is_upwards, cursor)
    # One more than asked for, which tells whether there is more.
    found = _rows_from(start, rows, at_most=size + 1, alone=alone, length=STRETCH)
    has_more, found = len(found) > size, found[:size]
    if not found:
        return Page(rows=[])
    # Where one came from there is something, unless it was deleted meanwhile.
    back = _Start(order, within, not is_upwards, cursor, is_included=True)
    unadorned = rows.prefetch_related(None)
    has_back = cursor is not None and bool(
        _rows_from(back, unadorned, at_most=1, alone=alone, length=1)
    )
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


@dataclass(frozen=True, slots=True)
class _Start(Generic[Row]):
    """From where one goes on in an order, and which way."""

    order: Order[Row]
    within: Q
    is_upwards: bool
    cursor: str | None
    is_included: bool = False

    def onwards(
        self, rows: QuerySet[Row], *, until: str | None = None
    ) -> QuerySet[Row]:
        """Those from here on, the nearest first; the last may be the one at `until`."""
        if until is not None:
            rows = self.order.beyond(
                rows, until, is_upwards=not self.is_upwards, is_included=True
            )
        ahead = self.order.beyond(
            rows,
            self.cursor,
            is_upwards=self.is_upwards,
            is_included=self.is_included,
        )
        return ahead.filter(self.within)


def _rows_from(
    start: _Start[Row],
    rows: QuerySet[Row],
    *,
    at_most: int,
    alone: Sequence[QuerySet[Row]],
    length: int,
) -> list[Row]:
    """The nearest rows.

    Two filters may each leave many, and for long nothing together; how they lie is not
    known to whoever plans a query. So it is asked for by stretches in which none leaves
    many, and from one to the next each filter says from where on it leaves any.

    What is evenly mixed takes few stretches, as they grow. Where more than a whole one
    was left out, rows lie in blocks, and a longer one would go through more of them.

    Args:
        length: of the first stretch; where one row is likely the nearest, 1 will do.
    """
    if not alone:
        return list(start.onwards(rows)[:at_most])
    found: list[Row] = []
    while True:
        end = _end(start, alone, length)
        found += start.onwards(rows, until=end)[: at_most - len(found)]
        if end is None or len(found) == at_most:
            return found
        after = replace(start, cursor=end, is_included=False)
        following = _next(after, alone)
        if following is None:
            return found
        is_far = _is_far(after, following, alone, length)
        start, length = following, STRETCH if is_far else length * LONGER


def _end(start: _Start[Row], alone: Sequence[QuerySet[Row]], length: int) -> str | None:
    """As far as no filter leaves more than so many; None where that is all."""
    end = None
    for rows in alone:
        for last in start.onwards(rows, until=end)[length - 1 : length]:
            end = start.order.cursor(last)
    return end


def _next(start: _Start[Row], alone: Sequence[QuerySet[Row]]) -> _Start[Row] | None:
    """Before which some filter leaves nothing; None where one leaves nothing at all."""
    for rows in alone:
        first = start.onwards(rows).first()
        if first is None:
            return None
        start = replace(start, cursor=start.order.cursor(first), is_included=True)
    return start


def _is_far(
    start: _Start[Row],
    following: _Start[Row],
    alone: Sequence[QuerySet[Row]],
    length: int,
) -> bool:
    """Whether some filter leaves so many from one to the other."""
    between = (start.onwards(rows, until=following.cursor) for rows in alone)
    return any(list(rows[length - 1 : length]) for rows in between)


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
