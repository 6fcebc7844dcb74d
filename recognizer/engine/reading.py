"""Reading with the live model, which is loaded once a process."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.artifacts import Manifest
from ml.errors import MlError
from ml.readings import Reading
from recognizer.engine import explanations
from recognizer.engine.errors import (
    RecognizerError,
    as_recognizer_error,
    ml_errors,
)
from recognizer.engine.explanations import Explanation
from recognizer.engine.live import Live, LiveModel, LiveVersion
from recognizer.steps import step


@dataclass(frozen=True, slots=True)
class Recognition:
    """A reading, the version that read it, and how long that took."""

    reading: Reading
    version: LiveVersion
    took_ms: float


def recognize(data: bytes, *, with_picture: bool = False) -> Recognition:
    """Read an image file with the live model.

    Args:
        data: the file as sent.
        with_picture: also encode the picture anew, to keep it.
    Raises:
        RecognizerError: the file cannot be read, or no model is fit to read it.
    """
    with ml_errors():
        live = _live.get()
        started = time.perf_counter()
        with _step(live, images=1):
            reading = live.recognizer.read(data, with_picture=with_picture)
    return Recognition(reading, live.version, (time.perf_counter() - started) * 1000)


def recognize_many(
    images: Sequence[bytes], *, with_picture: bool = False
) -> list[Recognition | RecognizerError]:
    """Read image files with the live model, on all cores and in one batch.

    Args:
        images: the files as sent.
        with_picture: also encode each picture anew, to keep it.
    Returns:
        For each file, in order, what was read, with its share of the time that all of
        them took; or why it cannot be read.
    Raises:
        RecognizerError: no model is fit to read any.
    """
    with ml_errors():
        live = _live.get()
        started = time.perf_counter()
        with _step(live, images=len(images)):
            readings = live.recognizer.read_many(images, with_picture=with_picture)
    took_ms = (time.perf_counter() - started) * 1000 / max(1, len(images))
    return [
        as_recognizer_error(reading)
        if isinstance(reading, MlError)
        else Recognition(reading, live.version, took_ms)
        for reading in readings
    ]


def recognize_glyph(glyph: NDArray[np.uint8]) -> Recognition:
    """Read a glyph with the live model, as it is; its picture is the glyph itself.

    Args:
        glyph: (28, 28) uint8, white ink on black.
    Raises:
        RecognizerError: no model is fit to read it.
    """
    with ml_errors():
        live = _live.get()
        started = time.perf_counter()
        with _step(live, images=1):
            reading = live.recognizer.read_glyph(glyph)
    return Recognition(reading, live.version, (time.perf_counter() - started) * 1000)


def explain(glyph: bytes) -> Explanation:
    """Show what the live model's answer to a glyph of 784 bytes hangs on.

    Raises:
        RecognizerError: no model can read it.
    """
    with ml_errors():
        return explanations.explain(_live.get(), glyph)


def live_manifest() -> tuple[LiveVersion, Manifest]:
    """Tell which version answers, and what is known of it.

    Raises:
        RecognizerError: none is fit to.
    """
    with ml_errors():
        live = _live.get()
        return live.version, live.recognizer.manifest


@contextmanager
def _step(live: Live, *, images: int) -> Iterator[None]:
    with step("read") as read:
        read.set_attribute("digits.model_version", live.version.number)
        read.set_attribute("digits.images", images)
        yield


_live = LiveModel()
