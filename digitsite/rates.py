"""How many requests are allowed, as the operator writes it."""

import re
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

PERIODS_S = {"s": 1, "min": 60, "h": 60 * 60, "day": 24 * 60 * 60}
RATE = re.compile(r"([1-9][0-9]{0,8})/(s|min|h|day)", re.ASCII)
OFF = "off"


class Rate(NamedTuple):
    """So many at once, and as many again in each period, evenly."""

    units: int
    period_s: int


def parse_rate(text: str, *, name: str) -> Rate | None:
    """Read a rate such as `600/min`; None: `off`, there is no limit.

    Args:
        name: of the variable, for whoever has to mend it.
    Raises:
        ImproperlyConfigured: it is none.
    """
    if text.strip().lower() == OFF:
        return None
    found = RATE.fullmatch(text.strip())
    if found is None:
        raise ImproperlyConfigured(
            f"Expected {name} to be a number and s, min, h or day, such as 600/min, "
            f"or off. Received: {text!r}"
        )
    return Rate(units=int(found[1]), period_s=PERIODS_S[found[2]])
