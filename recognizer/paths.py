"""The site's own addresses of what has an id, without looking each of them up."""

import uuid
from functools import lru_cache

from django.urls import get_script_prefix, reverse

# Stands in patterns where an id goes.
ANY = uuid.UUID(int=0)


def path_to(view: str, public_id: uuid.UUID) -> str:
    """Give the path of a view that takes an id and nothing else."""
    return _pattern(view, get_script_prefix()).replace(str(ANY), str(public_id))


@lru_cache(maxsize=64)
def _pattern(view: str, _script_prefix: str) -> str:
    """Looked up once: a page of the history has 72 such addresses of three kinds."""
    return reverse(view, args=[ANY])
