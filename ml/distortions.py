"""What other hands, pens and scanners do to a digit.

Source of the elastic bend: P. Simard, D. Steinkraus, J. Platt, "Best practices for
convolutional neural networks applied to visual document analysis", 2003.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph
from ml.canvases import CANVAS_PX, ZOOM, Canvas
from ml.glyphs import GLYPH_SIDE_PX


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


def bent(canvas: Canvas, rng: np.random.Generator, strength: Strength) -> Canvas:
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


def repenned(canvas: Canvas, rng: np.random.Generator, strength: Strength) -> Canvas:
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


def worn(canvas: Canvas, rng: np.random.Generator) -> Canvas:
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


def misplaced(glyph: Glyph, rng: np.random.Generator) -> Glyph:
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
