"""Several digits in a line: which of its parts are which digit.

Every run of parts may be a digit, and the network says how likely. The likeliest chain
of digits is the number; what is none is left out before it and behind. Where a part is
no clear digit, it is cut, and the chain is looked for again. Lengths are in parts of
the line's height.

Source: R. Casey, E. Lecolinet, "A survey of methods and strategies in character
segmentation", 1996 (to cut in several ways and let the recogniser decide).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ml.arrays import Box
from ml.chains import CLEAR, Chain, Known, NumberDigit, Read, likeliest
from ml.lines import Line, Part
from ml.runs import runs_of

LEAST_DIGITS: Final = 2
MOST_DIGITS: Final = 64
# Less likely ones are none.
LEAST_LIKELY: Final = 0.35
# Of 900 made-up numbers 360 are as likely, and clear: 358 of them are read rightly.
SURE: Final = 0.98

# A part is cut where what it belongs to is no clear digit, if it is so wide; and
# from that width on in any case: of two 2s that touch, some make a fine 2. More than so
# many are a scribble.
LEAST_CUT: Final = 0.35
ALWAYS_CUT: Final = 1.5
MOST_CUT: Final = 12
# One piece of ink alone is cut if it is so wide: few letters are. It must be so likely
# a number, and so must one digit be with something beside it. Of several digits with
# something beside them less is asked: of 300 made-up words 13 % are numbers, not 17 %.
WIDE_ALONE: Final = 1.5
LIKELY_ALONE: Final = 0.5
LIKELY_BESIDE: Final = 0.3
# Digits that stand further apart may be two numbers.
FAR_APART: Final = 2.0


@dataclass(frozen=True, slots=True)
class Number:
    """The likeliest chain of digits in a line.

    Attributes:
        digits: from left to right.
        confidence: how likely all are parted and read rightly.
        is_clear: there are several, no stroke was cut, nothing is left out, and no
            digit stands far from the others.
        is_cut: a stroke was cut, or is by a border of the picture.
    """

    digits: tuple[NumberDigit, ...]
    confidence: float
    is_clear: bool
    is_cut: bool = False

    @property
    def is_sure(self) -> bool:
        return self.is_clear and self.confidence >= SURE

    def trusted(self, trust: float) -> "Number":
        """The same, if of numbers that are found so only this part is right."""
        return replace(self, confidence=trust * self.confidence)


def read_number(line: Line, read: Read, *, may_be_one: bool = False) -> Number | None:
    """Read the digits of a line.

    Args:
        line: as it was found, not cut.
        read: (n, 11) calibrated probabilities of (n, 28, 28) glyphs.
        may_be_one: whether it was likely one digit at first sight: then its pieces may
            be parts of one, also where each is a clear digit by itself.
    Returns:
        The digits: one only beside something else, or of several pieces. None where
        there are none.
    """
    widest = max((p.box.width for p in line.parts if not p.is_low), default=0)
    if _is_one_piece(line) and widest < WIDE_ALONE * line.height_px:
        return None
    known = Known(read, may_be_one)
    runs = runs_of(line)
    if runs is None:
        return None
    chain = likeliest(line, runs, known)
    unclear = [] if line.is_parted else _unclear(line, chain)
    if 0 < len(unclear) <= MOST_CUT:
        parted = line.cut(unclear)
        more = runs_of(parted)
        better = more and likeliest(parted, more, known)
        if better:
            line, chain = parted, better
    if chain is None or not 1 <= len(chain.links) <= MOST_DIGITS:
        return None
    if not line.is_parted and any(
        link.digit.likelihood < LEAST_LIKELY for link in chain.links
    ):
        return None
    number = _number(line, chain)
    return number if number.confidence >= _needed(line, chain, number) else None


def _needed(line: Line, chain: Chain, number: Number) -> float:
    """How likely a number must be, given what it was read in."""
    is_alone, is_one = _is_one_piece(line), len(number.digits) < LEAST_DIGITS
    if is_one and (is_alone or number.is_cut):
        return math.inf
    if is_one or is_alone:
        return LIKELY_ALONE
    high = (part.label for part in line.parts if not part.is_low)
    return 0.0 if _taken(chain).issuperset(high) else LIKELY_BESIDE


def _is_one_piece(line: Line) -> bool:
    """Whether all that is not low hangs together, or did before it was cut."""
    pieces = [part for part in line.parts if not part.is_low and part.before is None]
    return len(pieces) < LEAST_DIGITS


def _unclear(line: Line, chain: Chain | None) -> list[Part]:
    """The parts that should be cut, as they belong to no clear digit or are wide."""
    clear: set[int] = set()
    for link in chain.links if chain else ():
        if link.digit.likelihood >= CLEAR:
            clear.update(link.run.key)
    least = {
        part.label: ALWAYS_CUT if part.label in clear else LEAST_CUT
        for part in line.parts
    }
    return [
        part
        for part in line.parts
        if not part.is_low and part.box.width > least[part.label] * line.height_px
    ]


def _number(line: Line, chain: Chain) -> Number:
    digits = tuple(link.digit for link in chain.links)
    confidence = chain.share * math.prod(digit.likelihood for digit in digits)
    is_cut = _is_cut(line, chain)
    doubts = (
        is_cut,
        # Another way to see one digit, chosen for being likely.
        len(digits) < LEAST_DIGITS,
        _leaves_out(line, chain),
        not line.is_parted and _is_far(line, chain),
    )
    return Number(digits, confidence, is_clear=not any(doubts), is_cut=is_cut)


def _taken(chain: Chain) -> set[int]:
    """The parts that are in a digit, by their labels."""
    return {label for link in chain.links for label in link.run.key}


def _leaves_out(line: Line, chain: Chain) -> bool:
    """Whether there is ink that is in no digit, or may be in none, as a comma may."""
    taken = _taken(chain)
    high = [part.box for part in line.parts if not part.is_low]
    return line.has_more_beside or any(
        part.label not in taken or (part.is_low and _is_beside(part.box, high))
        for part in line.parts
    )


def _is_beside(box: Box, others: Sequence[Box]) -> bool:
    """Whether none of the others is above or below half of it."""
    shared = (
        min(box.left + box.width, other.left + other.width) - max(box.left, other.left)
        for other in others
    )
    return max(shared) < box.width / 2


def _is_cut(line: Line, chain: Chain) -> bool:
    """Whether a border or a cut goes through a digit."""
    digit_of = {
        label: place for place, link in enumerate(chain.links) for label in link.run.key
    }
    return any(
        part.is_cut_off
        or (
            part.before is not None
            and digit_of.get(part.before) != digit_of.get(part.label)
        )
        for part in line.parts
    )


def _is_far(line: Line, chain: Chain) -> bool:
    boxes = [link.digit.box for link in chain.links]
    gaps = (
        after.left - before.left - before.width for before, after in pairwise(boxes)
    )
    return max(gaps, default=0) > FAR_APART * line.height_px
