"""Digits on made-up pages, brought back by the very preprocessing that serves.

So training sees what really reaches the network: residue of rules, slivers of
neighbours, broken strokes, blurred edges.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph, Grey, bounds
from ml.canvases import Canvas, enlarged
from ml.cuts import other_cuts
from ml.distortions import Strength, bent, repenned
from ml.found import FoundDigit
from ml.preprocessing import glyph_from_grey

Page = NDArray[np.float32]  # (H, W), 0 is paper, 1 is full ink

# Less of the found box in common with the digit's own, and something else was found.
LEAST_OVERLAP: Final = 0.6
# A neighbour is cut by the border; the digit in the middle counts.
NEIGHBOUR_SHARE: Final = 0.5
RULED_SHARE: Final = 0.35
FRAMED_SHARE: Final = 0.12


@dataclass(frozen=True, slots=True)
class _Layout:
    """A page with its ink, and where the digit's own ink is."""

    ink: Page
    box: Box


def glyph_of_page(
    image: NDArray[np.uint8],
    others: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: Strength,
) -> Glyph | None:
    """Write a digit on a made-up page and find it there again.

    Args:
        image: (h, w) uint8 the digit, white ink on black.
        others: (n, h, w) of which neighbours are taken.
        rng: draws everything.
        strength: how far the digit itself is changed.
    Returns:
        (28, 28) uint8, or None where the preprocessing found something else: that
        would teach a wrong label.
    """
    canvas = repenned(bent(enlarged(image), rng, strength), rng, strength)
    layout = _laid_out(canvas, others, rng)
    if layout is None:
        return None
    page = photographed(layout.ink, rng)
    found = glyph_from_grey(page)
    if found is None:
        return None
    if _overlap(found.box, layout.box) >= LEAST_OVERLAP:
        return found.glyph
    return _glyph_of_cuts(found, page.shape, layout.box)


def _glyph_of_cuts(found: FoundDigit, shape: tuple[int, ...], own: Box) -> Glyph | None:
    """Of the cuts between left and right, the one that shows the digit best."""
    if found.ink is None:
        return None
    cuts = [cut.found.scaled(found.ink.shape, shape) for cut in other_cuts(found.ink)]
    best = max(cuts, key=lambda cut: _overlap(cut.box, own), default=found)
    return best.glyph if _overlap(best.box, own) >= LEAST_OVERLAP else None


def _laid_out(
    canvas: Canvas, others: NDArray[np.uint8], rng: np.random.Generator
) -> _Layout | None:
    box = bounds((canvas > 0.1).astype(np.uint8))
    if box is None:
        return None
    digit = canvas[box.top : box.top + box.height, box.left : box.left + box.width]
    is_cell = rng.random() < 0.7
    height = round(rng.uniform(18, 90) if is_cell else rng.uniform(24, 120))
    digit = at_height(digit, height)
    margins = _margins(height, rng, is_cell=is_cell)
    page = np.pad(digit, ((margins[0], margins[1]), (margins[2], margins[3])))
    own = Box(margins[2], margins[0], digit.shape[1], digit.shape[0])
    if is_cell and rng.random() < NEIGHBOUR_SHARE:
        _add_neighbours(page, own, others, rng)
    if rng.random() < RULED_SHARE:
        _add_rules(page, own, rng)
    if rng.random() < FRAMED_SHARE:
        _add_frame(page, rng)
    return _Layout(page.clip(0, 1).astype(np.float32), own)


def _margins(height: int, rng: np.random.Generator, *, is_cell: bool) -> list[int]:
    """Paper above, below, left and right of the digit, in px."""
    if is_cell:
        return [round(height * float(rng.uniform(0.02, 0.45))) for _ in range(4)]
    wide = [round(height * float(rng.uniform(0.3, 2.5))) for _ in range(4)]
    return [min(margin, 220) for margin in wide]


def at_height(digit: Canvas, height: int) -> Canvas:
    width = max(2, round(digit.shape[1] * height / digit.shape[0]))
    how = cv2.INTER_AREA if height < digit.shape[0] else cv2.INTER_CUBIC
    large = cv2.resize(digit, (width, height), interpolation=how)
    return np.asarray(large.clip(0, 1), np.float32)


def _add_neighbours(
    page: Page, own: Box, others: NDArray[np.uint8], rng: np.random.Generator
) -> None:
    """Let the digits left and right of it reach into the picture."""
    for is_left in (True, False):
        if rng.random() < 0.35:
            continue
        canvas = enlarged(others[rng.integers(len(others))])
        box = bounds((canvas > 0.1).astype(np.uint8))
        if box is None:
            continue
        piece = canvas[box.top : box.top + box.height, box.left : box.left + box.width]
        piece = at_height(piece, round(own.height * rng.uniform(0.75, 1.2)))
        # Some run into the digit, as in old hands.
        gap = round(own.height * rng.uniform(-0.12, 0.3))
        top = own.top + round(own.height * rng.normal(0, 0.1))
        left = (
            own.left - gap - piece.shape[1] if is_left else own.left + own.width + gap
        )
        stamp(page, piece, left, top)


def stamp(page: Page, piece: Canvas, left: int, top: int) -> None:
    """Lay ink on the page; what does not fit is cut off."""
    rows = slice(max(0, top), max(0, min(page.shape[0], top + piece.shape[0])))
    columns = slice(max(0, left), max(0, min(page.shape[1], left + piece.shape[1])))
    part = piece[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    if part.size and rows.stop > rows.start and columns.stop > columns.start:
        page[rows, columns] = np.maximum(page[rows, columns], part)


def _add_rules(page: Page, own: Box, rng: np.random.Generator) -> None:
    """Rules or squares of the paper, fainter than ink, through or beside the digit."""
    height, width = page.shape
    pen_px = max(1, round(own.height * rng.uniform(0.01, 0.05)))
    faint = float(rng.uniform(0.15, 0.9))
    pitch = own.height * rng.uniform(0.5, 1.8)
    lines = np.zeros_like(page)
    first = rng.uniform(0, pitch)
    for y in np.arange(first, height, pitch).round().astype(int).tolist():
        cv2.line(lines, (0, y), (width, y + int(rng.integers(-2, 3))), 1.0, pen_px)
    if rng.random() < 0.4:
        for x in np.arange(first, width, pitch).round().astype(int).tolist():
            cv2.line(lines, (x, 0), (x, height), 1.0, pen_px)
    np.maximum(page, faint * lines, out=page)


def _add_frame(page: Page, rng: np.random.Generator) -> None:
    """The dark edge of a scan along one side, or a printed box around."""
    height, width = page.shape
    thick = max(1, round(min(height, width) * rng.uniform(0.01, 0.05)))
    if rng.random() < 0.4:
        cv2.rectangle(page, (0, 0), (width - 1, height - 1), 1.0, thick)
        return
    match int(rng.integers(4)):
        case 0:
            page[:thick] = 1
        case 1:
            page[-thick:] = 1
        case 2:
            page[:, :thick] = 1
        case _:
            page[:, -thick:] = 1


def photographed(ink: Page, rng: np.random.Generator) -> Grey:
    """Turn ink on a page into what a camera or scanner makes of it.

    Args:
        ink: (H, W) float32 in 0..1.
        rng: draws light, contrast, blur, noise and compression.
    Returns:
        (H, W) uint8 grey values.
    """
    height, width = ink.shape
    paper = rng.uniform(110, 255)
    contrast = paper * rng.uniform(0.15, 0.95)
    ends = rng.uniform(0.65, 1.0, (2, 2)).astype(np.float32)
    light = cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR)
    sharp = (paper - contrast * ink) * light
    blur_px = float(rng.uniform(0.4, 1.6)) if rng.random() < 0.4 else 0.0
    seen = cv2.GaussianBlur(sharp, (0, 0), blur_px) if blur_px else sharp
    noise = min(float(rng.exponential(3.0)), contrast / 8)
    grain = noise * rng.standard_normal(ink.shape, np.float32)
    grey = np.asarray((seen + grain).clip(0, 255), np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 92))]
        packed = cv2.imencode(".jpg", grey, quality)[1]
        grey = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(255 - grey, np.uint8) if rng.random() < 0.1 else grey


def _overlap(found: Box, own: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(found.left + found.width, own.left + own.width) - max(
        found.left, own.left
    )
    height = min(found.top + found.height, own.top + own.height) - max(
        found.top, own.top
    )
    common = max(0, width) * max(0, height)
    whole = found.width * found.height + own.width * own.height - common
    return common / max(1, whole)
