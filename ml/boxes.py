"""A box that its digit touches: which of the ink is the box's four edges.

Forms have boxes to write in, and what is written there comes near their edges, touches
them or goes beyond. With its box such a digit looks like nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask

# An edge begins within this part of the side across it, measured from outside, is seen
# along so much of its own side, turned by no more than this slope, and is so straight,
# as a part of its length and in px.
BAND: Final = 0.3
COVERED: Final = 0.6
STEEPEST: Final = 0.14
STRAIGHT: Final = 0.015
STRAIGHT_PX: Final = 1.5
# Lines through so many places of its first third and its last are tried.
PLACES: Final = 12
# Where strokes run into an edge it seems thicker: in so much of it, it is not; and of
# one of the four, all of it may be. None is thicker than this part of the short side.
THICKNESS_OF: Final = 0.3
THICKEST: Final = 0.2
# What is left without them is a digit if it is as high as this part of the box: the bar
# in an 8 of straight lines is not.
LEAST_HEIGHT_IN_BOX: Final = 0.45
# Of what is left this part is the right digit, however likely it is: 657 of 691 made-up
# ones (of MNIST's training part) that were 99 % likely: edges take strokes with them.
TRUST_IN_BOX: Final = 0.95
# Soft rims reach so far to either side of an edge.
RIM_PX: Final = 1


@dataclass(frozen=True, slots=True)
class _Edge:
    """An edge at the top, in px.

    Attributes:
        rows: (w,) where it begins in each column.
        thickness: of its line.
    """

    rows: NDArray[np.float64]
    thickness: float


def edges_of_box(mask: Mask) -> Mask | None:
    """Tell a box's edges from what touches them; None where it is no box.

    Where a stroke goes on beyond an edge, the crossing is the stroke's.

    Args:
        mask: (h, w), 1 where there is ink, cut to the box and what touches it.
    Returns:
        (h, w), 1 where the edges are.
    Source: of the lines, M. Fischler, R. Bolles, "Random sample consensus", 1981, with
        all pairs of some places instead of random ones.
    """
    edges: list[_Edge] = []
    for turns in range(4):
        edge = _top_edge(np.rot90(mask, turns))
        if edge is None:
            return None
        edges.append(edge)
    thickness = sorted(edge.thickness for edge in edges)[1]
    if thickness > THICKEST * min(mask.shape):
        return None
    bands = [
        np.rot90(_band(edge, thickness, np.rot90(mask, turns).shape), -turns)
        for turns, edge in enumerate(edges)
    ]
    found = np.logical_or.reduce(bands)
    for turns, edge in enumerate(edges):
        beside = bands[(turns + 1) % 4] | bands[(turns + 3) % 4]
        crossed = _crossed(np.rot90(mask & ~beside, turns), edge, thickness)
        kept = np.rot90(bands[turns] & ~beside, turns) & crossed
        found &= ~np.rot90(kept, -turns)
    return np.asarray(found, np.uint8)


def _top_edge(mask: Mask) -> _Edge | None:
    """Fit a line to what is seen from above; None where it is no straight edge."""
    height, width = mask.shape
    first = mask.argmax(axis=0)
    columns = np.flatnonzero(mask.any(axis=0) & (first < BAND * height))
    least = max(2, COVERED * width)
    if columns.size < least:
        return None
    rows = first[columns].astype(np.float64)
    near = _nearest_line(columns, rows, max(STRAIGHT_PX, STRAIGHT * width))
    if near.sum() < least:
        return None
    slope, start = np.polyfit(columns[near], rows[near], 1)
    is_past = np.arange(height)[:, None] > first
    is_end = is_past & (mask == 0)
    ends = np.where(is_end.any(axis=0), is_end.argmax(axis=0), height)
    lengths = (ends - first)[columns[near]]
    return _Edge(
        start + slope * np.arange(width), float(np.quantile(lengths, THICKNESS_OF))
    )


def _nearest_line(
    columns: NDArray[np.intp], rows: NDArray[np.float64], away_px: float
) -> NDArray[np.bool_]:
    """Which of the points lie along the line that has the most of them near it."""
    third = -(-columns.size // 3)
    step = -(-third // PLACES)
    first, last = np.arange(0, third, step), np.arange(-third, 0, step)
    across = columns[last] - columns[first, None]
    slopes = (rows[last] - rows[first, None]) / np.maximum(across, 1)
    flat = np.abs(slopes) <= STEEPEST
    starts = (rows[first, None] - slopes * columns[first, None])[flat]
    lines = starts[:, None] + slopes[flat][:, None] * columns
    near = np.abs(rows - lines) <= away_px
    if not len(near):
        return np.zeros(columns.size, np.bool_)
    return np.asarray(near[near.sum(axis=1).argmax()], np.bool_)


def _band(edge: _Edge, thickness: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w), where an edge and its rims lie."""
    rows = np.arange(shape[0])[:, None]
    above = rows >= np.floor(edge.rows - RIM_PX - 0.5)
    return np.asarray(above & (rows < np.ceil(edge.rows + thickness) + RIM_PX))


def _crossed(mask: Mask, edge: _Edge, thickness: float) -> NDArray[np.bool_]:
    """(w,), where a stroke is on both sides of an edge, if not quite in one column."""
    height, width = mask.shape
    columns = np.arange(width)
    within = np.ceil(edge.rows + thickness).astype(np.intp) + RIM_PX
    beyond = np.floor(edge.rows - 0.5).astype(np.intp) - RIM_PX - 1
    is_within = mask[within.clip(0, height - 1), columns] & (within < height)
    is_beyond = mask[beyond.clip(0, height - 1), columns] & (beyond >= 0)
    reach = 2 * max(1, round(thickness)) + 1
    sides = [
        np.convolve(side, np.ones(reach), "same") > 0 for side in (is_within, is_beyond)
    ]
    return np.asarray(sides[0] & sides[1], np.bool_)
