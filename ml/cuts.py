"""A digit among neighbours that the border cuts off: where else it may begin and end.

Whoever cuts digits out of a line cuts into those beside them. Where these touch the
digit, or come near, ink alone does not tell which of it is the digit. So it is cut in
several ways, each along the path that crosses the least ink, and the network says of
which cut it makes a digit.

Source: R. Casey, E. Lecolinet, "A survey of methods and strategies in character
segmentation", 1996 (to cut in several ways and let the recogniser decide).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Ink, Mask
from ml.glyphs import stroke_width
from ml.ink import thresholds
from ml.outcomes import DIGITS
from ml.preprocessing import FoundDigit, Segmented, segmented
from ml.segmentation import Side, neighbours

# Where a cut may run, as parts of the picture's width from its border. The digit in
# the middle counts, so that none comes near it.
BANDS: Final = ((0.02, 0.16), (0.16, 0.28), (0.28, 0.42))
# A cut is as good as the probability of its likeliest digit, less this for each stroke
# that it goes through, up to so many: nearly all digits have a 1 in them.
STROKE_COST: Final = 0.1
MOST_STROKES: Final = 5.0
# Of the cuts that are chosen so, this part shows the right digit, however likely it is.
TRUST: Final = 0.8
# Of two paths through bare paper the shorter one.
PAPER_COST: Final = 0.002

Path = NDArray[np.intp]  # (H,) the column of a cut in each row
Seam = tuple[Path | None, float]  # None cuts nothing; ink on the way, in px of full ink


@dataclass(frozen=True, slots=True)
class Cut:
    """What is found between two cuts.

    Attributes:
        found: the glyph, and its box in px of the ink that was cut.
        strokes: how much ink both cuts cross, in widths of the digit's stroke.
    """

    found: FoundDigit
    strokes: float


def other_cuts(ink: Ink) -> list[Cut]:
    """Cut the digit out in other ways than along its own pieces of ink.

    Args:
        ink: (H, W) uint8 of a picture, 0 is paper.
    Returns:
        What is found beyond each cut, at most 15; none where no neighbour reaches in
        from the left or right border.
    """
    weak, strong = thresholds(ink)
    sides = neighbours(weak, strong)
    first = segmented(ink, weak, strong)
    if first is None or not sides:
        return []
    stroke_px = max(1.0, stroke_width(first.soft_ink()))
    known = {_key(first)}
    cuts = []
    for keep, crossed in _ways(ink, weak, sides):
        each = segmented(ink * keep, weak * keep, strong * keep)
        if each is not None and _key(each) not in known:
            known.add(_key(each))
            cuts.append(Cut(FoundDigit(each.glyph(), each.box), crossed / stroke_px))
    return cuts


def choose(
    cuts: Sequence[Cut],
    seen: NDArray[np.float64],
    first: NDArray[np.float64],
) -> tuple[Cut, NDArray[np.float64]] | None:
    """Choose the cut of which the network makes a digit.

    Args:
        cuts: at least one.
        seen: (n, 11) calibrated probabilities of their glyphs.
        first: (11,) of the digit as it was found at first.
    Returns:
        The cut, and (11,) probabilities: by TRUST those of its glyph, else the first
        ones. None where no cut is better than what was found at first.
    """
    strokes = np.array([cut.strokes for cut in cuts]).clip(0, MOST_STROKES)
    worth = seen[:, :DIGITS].max(axis=1) - STROKE_COST * strokes
    best = int(worth.argmax())
    if worth[best] <= first[:DIGITS].max():
        return None
    return cuts[best], TRUST * seen[best] + (1 - TRUST) * first


def _key(found: Segmented) -> tuple[object, ...]:
    """Two cuts through bare paper often leave the same ink."""
    return found.box, int(found.digit.sum())


def _ways(ink: Ink, weak: Mask, sides: frozenset[Side]) -> Iterator[tuple[Mask, float]]:
    """Masks of what each pair of cuts leaves, and how much ink these cross."""
    cost = weak * (ink * np.float32(1 / 255)) + np.float32(PAPER_COST)
    left = _seams(cost) if Side.LEFT in sides else []
    # Seen in a mirror, the right is the left.
    right = _seams(cost[:, ::-1]) if Side.RIGHT in sides else []
    column = np.arange(ink.shape[1])
    whole: list[Seam] = [(None, 0.0)]
    for (begin, before), (end, after) in product(whole + left, whole + right):
        keep = np.ones(ink.shape, np.uint8)
        if begin is not None:
            keep &= column > begin[:, None]
        if end is not None:
            keep &= column[::-1] > end[:, None]
        if begin is not None or end is not None:
            yield keep, before + after


def _seams(cost: NDArray[np.float32]) -> list[Seam]:
    """The cheapest way from top to bottom within each band."""
    width = cost.shape[1]
    edges = [(round(a * width), round(b * width)) for a, b in BANDS]
    return [_seam(cost, a, b) for a, b in edges if b - a > 1]


def _seam(cost: NDArray[np.float32], start: int, stop: int) -> Seam:
    """The cheapest way down within some columns, a column to either side per row.

    Source: R. Bellman, "Dynamic programming", 1957.
    """
    band = np.pad(cost[:, start:stop], ((0, 0), (1, 1)), constant_values=np.inf)
    total = band[0]
    came_from = np.zeros(band.shape, np.intp)
    for row in range(1, len(band)):
        above = np.stack((total[:-2], total[1:-1], total[2:]))
        best = above.argmin(axis=0)
        came_from[row, 1:-1] = best - 1
        total = band[row].copy()
        total[1:-1] += above[best, np.arange(best.size)]
    path = np.empty(len(band), np.intp)
    place = int(total.argmin())
    for row in range(len(band) - 1, -1, -1):
        path[row] = place - 1 + start
        place += int(came_from[row, place])
    return path, float(total.min())
