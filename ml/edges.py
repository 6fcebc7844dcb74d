"""Straight printed lines around what is written: edges of boxes, and what ends there.

An edge is looked for at the top of a mask; those at other sides by turning the mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
# Where strokes run into an edge it seems thicker: in so much of it, it is not.
THICKNESS_OF: Final = 0.3
# Lines are no thicker than this part of what they go around.
THICKEST: Final = 0.2
# Soft rims reach so far to either side of an edge.
RIM_PX: Final = 1


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge at the top of a mask that was turned, in px.

    Attributes:
        turns: how often the mask was turned counterclockwise by a quarter.
        rows: (w,) where the edge begins in each column.
        thickness: of its line.
        seen: in so much of the mask's width it is in sight.
        start, stop: the columns between which it goes; all if None.
    """

    turns: int
    rows: NDArray[np.float64]
    thickness: float
    seen: float = 1.0
    start: int | None = None
    stop: int | None = None


def edge_of(mask: Mask, turns: int) -> Edge | None:
    """Fit a line to what is seen from one side; None where it is no straight edge.

    Source: M. Fischler, R. Bolles, "Random sample consensus", 1981, with all pairs of
        some places instead of random ones.
    """
    turned = np.rot90(mask, turns)
    height, width = turned.shape
    first = turned.argmax(axis=0)
    columns = np.flatnonzero(turned.any(axis=0) & (first < BAND * height))
    least = max(2, COVERED * width)
    if columns.size < least:
        return None
    rows = first[columns].astype(np.float64)
    near = _nearest_line(columns, rows, max(STRAIGHT_PX, STRAIGHT * width))
    if near.sum() < least:
        return None
    slope, start = np.polyfit(columns[near], rows[near], 1)
    is_past = np.arange(height)[:, None] > first
    is_end = is_past & (turned == 0)
    ends = np.where(is_end.any(axis=0), is_end.argmax(axis=0), height)
    lengths = (ends - first)[columns[near]]
    return Edge(
        turns,
        start + slope * np.arange(width),
        float(np.quantile(lengths, THICKNESS_OF)),
        float(near.sum() / width),
    )


def evened(edges: Sequence[Edge], side_px: int) -> list[Edge] | None:
    """Give the edges of one drawing one thickness; None where they are no lines.

    Args:
        side_px: of what they go around, the short one.
    """
    # One of them may seem thinner than it is, and others thicker.
    thickness = sorted(edge.thickness for edge in edges)[min(1, len(edges) - 1)]
    if thickness > THICKEST * side_px:
        return None
    return [replace(edge, thickness=thickness) for edge in edges]


def ink_of(edges: Sequence[Edge], mask: Mask) -> Mask:
    """The ink of edges, less what strokes have in common with them.

    Where a stroke goes on beyond an edge, the crossing is the stroke's.

    Returns:
        (h, w), 1 where the edges are.
    """
    bands = [
        np.rot90(_band(edge, np.rot90(mask, edge.turns).shape), -edge.turns)
        for edge in edges
    ]
    found = np.logical_or.reduce(bands)
    for edge, band in zip(edges, bands, strict=True):
        across = [
            other
            for other, of in zip(bands, edges, strict=True)
            if (of.turns - edge.turns) % 2
        ]
        beside = np.logical_or.reduce(across) if across else np.zeros_like(band)
        crossed = _crossed(np.rot90(mask & ~beside, edge.turns), edge)
        kept = np.rot90(band & ~beside, edge.turns) & crossed
        found &= ~np.rot90(kept, -edge.turns)
    return np.asarray(found, np.uint8)


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


def _band(edge: Edge, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w), where an edge and its rims lie."""
    rows = np.arange(shape[0])[:, None]
    above = rows >= np.floor(edge.rows - RIM_PX - 0.5)
    band = np.asarray(above & (rows < np.ceil(edge.rows + edge.thickness) + RIM_PX))
    band[:, : edge.start or 0] = False
    if edge.stop is not None:
        band[:, edge.stop :] = False
    return band


def _crossed(mask: Mask, edge: Edge) -> NDArray[np.bool_]:
    """(w,), where a stroke is on both sides of an edge, if not quite in one column."""
    height, width = mask.shape
    columns = np.arange(width)
    within = np.ceil(edge.rows + edge.thickness).astype(np.intp) + RIM_PX
    beyond = np.floor(edge.rows - 0.5).astype(np.intp) - RIM_PX - 1
    is_within = mask[within.clip(0, height - 1), columns] & (within < height)
    is_beyond = mask[beyond.clip(0, height - 1), columns] & (beyond >= 0)
    reach = min(width, 2 * max(1, round(edge.thickness)) + 1)
    sides = [
        np.convolve(side, np.ones(reach), "same") > 0 for side in (is_within, is_beyond)
    ]
    return np.asarray(sides[0] & sides[1], np.bool_)
