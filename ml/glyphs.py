"""A digit's ink brought into MNIST's form.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database": the long side fits 20 px,
the centre of mass lies in the middle of 28x28, white on black.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph, SoftInk, bounds, crop

GLYPH_SIDE_PX: Final = 28
DIGIT_SIDE_PX: Final = 20
# Less ink than this, of 255, is not drawn, and does not widen the box.
RIM_INK: Final = 5
# Thinner strokes, in px of the glyph, are drawn this bold: MNIST's are 1.5 to 3.5.
THINNEST_STROKE_PX: Final = 1.7
# Strokes are widened, and large digits looked at, on this many px for one of the glyph.
FINE_GRID: Final = 8
# The mean of a glyph's inked pixels is raised to this; MNIST's lies at 0.69 to 0.85.
FAINTEST_INK: Final = 0.68


def make_glyph(ink: SoftInk) -> Glyph:
    """Bring a digit's ink, cut to its box, into MNIST's form."""
    if max(ink.shape) > FINE_GRID * DIGIT_SIDE_PX:
        ink = _fitted(ink, FINE_GRID * DIGIT_SIDE_PX)
    return _centred(_as_dark_as_mnist(_fitted(_bolder(ink), DIGIT_SIDE_PX)))


def _fitted(ink: SoftInk, side_px: int) -> SoftInk:
    """Scale so that the long side is `side_px`."""
    scale = side_px / max(ink.shape)
    if scale == 1:
        return ink
    width, height = (max(1, round(side * scale)) for side in ink.shape[::-1])
    return _resized(ink, (width, height))


def _as_dark_as_mnist(ink: SoftInk) -> NDArray[np.uint8]:
    """Scale to the full range, and more where thin strokes came out pale."""
    peak = max(float(ink.max()), 1e-6)
    drawn = ink[ink > 0.2 * peak]
    gain = max(1 / peak, FAINTEST_INK / max(float(drawn.mean()), 1e-6))
    return np.asarray(np.rint(ink * (255 * gain)).clip(0, 255), np.uint8)


def _resized(ink: SoftInk, size: tuple[int, int]) -> SoftInk:
    """Resize to (width, height): averaged when smaller, interpolated when larger."""
    is_smaller = size[0] * size[1] < ink.size
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, size, interpolation=how), np.float32)


def _bolder(ink: SoftInk) -> SoftInk:
    """Thicken strokes that would all but vanish at 20 px."""
    glyph_px = max(ink.shape) / DIGIT_SIDE_PX
    grow_px = THINNEST_STROKE_PX * glyph_px - stroke_width(ink)
    if grow_px <= 0:
        return ink
    # A pen grows by fractions of a pixel only on a finer grid.
    factor = min(4, math.ceil(FINE_GRID / glyph_px))
    diameter = round(grow_px * factor)
    if diameter == 0:
        return ink
    if factor > 1:
        ink = _resized(ink, (ink.shape[1] * factor, ink.shape[0] * factor))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter + 1, diameter + 1))
    grown = np.asarray(cv2.dilate(_padded(ink, diameter), kernel), np.float32)
    box = bounds((grown > RIM_INK / 255).view(np.uint8))
    return grown if box is None else crop(grown, box)


def _padded(ink: SoftInk, margin: int) -> SoftInk:
    """Paper all around; OpenCV's takes less than half of NumPy's time."""
    sides = (margin, margin, margin, margin)
    return np.asarray(
        cv2.copyMakeBorder(ink, *sides, cv2.BORDER_CONSTANT, value=0), np.float32
    )


def stroke_width(ink: SoftInk) -> float:
    """Mean width of the strokes in (h, w) ink, in px.

    Crossing a stroke, the ink rises once and falls once: the area is width times
    length, the total variation twice the length.
    """
    padded = _padded(ink, 1)
    across = padded[:-1, 1:] - padded[:-1, :-1]
    down = padded[1:, :-1] - padded[:-1, :-1]
    variation = float(cv2.sumElems(cv2.magnitude(across, down))[0])
    return 2 * float(ink.sum()) / max(variation, 1e-6)


def _centred(values: NDArray[np.uint8]) -> Glyph:
    """Place a digit of at most 20x20 px with its centre of mass at (14, 14)."""
    height, width = values.shape
    mass = float(values.sum()) or 1.0
    centre_y = float((values.sum(1) * np.arange(height)).sum()) / mass
    centre_x = float((values.sum(0) * np.arange(width)).sum()) / mass
    middle = GLYPH_SIDE_PX // 2
    top = int(np.clip(round(middle - centre_y), 0, GLYPH_SIDE_PX - height))
    left = int(np.clip(round(middle - centre_x), 0, GLYPH_SIDE_PX - width))
    glyph = np.zeros((GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    glyph[top : top + height, left : left + width] = values
    return glyph
