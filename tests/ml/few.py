"""Little to draw, so that a test trains in seconds."""

from collections.abc import Callable
from typing import Any

from ml import not_digits, training


def draw_few(setattr_: Callable[[Any, str, Any], None] = setattr) -> None:
    """Invent and write hundreds of letters and digits, where thousands would be."""
    for name in ("INVENTED", "WRITTEN_LETTERS", "KEPT_LETTERS"):
        setattr_(not_digits, name, 300)
    setattr_(training, "KEPT_WRITTEN", 200)
