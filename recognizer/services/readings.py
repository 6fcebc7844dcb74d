"""The services' way to the engine: it reads, and whoever counts is told how it went."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import numpy as np
from django.dispatch import Signal
from numpy.typing import NDArray

from recognizer import engine
from recognizer.models import Source

# Beside the engine's outcomes: no picture in it, and no model to read one.
UNREADABLE: Final = "unreadable"
UNAVAILABLE: Final = "unavailable"

# Sent for each image with its `source`, its `outcome`, and the `seconds` that reading
# took; None where nothing was read.
picture_read = Signal()


def picture_recognize(
    *, data: bytes, source: Source, with_picture: bool = False
) -> engine.Recognition:
    """As `engine.recognize`.

    Raises:
        engine.RecognizerError: the image cannot be read.
    """
    with _failures_told(source):
        recognition = engine.recognize(data, with_picture=with_picture)
    _tell(recognition, source)
    return recognition


def pictures_recognize(
    *, images: Sequence[bytes], source: Source, with_picture: bool = False
) -> list[engine.Recognition | engine.RecognizerError]:
    """As `engine.recognize_many`.

    Raises:
        engine.RecognizerError: no model can read any.
    """
    with _failures_told(source, images=len(images)):
        found = engine.recognize_many(images, with_picture=with_picture)
    for each in found:
        _tell(each, source)
    return found


def glyph_recognize(*, glyph: NDArray[np.uint8], source: Source) -> engine.Recognition:
    """As `engine.recognize_glyph`.

    Raises:
        engine.RecognizerError: no model can read it.
    """
    with _failures_told(source):
        recognition = engine.recognize_glyph(glyph)
    _tell(recognition, source)
    return recognition


@contextmanager
def _failures_told(source: Source, *, images: int = 1) -> Iterator[None]:
    try:
        yield
    except engine.RecognizerError as error:
        for _ in range(images):
            _tell(error, source)
        raise


def _tell(found: engine.Recognition | engine.RecognizerError, source: Source) -> None:
    seconds = None
    if isinstance(found, engine.Recognition):
        outcome, seconds = str(found.reading.outcome), found.took_ms / 1000
    elif found.status == HTTPStatus.SERVICE_UNAVAILABLE:
        outcome = UNAVAILABLE
    else:
        outcome = UNREADABLE
    # Robust: who only counts does not keep anybody from his answer.
    picture_read.send_robust(
        sender=Source, source=str(source), outcome=outcome, seconds=seconds
    )
