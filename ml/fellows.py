"""Other digits in line with the one that was found.

One digit is read in a picture. Of a number that would be any one of its digits, and the
network, which sees that one alone, would be sure of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from ml.arrays import Mask, union
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
# A picture was cut to a line if it is as wide as so many times its height, and its
# digit as high as this part of it.
WIDE: Final = 1.25
HIGH: Final = 0.5
# What meets the border there is more than a slice of a digit if it is so wide, as a
# part of its height.
NARROWEST: Final = 0.45
# Where less ink is left than this part of the digit's, nobody looks for any: an eighth
# of a thick 8 is a thin 1.
LEAST_INK: Final = 0.1


def fellows(found: Segmented) -> list[Segmented]:
    """Find what may be further digits of the number that a digit is part of.

    Those that meet a border do not count: whoever cuts a digit out of a line cuts
    through those beside it. But what was cut to a line has whole digits at its ends;
    and where the digit meets the upper or the lower border, that cuts through none.

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
    box = union([found.box, *(other.box for other in others)])
    return replace(found, digit=digit, box=box)


def _beyond(digit: Mask) -> Mask:
    """All but the digit and its soft rim."""
    return 1 - np.asarray(cv2.dilate(digit, np.ones((3, 3), np.uint8)), np.uint8)


def _is_in_line(found: Segmented, other: Segmented) -> bool:
    one, two = found.box, other.box
    if two.height > MOST_HEIGHT * one.height:
        return False
    is_whole = _is_cut_to_line(found) and two.width >= NARROWEST * two.height
    if not is_whole and _is_cut(found.digit, other.digit):
        return False
    apart = abs(two.top + two.height / 2 - one.top - one.height / 2)
    return apart <= OFF_THE_LINE * one.height


def _is_cut_to_line(found: Segmented) -> bool:
    """Whether a picture is hardly higher than its digit, but wider."""
    height, width = found.ink.shape
    return bool(width >= WIDE * height and found.box.height >= HIGH * height)


def _is_cut(digit: Mask, other: Mask) -> bool:
    """Whether a border of the picture may cut another piece off."""
    if other[:, [0, -1]].any():
        return True
    return any(other[end].any() and not digit[end].any() for end in (0, -1))
