"""New digits out of known ones: as other hands, pens and scanners would make them.

Each digit is enlarged, bent, slanted and drawn with another pen, then brought back to
a glyph by the very `make_glyph` that serves. So training sees what the preprocessing
makes of a page, not only MNIST's own pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph
from ml.canvases import CANVAS_PX, ZOOM, Canvas, draw_line, enlarged, to_glyph
from ml.distortions import Strength, bent, misplaced, repenned, worn
from ml.glyphs import GLYPH_SIDE_PX, stroke_width

Glyphs = NDArray[np.uint8]  # (n, 28, 28)


def augment(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    *,
    seed: int,
    strength: Strength | None = None,
) -> Glyphs:
    """Make one new glyph out of each image.

    Args:
        images: (n, h, w) uint8, white ink on black, of any size.
        labels: (n,) what they are.
        seed: the same seed and images give the same glyphs, on the same machine.
    Returns:
        (n, 28, 28) uint8.
    """
    strength = strength or Strength()
    rng = np.random.default_rng(seed)
    glyphs = np.empty((len(images), GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        canvas = enlarged(image)
        if rng.random() < strength.european:
            canvas = _as_in_europe(canvas, int(label), rng)
        glyphs[index] = _augment_one(canvas, images, rng, strength)
    return glyphs


def as_glyphs(images: NDArray[np.uint8]) -> Glyphs:
    """Bring (n, h, w) images of any size to glyphs, changing nothing else."""
    if images.shape[1:] == (GLYPH_SIDE_PX, GLYPH_SIDE_PX):
        return images
    return np.stack([to_glyph(enlarged(image)) for image in images])


def _augment_one(
    canvas: Canvas,
    others: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: Strength,
) -> Glyph:
    canvas = bent(canvas, rng, strength)
    canvas = repenned(canvas, rng, strength)
    if rng.random() < strength.faint:
        canvas = worn(canvas, rng)
    if rng.random() < strength.residue:
        canvas = _with_residue(canvas, others, rng)
    glyph = to_glyph(canvas)
    if rng.random() < strength.shift:
        glyph = misplaced(glyph, rng)
    return glyph


def _as_in_europe(canvas: Canvas, label: int, rng: np.random.Generator) -> Canvas:
    """Give a 1 its flag, a 7 its bar; leave the others as they are."""
    if label not in (1, 7):
        return canvas
    is_ink = canvas > 0.5
    rows = np.flatnonzero(is_ink.any(1))
    if rows.size < ZOOM:
        return canvas
    canvas = canvas.copy()
    pen_px = max(1, round(stroke_width(canvas)))
    height = int(rows[-1] - rows[0])
    if label == 1:
        _draw_flag(canvas, is_ink, rows, pen_px, rng)
    else:
        y = int(rows[0] + height * rng.uniform(0.4, 0.65))
        stem_x = float(np.flatnonzero(is_ink[y])[-1]) if is_ink[y].any() else 0.0
        reach = height * rng.uniform(0.12, 0.32)
        drop = height * rng.normal(0, 0.04)
        draw_line(
            canvas, (stem_x - reach, y + drop), (stem_x + reach, y - drop), pen_px
        )
    return canvas


def _draw_flag(
    canvas: Canvas,
    is_ink: NDArray[np.bool_],
    rows: NDArray[np.intp],
    pen_px: int,
    rng: np.random.Generator,
) -> None:
    """Draw the upstroke before a 1, short or as long as the 1 itself, and its foot."""
    height = int(rows[-1] - rows[0])
    top = float(np.flatnonzero(is_ink[rows[0]]).mean()), float(rows[0])
    length = height * rng.uniform(0.2, 0.7)
    angle = np.deg2rad(rng.uniform(25, 70))
    start = top[0] - length * np.sin(angle), top[1] + length * np.cos(angle)
    draw_line(canvas, start, (top[0], top[1] + pen_px / 2), pen_px)
    if rng.random() < 0.15:
        foot = float(np.flatnonzero(is_ink[rows[-1]]).mean()), float(rows[-1])
        reach = height * rng.uniform(0.1, 0.3)
        draw_line(
            canvas, (foot[0] - reach, foot[1]), (foot[0] + reach, foot[1]), pen_px
        )


def _with_residue(
    canvas: Canvas,
    others: NDArray[np.uint8],
    rng: np.random.Generator,
) -> Canvas:
    """Leave a scrap of a neighbour, a piece of a rule, or specks beside the digit."""
    rows = np.flatnonzero((canvas > 0.2).any(1))
    columns = np.flatnonzero((canvas > 0.2).any(0))
    if rows.size == 0:
        return canvas
    canvas = canvas.copy()
    choice = rng.integers(3)
    if choice == 0:
        _paste_neighbour(canvas, others[rng.integers(len(others))], columns, rng)
    elif choice == 1:
        _draw_rule(canvas, rows, columns, rng)
    else:
        for _ in range(rng.integers(1, 4)):
            x = int(rng.integers(columns[0], columns[-1] + 1))
            y = int(rng.integers(rows[0], rows[-1] + 1))
            cv2.circle(canvas, (x, y), int(rng.integers(1, 4)), 1.0, -1)
    return canvas


def _paste_neighbour(
    canvas: Canvas,
    other: NDArray[np.uint8],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
) -> None:
    """Show up to a quarter of a digit's width of the digit beside."""
    neighbour = enlarged(other)
    filled = np.flatnonzero((neighbour > 0.2).any(0))
    if filled.size == 0:
        return
    neighbour = neighbour[:, filled[0] : filled[-1] + 1]
    width = min(int(rng.integers(2, 6 * ZOOM)), neighbour.shape[1])
    gap = int(rng.integers(0, 3 * ZOOM))
    if rng.random() < 0.5:
        stop = max(0, int(columns[0]) - gap)
        width = min(width, stop)
        if width:
            part = neighbour[:, -width:]
            canvas[:, stop - width : stop] = np.maximum(
                canvas[:, stop - width : stop], part
            )
        return
    start = min(CANVAS_PX, int(columns[-1]) + 1 + gap)
    width = min(width, CANVAS_PX - start)
    if width:
        canvas[:, start : start + width] = np.maximum(
            canvas[:, start : start + width], neighbour[:, :width]
        )


def _draw_rule(
    canvas: Canvas,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
) -> None:
    """Draw a piece of a straight line below, above or beside the digit."""
    thickness = int(rng.integers(1, 4))
    margin = 2 * ZOOM
    left, right = int(columns[0]) - margin, int(columns[-1]) + margin
    top, bottom = int(rows[0]) - margin, int(rows[-1]) + margin
    tilt = int(rng.integers(-2, 3))
    if rng.random() < 0.6:
        y = (
            int(rng.integers(bottom - 2 * margin, bottom))
            if rng.random() < 0.7
            else (int(rng.integers(top, top + margin)))
        )
        cv2.line(canvas, (left, y), (right, y + tilt), 1.0, thickness)
    else:
        x = right if rng.random() < 0.5 else left
        cv2.line(canvas, (x, top), (x + tilt, bottom), 1.0, thickness)
