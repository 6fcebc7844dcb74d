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
from ml.segmentation import remove_rules

# A fellow's height is between these parts of the digit's, and the middles of both are
# no further apart, up or down, than the last of them: hands are uneven, and lines
# slope. A bracket is taller, a comma smaller.
LEAST_HEIGHT: Final = 0.5
MOST_HEIGHT: Final = 1.8
OFF_THE_LINE: Final = 0.5
# One is enough to tell, but people are shown the number as it was seen.
MOST_LOOKED_AT: Final = 6
# Where less ink is left than this part of the digit's, nobody looks for any: an eighth
# of a thick 8 is a thin 1.
LEAST_INK: Final = 0.1


def fellows(found: Segmented) -> list[Segmented]:
    """Find what may be further digits of the number that a digit is part of.

    Those that meet a border do not count: whoever cuts a digit out of a line cuts
    through those beside it. But where the digit meets the upper or the lower one, the
    picture was cut to a line.

    Returns:
        MOST_LOOKED_AT at most, the largest and most central first.
    """
    least = LEAST_INK * cv2.countNonZero(found.strong & found.digit)
    rest = _beyond(found.digit)
    if cv2.countNonZero(found.strong & rest) <= least:
        return []
    # Once, as what is taken away with a digit leaves gaps in the rules.
    weak = remove_rules(found.weak) & rest
    beside: list[Segmented] = []
    for _ in range(MOST_LOOKED_AT):
        strong = found.strong & weak
        if cv2.countNonZero(strong) <= least:
            break
        other = segmented(found.ink * weak, weak, strong)
        if other is None or other.box.height < LEAST_HEIGHT * found.box.height:
            break
        weak = weak & _beyond(other.digit)
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
    if two.height > MOST_HEIGHT * one.height or _is_cut(found.digit, other.digit):
        return False
    apart = abs(two.top + two.height / 2 - one.top - one.height / 2)
    return apart <= OFF_THE_LINE * one.height


def _is_cut(digit: Mask, other: Mask) -> bool:
    """Whether a border of the picture may cut another piece off."""
    if other[:, [0, -1]].any():
        return True
    return any(other[end].any() and not digit[end].any() for end in (0, -1))
