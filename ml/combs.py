"""Combs to write in: a line with teeth on it, one more than digits.

Lengths are in parts of the gap between two teeth where not in px.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask
from ml.edges import Edge

# A comb has teeth around so many digits.
FEWEST: Final = 2
MOST: Final = 16
# The gap is so many px, and so many times as wide as the line is thick.
LEAST_GAP_PX: Final = 12
THINNEST: Final = 6.0
# The line is seen along so much of it.
SEEN: Final = 0.85
# Teeth are so long: those of a W or a Ш are longer. None is shorter than this part of
# the middle one of them, nor further from where it should be, or so many px.
SHORTEST: Final = 0.15
LONGEST: Final = 1.25
SHORTER: Final = 0.7
OFF: Final = 0.08
OFF_PX: Final = 2
# A tooth is where ink goes up this part of as far as it does near there.
AS_FAR: Final = 0.9
# Soft rims reach so far beyond a tooth.
RIM_PX: Final = 2
# What is written in a comb may be so high.
WRITTEN_HEIGHT: Final = 1.3


@dataclass(frozen=True, slots=True)
class _Ground:
    """The line of a comb, in px of a mask of `shape`.

    Attributes:
        y: (w,) its middle in each column.
        slope: how much further down it is in each column than in the one before.
        lengths: (w,) how far ink goes straight up from it.
        start, stop: between the middles of its first and its last tooth.
    """

    shape: tuple[int, ...]
    y: NDArray[np.float64]
    slope: float
    thickness: float
    lengths: NDArray[np.intp]
    start: float
    stop: float


def teeth_on(mask: Mask, bottom: Edge) -> list[Edge] | None:
    """Find the teeth that divide a line evenly, and stand at its ends.

    Args:
        mask: (h, w), 1 where there is ink, cut to what may be a comb.
        bottom: its lower edge.
    Returns:
        The teeth from left to right, as edges seen from the right; None where there
        are none.
    """
    ground = _ground(mask, bottom)
    if ground is None:
        return None
    for count in range(MOST, FEWEST - 1, -1):
        gap = (ground.stop - ground.start) / count
        if gap < max(LEAST_GAP_PX, THINNEST * ground.thickness):
            continue
        places = ground.start + gap * np.arange(count + 1)
        found = [_tooth_near(ground, place, max(OFF_PX, OFF * gap)) for place in places]
        lengths = np.array([length for _, length in found])
        length = float(np.median(lengths))
        is_long_enough = lengths.min() >= SHORTER * length
        if is_long_enough and SHORTEST * gap <= length <= LONGEST * gap:
            return [_edge(ground, place, length) for place, _ in found]
    return None


def _ground(mask: Mask, bottom: Edge) -> _Ground | None:
    height, width = mask.shape
    # From below, as seen in a mask turned upside down.
    y = height - bottom.rows[::-1] - bottom.thickness / 2
    slope = float(y[-1] - y[0]) / max(1, width - 1)
    x = np.arange(width)
    is_on_line = mask[np.floor(y).astype(np.intp).clip(0, height - 1), x]
    filled = np.flatnonzero(is_on_line)
    if not filled.size or is_on_line[filled[0] : filled[-1] + 1].mean() < SEEN:
        return None
    up = np.arange(height)[:, None]
    rows = np.floor(y - up).astype(np.intp)
    columns = np.floor(x + 0.5 + slope * up).astype(np.intp).clip(0, width - 1)
    thick = np.asarray(cv2.dilate(mask, np.ones((1, 3), np.uint8)), np.uint8)
    is_ink = (rows >= 0) & (thick[rows.clip(0, height - 1), columns] > 0)
    lengths = np.logical_and.accumulate(is_ink, axis=0).sum(axis=0)
    return _Ground(
        mask.shape,
        y,
        slope,
        bottom.thickness,
        np.asarray(lengths, np.intp),
        float(filled[0] + bottom.thickness / 2),
        float(filled[-1] + 1 - bottom.thickness / 2),
    )


def _tooth_near(ground: _Ground, place: float, off: float) -> tuple[float, float]:
    """Where ink goes furthest up near a place, and how far beyond the line."""
    first = max(0, round(place - off))
    near = ground.lengths[first : round(place + off) + 1]
    if not near.size:
        return place, 0.0
    middle = np.flatnonzero(near >= AS_FAR * near.max()).mean()
    return float(first + middle + 0.5), float(near.max() - ground.thickness / 2)


def _edge(ground: _Ground, place: float, length: float) -> Edge:
    height, width = ground.shape
    foot = float(ground.y[min(width - 1, int(place))])
    x = place + ground.slope * (foot - np.arange(height))
    return Edge(
        1,
        np.asarray(width - x - ground.thickness / 2, np.float64),
        ground.thickness,
        start=max(0, round(foot - ground.thickness / 2 - length) - RIM_PX),
        stop=min(height, round(foot) + 1),
    )
