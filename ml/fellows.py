"""Other digits in line with the one that was found.

One digit is read in a picture. Of a number that would be any one of its digits, and the
network, which sees that one alone, would be sure of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from ml.arrays import Box, Mask
from ml.search import Segmented, segmented

# A fellow's height is between these parts of the digit's, and the middles of both are
# no further apart, up or down, than the last of them: 1s are tall, and lines slope.
LEAST_HEIGHT: Final = 0.5
MOST_HEIGHT: Final = 2.0
OFF_THE_LINE: Final = 0.5
# So much of the narrower one may lie above or below the other: slanted digits overlap,
# and the bar of a 5 that its scribe forgot to join stands above it.
OVERLAP: Final = 0.5
# One is enough to tell, but people are shown the number as it was seen.
MOST_LOOKED_AT: Final = 6
# Where less ink is left than this part of the digit's, nobody looks for any: an eighth
# of a thick 8 is a thin 1.
LEAST_INK: Final = 0.1


def fellows(found: Segmented) -> list[Segmented]:
    """Find what may be further digits of the number that a digit is part of.

    Those that the border cuts off do not count: whoever cuts a digit out of a line cuts
    through those beside it.

    Returns:
        MOST_LOOKED_AT at most, the largest and most central first.
    """
    least = LEAST_INK * cv2.countNonZero(found.strong & found.digit)
    rest = _beyond(found.digit)
    beside: list[Segmented] = []
    for _ in range(MOST_LOOKED_AT):
        strong = found.strong & rest
        if cv2.countNonZero(strong) <= least:
            break
        other = segmented(found.ink * rest, found.weak & rest, strong)
        if other is None:
            break
        rest = rest & _beyond(other.digit)
        if _is_in_line(found, other):
            beside.append(other)
    return beside


def together(found: Segmented, others: Sequence[Segmented]) -> Segmented:
    """The whole number, as if it were one digit."""
    digit = np.maximum.reduce([found.digit, *(other.digit for other in others)])
    boxes = [found.box, *(other.box for other in others)]
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    box = Box(left, top, right - left, bottom - top)
    return replace(found, digit=digit, box=box)


def _beyond(digit: Mask) -> Mask:
    """All but the digit and its soft rim."""
    return 1 - np.asarray(cv2.dilate(digit, np.ones((3, 3), np.uint8)), np.uint8)


def _is_in_line(found: Segmented, other: Segmented) -> bool:
    one, two = found.box, other.box
    if _is_cut(two, found.digit.shape):
        return False
    if not LEAST_HEIGHT <= two.height / one.height <= MOST_HEIGHT:
        return False
    apart = abs(two.top + two.height / 2 - one.top - one.height / 2)
    if apart > OFF_THE_LINE * one.height:
        return False
    right = min(one.left + one.width, two.left + two.width)
    common = right - max(one.left, two.left)
    return common <= OVERLAP * min(one.width, two.width)


def _is_cut(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a border of the picture cuts off what is in the box."""
    height, width = shape
    right, bottom = box.left + box.width, box.top + box.height
    return min(box.left, box.top) == 0 or right == width or bottom == height
