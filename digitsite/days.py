"""For how long something is kept, as the operator writes it."""

import re

from django.core.exceptions import ImproperlyConfigured

from digitsite.rates import OFF

DAYS = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


def parse_days(text: str, *, name: str) -> int | None:
    """Read a number of days; None: `off`, for ever.

    Args:
        name: of the variable, for whoever has to mend it.
    Raises:
        ImproperlyConfigured: it is none.
    """
    text = text.strip().lower()
    if text == OFF:
        return None
    if DAYS.fullmatch(text) is None:
        raise ImproperlyConfigured(
            f"Expected {name} to be a number of days, such as 90, or off. "
            f"Received: {text!r}"
        )
    return int(text)
