"""Addresses in answers, in full."""

import uuid
from collections.abc import Mapping

from django.http import HttpRequest

from recognizer.paths import path_to


def links_to(
    public_id: uuid.UUID, views: Mapping[str, str], request: HttpRequest
) -> dict[str, str]:
    """Addresses of what has this id.

    Args:
        public_id: the only part of the addresses that changes.
        views: names of views, by the links' own names.
    """
    site = f"{request.scheme}://{request.get_host()}"
    return {name: site + path_to(view, public_id) for name, view in views.items()}
