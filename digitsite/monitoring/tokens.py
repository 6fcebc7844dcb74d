"""The token that shows the figures to whoever sends it."""

from typing import Final

from django.core.exceptions import ImproperlyConfigured

SHORTEST: Final = 16


def require_token(token: str) -> None:
    """Make sure that nobody guesses it.

    Raises:
        ImproperlyConfigured: it is too short, or there is none.
    """
    if len(token) < SHORTEST:
        raise ImproperlyConfigured(
            f"Expected DIGITS_METRICS_TOKEN to have {SHORTEST} characters or more, as "
            f"DIGITS_METRICS is on. Received: {len(token)}. This makes one: "
            f"openssl rand -hex 32"
        )
