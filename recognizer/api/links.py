"""Addresses in answers, in full."""

import uuid
from collections.abc import Mapping
from functools import lru_cache

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

# Stands in patterns where an id goes.
ANY = uuid.UUID(int=0)


def links_to(
    public_id: uuid.UUID, views: Mapping[str, str], request: HttpRequest
) -> dict[str, str]:
    """Addresses of what has this id.

    Args:
        public_id: the only part of the addresses that changes.
        views: names of views, by the links' own names.
    """
    site = f"{request.scheme}://{request.get_host()}"
    prefix, its_id = get_script_prefix(), str(public_id)
    return {
        name: site + _path(view, prefix).replace(str(ANY), its_id)
        for name, view in views.items()
    }


@lru_cache(maxsize=64)
def _path(view: str, _script_prefix: str) -> str:
    """Looked up once: 64 predictions in one answer have 256 links of four kinds."""
    return reverse(view, args=[ANY])
