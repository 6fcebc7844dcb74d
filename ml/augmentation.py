"""New digits out of known ones: as other hands, pens and scanners would make them.

Each digit is enlarged, bent, slanted and drawn with another pen, then brought back to
a glyph by the very `make_glyph` that serves. So training sees what the preprocessing
makes of a page, not only MNIST's own pixels.

Source of the elastic bend: P. Simard, D. Steinkraus, J. Platt, "Best practices for
convolutional neural networks applied to visual document analysis", 2003.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph
from ml.glyphs import DIGIT_SIDE_PX, GLYPH_SIDE_PX, make_glyph, stroke_width

Glyphs = NDArray[np.uint8]  # (n, 28, 28)

# The bending happens at three times the glyph's size: fine enough that a stroke can
# change its width by a third of a pixel, coarse enough for 4,000 digits a second.
ZOOM: Final = 3
CANVAS_PX: Final = GLYPH_SIDE_PX * ZOOM


@dataclass(frozen=True, slots=True)
class Strength:
    """How far the digits are changed. The defaults train the shipped model.

    Attributes:
        rotation_deg: standard deviation of the turn. People's lines tilt; beyond 20
            degrees a 7 becomes a 1.
        slant: standard deviation of the horizontal shear; old hands slant up to 0.6.
        stretch: standard deviation of the logarithm of width over height.
        bend_px: standard deviation of the elastic shift, in px of the glyph.
        pen_px: how much the stroke may gain or lose in width, in px of the glyph.
        residue: share of glyphs with a scrap of a neighbour, a rule or a speck.
        shift: share of glyphs off their centre by a pixel or smaller than their box,
            as a stray speck makes them.
        faint: share of glyphs with uneven, blurred or broken ink.
        european: share of 1s that get the flag, and of 7s that get the bar, with which
            most of Europe writes them; MNIST's writers were American.
    """

    rotation_deg: float = 6.0
    slant: float = 0.18
    stretch: float = 0.12
    bend_px: float = 0.9
    pen_px: float = 1.1
    residue: float = 0.15
    shift: float = 0.3
    faint: float = 0.25
    european: float = 0.3


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
        canvas = _enlarged(image)
        if rng.random() < strength.european:
            canvas = _as_in_europe(canvas, int(label), rng)
        glyphs[index] = _augment_one(canvas, images, rng, strength)
    return glyphs


def as_glyphs(images: NDArray[np.uint8]) -> Glyphs:
    """Bring (n, h, w) images of any size to glyphs, changing nothing else."""
    if images.shape[1:] == (GLYPH_SIDE_PX, GLYPH_SIDE_PX):
        return images
    return np.stack([_to_glyph(_enlarged(image)) for image in images])


def _augment_one(
    canvas: NDArray[np.float32],
    others: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: Strength,
) -> Glyph:
    canvas = _bent(canvas, rng, strength)
    canvas = _repenned(canvas, rng, strength)
    if rng.random() < strength.faint:
        canvas = _worn(canvas, rng)
    if rng.random() < strength.residue:
        canvas = _with_residue(canvas, others, rng)
    glyph = _to_glyph(canvas)
    if rng.random() < strength.shift:
        glyph = _misplaced(glyph, rng)
    return glyph


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.float32]:
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


def _as_in_europe(
    canvas: NDArray[np.float32], label: int, rng: np.random.Generator
) -> NDArray[np.float32]:
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
        _line(canvas, (stem_x - reach, y + drop), (stem_x + reach, y - drop), pen_px)
    return canvas


def _draw_flag(
    canvas: NDArray[np.float32],
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
    _line(canvas, start, (top[0], top[1] + pen_px / 2), pen_px)
    if rng.random() < 0.15:
        foot = float(np.flatnonzero(is_ink[rows[-1]]).mean()), float(rows[-1])
        reach = height * rng.uniform(0.1, 0.3)
        _line(canvas, (foot[0] - reach, foot[1]), (foot[0] + reach, foot[1]), pen_px)


def _line(
    canvas: NDArray[np.float32],
    start: tuple[float, float],
    stop: tuple[float, float],
    pen_px: int,
) -> None:
    ends = [(round(x), round(y)) for x, y in (start, stop)]
    cv2.line(canvas, ends[0], ends[1], 1.0, pen_px, cv2.LINE_8)


def _bent(
    canvas: NDArray[np.float32], rng: np.random.Generator, strength: Strength
) -> NDArray[np.float32]:
    """Turn, slant, stretch and bend in one resampling."""
    angle = np.deg2rad(rng.normal(0, strength.rotation_deg))
    slant = rng.normal(0, strength.slant)
    stretch = np.exp(rng.normal(0, strength.stretch) / 2)
    # Everything is made 0.8 as large, so that a slanted digit stays on the canvas.
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, slant], [0, 1]]) @ np.diag([1 / stretch, stretch])
    matrix /= 0.8
    grid = np.arange(CANVAS_PX, dtype=np.float32) - (CANVAS_PX - 1) / 2
    x, y = np.meshgrid(grid, grid)
    shift = _smooth_field(rng, strength.bend_px * ZOOM)
    map_x = matrix[0, 0] * x + matrix[0, 1] * y + shift[0] + (CANVAS_PX - 1) / 2
    map_y = matrix[1, 0] * x + matrix[1, 1] * y + shift[1] + (CANVAS_PX - 1) / 2
    return np.asarray(
        cv2.remap(
            canvas,
            map_x.astype(np.float32),
            map_y.astype(np.float32),
            cv2.INTER_LINEAR,
        ),
        np.float32,
    )


def _smooth_field(rng: np.random.Generator, size_px: float) -> NDArray[np.float32]:
    """(2, side, side) shifts that vary over a quarter of the canvas."""
    coarse = rng.normal(0, size_px, (2, 6, 6)).astype(np.float32)
    return np.stack(
        [
            cv2.resize(plane, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC)
            for plane in coarse
        ]
    )


def _repenned(
    canvas: NDArray[np.float32], rng: np.random.Generator, strength: Strength
) -> NDArray[np.float32]:
    """Draw the strokes with a wider or a finer pen."""
    change = rng.normal(0, strength.pen_px) * ZOOM / 2
    width = round(abs(change)) + 1
    if width < 2:
        return canvas
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    if change > 0:
        return np.asarray(cv2.dilate(canvas, kernel), np.float32)
    thin = np.asarray(cv2.erode(canvas, kernel), np.float32)
    # A hairline eroded to nothing is no digit any more.
    return thin if thin.sum() > 0.35 * canvas.sum() else canvas


def _worn(canvas: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Uneven pressure, a soft lens, or a coarse scan."""
    choice = rng.integers(4)
    if choice == 0:
        pressure = rng.uniform(0.25, 1.3, (4, 4)).astype(np.float32)
        field = cv2.resize(
            pressure, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC
        )
        return np.asarray((canvas * field).clip(0, 1), np.float32)
    if choice == 1:
        return np.asarray(
            cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(1, 2.3))), np.float32
        )
    if choice == 2:
        side = int(rng.integers(12, 28))
        small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            small = (small > rng.uniform(0.25, 0.6)).astype(np.float32)
        back = cv2.resize(small, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC)
        return np.asarray(back.clip(0, 1), np.float32)
    grain = cv2.resize(rng.random((42, 42), np.float32), (CANVAS_PX, CANVAS_PX))
    return np.asarray(canvas * (grain > rng.uniform(0.05, 0.22)), np.float32)


def _with_residue(
    canvas: NDArray[np.float32],
    others: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
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
    canvas: NDArray[np.float32],
    other: NDArray[np.uint8],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
) -> None:
    """Show up to a quarter of a digit's width of the digit beside."""
    neighbour = _enlarged(other)
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
    canvas: NDArray[np.float32],
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


def _to_glyph(canvas: NDArray[np.float32]) -> Glyph:
    visible = canvas > 0.04
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    if rows.size == 0:
        return np.zeros((GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    ink = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].clip(0, 1)
    return make_glyph(ink)


def _misplaced(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Shift by up to two px and shrink by up to a fifth, as a stray speck does."""
    scale = 1.0 if rng.random() < 0.4 else float(rng.uniform(0.8, 1.05))
    middle = GLYPH_SIDE_PX / 2
    shift_x, shift_y = rng.normal(0, 0.8, 2)
    matrix = np.array(
        [
            [scale, 0, middle * (1 - scale) + shift_x],
            [0, scale, middle * (1 - scale) + shift_y],
        ]
    )
    return np.asarray(
        cv2.warpAffine(glyph, matrix, (GLYPH_SIDE_PX, GLYPH_SIDE_PX)), np.uint8
    )
