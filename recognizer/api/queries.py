"""What stands behind the `?` of an address: nothing but what is known there.

A filter with a typing error, were it passed over, would answer with what was not asked
for; and `?stor=false` would keep a picture.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

TWICE = "This was given more than once. Give it once."


def query_of(
    request: Request, *serializers: type[Serializer[Any]], also: Iterable[str] = ()
) -> dict[str, str]:
    """The parameters of a request, if all of them are known and none comes twice.

    Args:
        serializers: what the operation takes, in their fields.
        also: names of further ones.
    Raises:
        ValidationError: it says what is wrong with which of them.
    """
    known = _names(*serializers).union(also)
    wrong = {
        name: [TWICE if name in known else _unknown(known)]
        for name, given in request.query_params.lists()
        if name not in known or len(given) > 1
    }
    if wrong:
        raise ValidationError(wrong)
    return request.query_params.dict()


@cache
def _names(*serializers: type[Serializer[Any]]) -> frozenset[str]:
    return frozenset(name for each in serializers for name in each().get_fields())


def _unknown(known: Iterable[str]) -> str:
    return f"There is no such parameter here. There are: {', '.join(sorted(known))}."
