"""Digits large enough to be changed: three px for one of the glyph, as floats."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph
from ml.glyphs import DIGIT_SIDE_PX, GLYPH_SIDE_PX, make_glyph

Canvas = NDArray[np.float32]  # (CANVAS_PX, CANVAS_PX), 0 is paper, 1 is full ink

# Fine enough that a stroke can change its width by a third of a pixel, coarse enough
# for 4,000 digits a second.
ZOOM: Final = 3
CANVAS_PX: Final = GLYPH_SIDE_PX * ZOOM


def enlarged(image: NDArray[np.uint8]) -> Canvas:
    """Draw an image of any size in the middle of the canvas, 0..1.

    The digit's long side becomes 20 px of the glyph, as in MNIST; USPS and others
    fill their whole box.
    """
    rows = np.flatnonzero(image.any(1))
    columns = np.flatnonzero(image.any(0))
    if rows.size == 0:
        return np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = DIGIT_SIDE_PX * ZOOM / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    large = cv2.resize(ink, size, interpolation=cv2.INTER_CUBIC)
    top, left = (CANVAS_PX - size[1]) // 2, (CANVAS_PX - size[0]) // 2
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    canvas[top : top + size[1], left : left + size[0]] = large * np.float32(1 / 255)
    return canvas


def to_glyph(canvas: Canvas) -> Glyph:
    visible = canvas > 0.04
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    if rows.size == 0:
        return np.zeros((GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    ink = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].clip(0, 1)
    return make_glyph(ink)


def draw_line(
    canvas: Canvas,
    start: tuple[float, float],
    stop: tuple[float, float],
    pen_px: int,
) -> None:
    ends = [(round(x), round(y)) for x, y in (start, stop)]
    cv2.line(canvas, ends[0], ends[1], 1.0, pen_px, cv2.LINE_8)
