"""A digit among neighbours that the border cuts off: where else it may begin and end.

Whoever cuts digits out of a line cuts into those beside them. Where these touch the
digit, or come near, ink alone does not tell which of it is the digit. So it is cut in
several ways, each along the path that crosses the least ink, and the network says of
which cut it makes a digit.

Source: R. Casey, E. Lecolinet, "A survey of methods and strategies in character
segmentation", 1996 (to cut in several ways and let the recogniser decide).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Ink, Mask
from ml.found import FoundDigit
from ml.glyphs import stroke_width
from ml.ink import thresholds
from ml.outcomes import DIGITS
from ml.pieces import Side
from ml.seams import Path, cheapest, cost_of_ink
from ml.search import Segmented, segmented
from ml.segmentation import neighbours

# Where a cut may run, as parts of the picture's width or height from its border. The
# digit in the middle counts, so that none comes near it.
BANDS: Final = ((0.02, 0.16), (0.16, 0.28), (0.28, 0.42))
# What is tried one after the other: between left and right first, as digits stand in
# lines.
ACROSS: Final = (Side.LEFT, Side.RIGHT)
DOWN: Final = (Side.TOP, Side.BOTTOM)
# A cut is as good as the probability of its likeliest digit, less this for each stroke
# that it goes through, up to so many: nearly all digits have a 1 in them.
STROKE_COST: Final = 0.1
MOST_STROKES: Final = 5.0
# It must be better than the first sight by so much, and what is as probable as that at
# first sight stays: made-up crops, and made-up pages with borders and specks, are read
# no better with less of either (2,400 pictures of digits kept aside).
LEAST_GAIN: Final = 0.1
CLEAR_AT_FIRST: Final = 0.8
# Of the cuts that are chosen so, this part shows the right digit, however likely it is:
# 194 of 233 that were 95 % likely, of 1,500 made-up crops, before it was said so.
TRUST: Final = 0.8
# How far from the border it runs, in each row or column. None cuts nothing; its cost,
# in px of full ink
Seam = tuple[Path | None, float]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is found between two cuts.

    Attributes:
        found: the glyph, and its box in px of the ink that was cut.
        remaining: (H, W) what the cuts leave of the ink.
        strokes: how much ink both cuts cross, in widths of the digit's stroke.
    """

    found: FoundDigit
    remaining: Ink
    strokes: float


def look_again(
    ink: Ink,
    first: NDArray[np.float64],
    read: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
) -> tuple[FoundDigit, NDArray[np.float64]] | None:
    """Cut the digit out as the network makes most of it.

    Args:
        ink: (H, W) uint8 of a picture, 0 is paper.
        first: (11,) calibrated probabilities of the digit as it was found at first.
        read: (n, 11) such probabilities of (n, 28, 28) glyphs.
    Returns:
        The digit, with its box in px of the ink, and (11,) probabilities: by TRUST
        those of its glyph, else the first ones. None where no cut is better.
    """
    found, known, worth = None, first, float(first[:DIGITS].max())
    crossed = 0.0
    if worth >= CLEAR_AT_FIRST:
        return None
    for sides in (ACROSS, DOWN):
        cuts = other_cuts(ink, sides)
        if not cuts:
            continue
        seen = read(np.stack([cut.found.glyph for cut in cuts]))
        strokes = crossed + np.array([cut.strokes for cut in cuts])
        worths = _worths(seen, strokes)
        best = int(worths.argmax())
        if worths[best] > worth + LEAST_GAIN:
            found, known, worth = cuts[best].found, seen[best], float(worths[best])
            ink, crossed = cuts[best].remaining, float(strokes[best])
    if found is None:
        return None
    return found, TRUST * known + (1 - TRUST) * first


def _worths(
    seen: NDArray[np.float64], strokes: NDArray[np.float64]
) -> NDArray[np.float64]:
    cost = STROKE_COST * strokes.clip(0, MOST_STROKES)
    return np.asarray(seen[:, :DIGITS].max(axis=1) - cost)


def other_cuts(ink: Ink, sides: tuple[Side, Side] = ACROSS) -> list[Cut]:
    """Cut the digit out in other ways than along its own pieces of ink.

    Args:
        ink: (H, W) uint8 of a picture, 0 is paper.
        sides: ACROSS or DOWN.
    Returns:
        What is found beyond each cut, at most 15; none where no neighbour reaches in
        from either side.
    """
    weak, strong = thresholds(ink)
    cut_off = neighbours(weak, strong)
    first = segmented(ink, weak, strong)
    if first is None or not cut_off.intersection(sides):
        return []
    stroke_px = max(1.0, stroke_width(first.soft_ink()))
    known = {_key(first)}
    cuts: list[Cut] = []
    cost = cost_of_ink(ink * weak)
    for keep, crossed in _ways(cost, [side in cut_off for side in sides], sides):
        remaining = ink * keep
        each = segmented(remaining, weak * keep, strong * keep)
        if each is not None and _key(each) not in known:
            known.add(_key(each))
            found = FoundDigit(each.glyph(), each.box)
            cuts.append(Cut(found, remaining, crossed / stroke_px))
    return cuts


def _key(found: Segmented) -> tuple[object, ...]:
    """Two cuts through bare paper often leave the same ink."""
    return found.box, found.digit.tobytes()


def _ways(
    cost: NDArray[np.float32], cut_off: Sequence[bool], sides: tuple[Side, Side]
) -> Iterator[tuple[Mask, float]]:
    """Masks of what each pair of cuts leaves, and how much ink these cross.

    Args:
        cost: (H, W) of crossing a pixel.
        cut_off: whether ink reaches in, for each side.
        sides: ACROSS or DOWN.
    """
    # Turned, the top is the left; and seen in a mirror, the right.
    lying = cost if sides == ACROSS else cost.T
    near = _seams(lying) if cut_off[0] else []
    far = _seams(lying[:, ::-1]) if cut_off[1] else []
    place = np.arange(lying.shape[1])
    whole: list[Seam] = [(None, 0.0)]
    for (begin, before), (end, after) in product(whole + near, whole + far):
        keep = np.ones(lying.shape, np.uint8)
        if begin is not None:
            keep &= place > begin[:, None]
        if end is not None:
            keep &= place[::-1] > end[:, None]
        if begin is not None or end is not None:
            yield keep if sides == ACROSS else keep.T, before + after


def _seams(cost: NDArray[np.float32]) -> list[Seam]:
    """The cheapest way from top to bottom within each band."""
    width = cost.shape[1]
    edges = [(round(a * width), round(b * width)) for a, b in BANDS]
    return [cheapest(cost, a, b) for a, b in edges if b - a > 1]
