"""A digit with a ring or a box drawn around it: what is within is the digit.

Else the ring, which is larger, passes for a 0.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask

# Seen from the middle of what is within, ink is in so many of these directions: a pen
# that draws a ring may begin and end an eighth of the way apart.
DIRECTIONS: Final = 48
LEAST_AROUND: Final = 0.85
# So much of a ring's ink is no further from the edge of its hull than this part of the
# short side. Digits whose outlines alone are drawn go around their own holes, but have
# dents: with this rule 17 of 400 are read wrongly and surely, and not 25.
ALONG_EDGE: Final = 0.95
FROM_EDGE: Final = 0.2
# Where the hull fills so much of the rectangle around, it is a box; of an oval it is
# 0.79. A ring is as wide as this part of its height at least: a narrower one with a
# stroke in it is a 0, and a rounder one may be, if the stroke slants by so much.
BOX: Final = 0.88
NARROWEST_RING: Final = 0.8
SLANTING_DEG: Final = 30.0
# A stroke is so many times as long as it is wide.
STROKE: Final = 4.0
# The largest piece within is as long as this part of the ring's long side at least: a
# dot in a 0 is not. A pale one may be a stain in a 0, so it is to be longer.
LEAST_LENGTH: Final = 0.3
LEAST_LENGTH_OF_PALE: Final = 0.45
# Soft rims reach so far around strong ink, to either side.
RIM_PX: Final = 2


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What stands apart within a ring or a box.

    Attributes:
        ink: (H, W), 1 where there is some.
        is_slash: whether it is a stroke in a ring, as in a 0 that is crossed out.
    """

    ink: Mask
    is_slash: bool


def goes_around(digit: Mask) -> bool:
    """Whether ink goes around its own middle; most digits have nothing there."""
    height, width = digit.shape
    # Every second pixel shows as much.
    some = np.ascontiguousarray(digit[::2, ::2])
    return _is_around(some, width / 4, height / 4)


def enclosed(digit: Mask, weak: Mask, strong: Mask) -> Enclosed | None:
    """Find what stands apart within a ring or a box; None where nothing does.

    Args:
        digit: (H, W), 1 where there is ink that may be the digit's; it goes around.
        weak: (H, W), 1 where there may be ink: all of a pale digit in a bold ring.
        strong: (H, W), 1 where there surely is: soft rims may run into one.
    """
    within = _within_ring(digit, LEAST_LENGTH)
    if within is not None:
        return within
    core = _within_ring(digit & strong, LEAST_LENGTH)
    if core is not None:
        side = 2 * RIM_PX + 1
        rims = np.asarray(cv2.dilate(core.ink, np.ones((side, side))), np.uint8)
        return Enclosed(digit & rims, core.is_slash)
    return _within_ring(weak, LEAST_LENGTH_OF_PALE)


def is_box(digit: Mask) -> bool:
    """Whether what goes around is a box, as forms have them around a digit."""
    hull = _hull(digit)
    is_full = cv2.contourArea(hull) >= BOX * digit.size
    return is_full and _is_along_edge(digit, hull)


def _hull(line: Mask) -> NDArray[np.int32]:
    return np.asarray(cv2.convexHull(cv2.findNonZero(line)), np.int32)


def _within_ring(ink: Mask, least_length: float) -> Enclosed | None:
    """The pieces within the largest one, if that is a ring around one of them."""
    count, labels, stats, middles = cv2.connectedComponentsWithStats(ink)
    if count < 3:
        return None  # Paper and one piece.
    left, top, width, height, _ = stats.T
    right, bottom = left + width, top + height
    ring = 1 + int((width * height)[1:].argmax())
    is_within = (
        (left > left[ring])
        & (right < right[ring])
        & (top > top[ring])
        & (bottom < bottom[ring])
    )
    is_within[0] = False  # Paper.
    lengths = np.maximum(width, height)
    largest = int((lengths * is_within).argmax())
    if not is_within[largest] or lengths[largest] < least_length * lengths[ring]:
        return None
    line = np.asarray(labels == ring, np.uint8)
    if not _is_around(line, *middles[largest]):
        return None
    hull = _hull(line)
    fullness = cv2.contourArea(hull) / (width[ring] * height[ring])
    is_box = fullness >= BOX
    is_wide = width[ring] >= NARROWEST_RING * height[ring]
    if not (is_box or is_wide) or not _is_along_edge(line, hull):
        return None
    is_slash = not is_box and _is_slash(np.asarray(labels == largest, np.uint8))
    return Enclosed(np.asarray(is_within[labels], np.uint8), is_slash)


def _is_around(line: Mask, x: float, y: float) -> bool:
    """Whether a line is seen in most directions from a place, in px of its mask."""
    rows, columns = np.nonzero(line)
    turns = np.arctan2(rows - y, columns - x) / (2 * np.pi) + 1
    seen = np.bincount((turns * DIRECTIONS).astype(np.int64) % DIRECTIONS)
    return bool(np.count_nonzero(seen) >= LEAST_AROUND * DIRECTIONS)


def _is_along_edge(line: Mask, hull: NDArray[np.int32]) -> bool:
    """Whether a line goes along the edge of its hull, as rings and boxes do."""
    whole = np.zeros(np.add(line.shape, 2), np.uint8)
    cv2.fillConvexPoly(whole, hull + 1, 1)
    away = cv2.distanceTransform(whole, cv2.DIST_L2, 3)[1:-1, 1:-1]
    is_near = away[line.view(np.bool_)] <= FROM_EDGE * min(line.shape)
    return bool(is_near.mean() >= ALONG_EDGE)


def _is_slash(piece: Mask) -> bool:
    """Whether it is a stroke that goes from lower left to upper right."""
    moments = cv2.moments(piece, binaryImage=True)
    along = moments["mu20"] - moments["mu02"]
    spread = np.hypot(along, 2 * moments["mu11"])
    both = moments["mu20"] + moments["mu02"]
    if both + spread < STROKE**2 * (both - spread):
        return False
    # From the horizontal; y points down.
    turn_deg = np.degrees(np.arctan2(-2 * moments["mu11"], along)) / 2
    return bool(turn_deg > 0 and 90 - turn_deg > SLANTING_DEG)
