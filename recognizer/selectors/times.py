"""Times in rows, by a clock that may have been wrong when they were written.

A machine that was a day ahead, and is set right, must not leave what nobody touches
until tomorrow: a time further ahead than anybody sets it counts as past.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone


def is_over(field: str, *, at_most: timedelta) -> Q:
    """Rows whose time has come.

    Args:
        field: until when something holds.
        at_most: how far ahead it is ever set.
    """
    now = timezone.now()
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + at_most})


def is_silent(field: str, *, after: timedelta) -> Q:
    """Rows of which nothing has been heard for so long.

    Args:
        field: when something last was.
    """
    now = timezone.now()
    return Q(**{f"{field}__lt": now - after}) | Q(**{f"{field}__gt": now + after})
