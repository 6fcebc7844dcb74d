"""A digit with a ring or a box drawn around it: what is within is the digit.

Else the ring, which is larger, passes for a 0.
"""

from typing import Final

import cv2
import numpy as np

from ml.arrays import Mask

# Seen from the middle of what is within, ink is in so many of these directions; a pen
# that draws a ring may begin and end apart.
DIRECTIONS: Final = 48
LEAST_AROUND: Final = 0.85
# What goes around is a line: it fills no more of what it encloses, itself included. It
# is a box if that fills the rectangle around so far. A ring is as wide as this part of
# its height at least: a narrower one may be a 0 with a stroke through it.
MOST_INK: Final = 0.5
BOX: Final = 0.88
NARROWEST_RING: Final = 0.8
# The largest piece within is as long as this part of the ring's long side at least: a
# dot in a 0 is not.
LEAST_LENGTH: Final = 0.3
# Of strong ink.
RIMS_PX: Final = 5


def enclosed(digit: Mask, weak: Mask, strong: Mask) -> Mask | None:
    """Find what stands apart within a ring or a box.

    Args:
        digit: (H, W), 1 where there is ink that may be the digit's.
        weak: (H, W), 1 where there may be ink: all of a faint digit in a bold ring.
        strong: (H, W), 1 where there surely is: soft rims may run into one.
    Returns:
        (H, W), 1 where there is ink within; None where nothing is enclosed.
    """
    height, width = digit.shape
    # Most digits have nothing around their middle, which every second pixel shows.
    some = np.ascontiguousarray(digit[::2, ::2])
    if not _is_around(some, width / 4, height / 4):
        return None
    within = _within_ring(digit)
    if within is not None:
        return within
    core = _within_ring(digit & strong)
    if core is not None:
        rims = np.asarray(cv2.dilate(core, np.ones((RIMS_PX, RIMS_PX))), np.uint8)
        return digit & rims
    return _within_ring(weak)


def _within_ring(ink: Mask) -> Mask | None:
    """The pieces within the largest one, if that is a ring around one of them."""
    count, labels, stats, middles = cv2.connectedComponentsWithStats(ink)
    if count < 3:
        return None
    left, top, width, height, _ = stats.T
    right, bottom = left + width, top + height
    # Label 0 is paper.
    ring = 1 + int((width * height)[1:].argmax())
    is_within = (
        (left > left[ring])
        & (right < right[ring])
        & (top > top[ring])
        & (bottom < bottom[ring])
    )
    lengths = np.maximum(width, height)
    within = np.where(is_within, lengths, 0)
    within[0] = 0
    largest = int(within.argmax())
    if within[largest] < LEAST_LENGTH * lengths[ring]:
        return None
    line = np.asarray(labels == ring, np.uint8)
    if not _is_ring(line) or not _is_around(line, *middles[largest]):
        return None
    return np.asarray((within > 0)[labels], np.uint8)


def _is_ring(line: Mask) -> bool:
    """Whether it can be a ring or a box, were it closed."""
    outline = cv2.convexHull(cv2.findNonZero(line))
    area = cv2.contourArea(outline)
    _, _, width, height = cv2.boundingRect(outline)
    if cv2.countNonZero(line) > MOST_INK * area:
        return False
    return area >= BOX * width * height or width >= NARROWEST_RING * height


def _is_around(line: Mask, x: float, y: float) -> bool:
    """Whether it is seen from a place in most directions."""
    rows, columns = np.nonzero(line)
    turns = np.arctan2(rows - y, columns - x) / (2 * np.pi)
    seen = np.bincount(((turns + 1) * DIRECTIONS).astype(np.int64) % DIRECTIONS)
    return bool(np.count_nonzero(seen) >= LEAST_AROUND * DIRECTIONS)
