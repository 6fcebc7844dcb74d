"""Pictures as they are cut out of a line: neighbours reach in from the borders.

Pens, papers and cameras are those of `ml.pages`, which trained the network; how
near neighbours come, and those above and below, are not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Grey, bounds
from ml.canvases import Canvas, enlarged
from ml.distortions import Strength, bent, repenned
from ml.pages import Page, at_height, photographed, stamp

# Neighbours are as high as the digit, or so; some run into it.
HEIGHTS: Final = (0.75, 1.3)
GAPS: Final = (-0.15, 0.25)
BESIDE: Final = 0.75
ABOVE_OR_BELOW: Final = 0.3


@dataclass(frozen=True, slots=True)
class Crop:
    """A picture, and what stands in its middle: a digit, or "none"."""

    page: Grey
    label: str


def draw_crop(
    image: NDArray[np.uint8],
    label: int,
    others: NDArray[np.uint8],
    rng: np.random.Generator,
) -> Crop:
    """Draw a digit with parts of its neighbours on some sides."""
    page, own = _page(image, rng)
    for is_before in (True, False):
        if rng.random() < BESIDE:
            piece = _neighbour(others, own, rng)
            gap = round(own.height * rng.uniform(*GAPS))
            before, after = own.left - gap - piece.shape[1], own.left + own.width + gap
            top = own.top + round(own.height * rng.normal(0, 0.12))
            stamp(page, piece, before if is_before else after, top)
        if rng.random() < ABOVE_OR_BELOW:
            piece = _neighbour(others, own, rng)
            gap = round(own.height * rng.uniform(0, GAPS[1]))
            before, after = own.top - gap - piece.shape[0], own.top + own.height + gap
            left = own.left + round(own.height * rng.normal(0, 0.4))
            stamp(page, piece, left, before if is_before else after)
    return Crop(_photographed(page, rng), str(label))


def draw_digit(image: NDArray[np.uint8], label: int, rng: np.random.Generator) -> Crop:
    """Draw a digit alone."""
    page, _ = _page(image, rng)
    return Crop(_photographed(page, rng), str(label))


def draw_letter(letter: NDArray[np.uint8], rng: np.random.Generator) -> Crop:
    """Draw a letter alone."""
    page, _ = _page(letter, rng)
    return Crop(_photographed(page, rng), "none")


def _page(image: NDArray[np.uint8], rng: np.random.Generator) -> tuple[Page, Box]:
    piece = piece_of(image, rng)
    height = round(rng.uniform(24, 90))
    piece = at_height(piece, height)
    above, below, before, after = (
        round(height * float(rng.uniform(0.02, 0.45))) for _ in range(4)
    )
    page = np.pad(piece, ((above, below), (before, after)))
    return page, Box(before, above, piece.shape[1], piece.shape[0])


def _neighbour(others: NDArray[np.uint8], own: Box, rng: np.random.Generator) -> Canvas:
    piece = piece_of(others[int(rng.integers(len(others)))], rng)
    return at_height(piece, round(own.height * rng.uniform(*HEIGHTS)))


def piece_of(image: NDArray[np.uint8], rng: np.random.Generator) -> Canvas:
    """Bend it, draw it with another pen, and cut it to its ink."""
    strength = Strength()
    canvas = enlarged(image)
    changed = repenned(bent(canvas, rng, strength), rng, strength)
    box = bounds((changed > 0.1).astype(np.uint8))
    if box is None:
        return canvas
    return changed[box.top : box.top + box.height, box.left : box.left + box.width]


def _photographed(page: Page, rng: np.random.Generator) -> Grey:
    return photographed(page.clip(0, 1).astype(np.float32), rng)
