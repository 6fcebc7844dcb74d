"""PNGs of what was read, and of the way there; no model is asked."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml import imaging
from ml.imaging import Picture
from ml.inference import trace
from recognizer.engine.errors import ml_errors

STEP_CAPTIONS: Final = {
    "grey": "The picture in shades of grey, turned upright.",
    "ink": "The ink alone: shadows and paper taken away.",
    "digit": "The digit alone: rules, borders and specks taken away.",
    "glyph": (
        "The glyph: 28 by 28 pixels, centred by its weight, cut out between neighbours "
        "if they reach in, and out of a box if it touches one. This is all it sees."
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the picture to the glyph, as a PNG with words."""

    name: str
    caption: str
    png: bytes


def explain_steps(data: bytes, glyph: bytes) -> tuple[Step, ...]:
    """Show how a picture becomes its glyph; nothing when it is blank.

    Args:
        data: the picture as it is kept.
        glyph: the 784 bytes that were read in it.
    Raises:
        RecognizerError: the file cannot be read.
    """
    with ml_errors():
        return tuple(
            Step(
                stage.name,
                STEP_CAPTIONS[stage.name],
                imaging.encode_grey_png(stage.pixels),
            )
            for stage in trace(data, _pixels(glyph))
        )


def glyph_png(glyph: bytes | NDArray[np.uint8]) -> bytes:
    """Encode a glyph, as an array or as its 784 bytes, as a PNG of 28x28 px."""
    pixels = _pixels(glyph) if isinstance(glyph, bytes) else glyph
    return imaging.encode_grey_png(pixels)


def _pixels(glyph: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(glyph, np.uint8).reshape(28, 28)


def thumbnail(data: bytes, *, side_px: int) -> Picture:
    """Make a small PNG of a kept picture, at most `side_px` a side.

    Raises:
        RecognizerError: the file cannot be read.
    """
    with ml_errors():
        return imaging.thumbnail(data, side_px=side_px)
