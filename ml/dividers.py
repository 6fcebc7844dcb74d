"""The lines between boxes that stand in a row and share their sides.

Lengths are in parts of the row's height where not in px.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask
from ml.edges import Edge

# A box is as wide as this at least; of two, wider: a stroke from edge to edge of one
# box looks like the line between two. No more boxes are looked for than the most:
# smaller ones hold no digit that can be read, in a picture of this width.
NARROWEST: Final = 0.5
NARROWEST_OF_TWO: Final = 0.62
MOST_BOXES: Final = 16
# A line is seen along so much of it. One that divides a row evenly is no further from
# where it should be than this part of a box's width, or so many px.
SEEN: Final = 0.85
OFF: Final = 0.08
OFF_PX: Final = 2
# Two lines as near to each other as this are one, and so many times as thick at least.
NEAR: Final = 0.15
DOUBLE: Final = 1.6
# Where lines go along a row, this far from its edges, it is a table or squared paper.
FLAT: Final = 0.15


@dataclass(frozen=True, slots=True)
class _Line:
    """A line across a row: where it is most likely, and where it begins and ends.

    All are shares of the way from the left to the right edge.
    """

    place: float
    start: float
    stop: float


def dividers(mask: Mask, sides: Sequence[Edge]) -> list[Edge] | None:
    """The lines between boxes in a row.

    Args:
        sides: the row's upper, right, lower and left edge.
    Returns:
        None where lines go from left to right as well: squared paper, or a table.
    """
    height, width = mask.shape
    top, right, bottom, left = sides
    upper, lower = top.rows, height - bottom.rows[::-1]
    first, last = left.rows[::-1], width - right.rows
    tall, across = float((lower - upper).mean()), float((last - first).mean())
    thickness = top.thickness
    lines = _lines_between(mask, first, last, thickness)
    places = np.array([line.place for line in lines])
    chosen = _dividing(places, NARROWEST * tall / across, OFF_PX / across)
    if len(chosen) == 1 and across < 2 * NARROWEST_OF_TWO * tall:
        return []
    beside = _lines_between(mask.T, upper, lower, thickness)
    if chosen.size and any(FLAT < line.place < 1 - FLAT for line in beside):
        return None
    return [
        Edge(1, width - first - (last - first) * middle - wide / 2, wide)
        for middle, wide in _doubled(lines, chosen, thickness, tall, across)
    ]


def _doubled(
    lines: Sequence[_Line],
    chosen: NDArray[np.float64],
    thickness: float,
    tall: float,
    across: float,
) -> list[tuple[float, float]]:
    """Each divider's middle and thickness: with its double, if each of them has one.

    Boxes that stand close to each other have two lines between them.

    Args:
        thickness, tall, across: of a line, and of the row, in px.
    """
    near = NEAR * tall / across
    doubles: list[tuple[float, float]] = []
    for place in chosen:
        beside = [
            line for line in lines if max(line.start - place, place - line.stop) <= near
        ]
        start = min(line.start for line in beside)
        stop = max(line.stop for line in beside)
        doubles.append(((start + stop) / 2, (stop - start) * across))
    if len(doubles) > 1 and min(wide for _, wide in doubles) > DOUBLE * thickness:
        return doubles
    return [(float(place), thickness) for place in chosen]


def _lines_between(
    mask: Mask,
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    thickness: float,
) -> list[_Line]:
    """Where lines go down all of a box, as shares of the way from left to right.

    Args:
        first, last: (h,) where the box begins and ends in each row, its lines included.
    """
    height, width = mask.shape
    across = float((last - first).mean())
    shares = np.linspace(0, 1, 2 * max(2, round(across)) + 1)
    x = first[:, None] + (last - first)[:, None] * shares
    thick = cv2.dilate(np.ascontiguousarray(mask), np.ones((1, 3), np.uint8))
    columns = np.floor(x).astype(np.intp).clip(0, width - 1)
    rim = min(height // 3, round(2 * thickness))
    seen = thick[np.arange(height)[:, None], columns][rim : height - rim].mean(axis=0)
    # Where a stroke goes along a line, that is where most is seen, in all of its width.
    window = 2 * max(1, round(thickness)) + 1
    most = np.convolve(seen, np.ones(window) / window, "same")
    flags = np.concatenate(([0], seen >= SEEN, [0])).astype(np.int8)
    found: list[_Line] = []
    for a, b in np.flatnonzero(np.diff(flags)).reshape(-1, 2):
        best = np.flatnonzero(most[a:b] >= most[a:b].max() - 1e-6) + a
        # What was dilated goes a pixel less far to either side.
        start, stop = shares[a] + 1 / across, shares[b - 1] - 1 / across
        found.append(_Line(float(shares[best].mean()), float(start), float(stop)))
    return found


def _dividing(
    places: NDArray[np.float64], least: float, off: float
) -> NDArray[np.float64]:
    """Choose among the places of lines in a row of boxes those between boxes.

    Those that divide it evenly, if there are such: a tall 1 is a line as well.
    """
    inner = places[(places > least) & (places < 1 - least)]
    if not inner.size:
        return inner
    for boxes in range(min(MOST_BOXES, int(1 / least)), 1, -1):
        even = np.arange(1, boxes) / boxes
        nearest = inner[np.abs(inner[:, None] - even).argmin(axis=0)]
        if (np.abs(nearest - even) <= max(off, OFF / boxes)).all():
            return np.asarray(nearest, np.float64)
    gaps = np.diff(np.concatenate(([0.0], inner, [1.0])))
    return inner if gaps.min() >= least else inner[:0]
