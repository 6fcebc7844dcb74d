"""Lists that may grow, part by part."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors

NO_CURSOR = "This is not a cursor of ours. Take it from `next` or `previous`."
CURSORS = ("before", "after")


@contextmanager
def cursors_of(given: Mapping[str, Any]) -> Iterator[None]:
    """Within, a cursor that is none of ours is said to be, with its name."""
    try:
        yield
    except selectors.InvalidCursor as error:
        named = [name for name in CURSORS if name in given]
        raise ValidationError({name: [NO_CURSOR] for name in named}) from error


def page_response(
    request: Request,
    results: Iterable[dict[str, Any]],
    *,
    older: str | None,
    newer: str | None,
    kept: Iterable[str] = ("size",),
) -> Response:
    """One page, with the addresses of those beside it.

    Args:
        older, newer: their cursors; None where there is none.
        kept: the parameters that lead from page to page beside the cursor.
    """
    asked = request.query_params.dict()
    same = {name: asked[name] for name in asked if name in kept}

    def address(**cursor: str | None) -> str | None:
        if None in cursor.values():
            return None
        return request.build_absolute_uri(f"{request.path}?{urlencode(same | cursor)}")

    return Response(
        {
            "next": address(before=older),
            "previous": address(after=newer),
            "results": list(results),
        }
    )
