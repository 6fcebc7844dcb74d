"""Pages with bars for digits, and networks that see what they are told."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ml.chains import Read
from ml.ink import depth_of_ink, thresholds
from ml.lines import Line, line_of
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.search import segmented
from tests.ml.pages import Grey


def line_of_row(page: Grey) -> Line:
    depth = depth_of_ink(page)
    assert depth is not None
    ink = depth.as_ink()
    found = segmented(ink, *thresholds(ink))
    assert found is not None
    line = line_of(found)
    assert line is not None
    return line


def reader(
    see: Callable[[NDArray[np.uint8]], float], *, else_: int = NOT_A_DIGIT_LABEL
) -> Read:
    """A network to which everything is a 7, as likely as `see` says, or something else.

    Args:
        see: given the glyph.
        else_: what it is if it is no 7.
    """

    def read(glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
        likely = np.array([see(glyph) for glyph in glyphs])
        rows = np.zeros((len(glyphs), NOT_A_DIGIT_LABEL + 1))
        rows[:, 7] = likely
        rows[:, else_] = 1 - likely
        return rows

    return read


def bars(*places: tuple[int, int, int, int], width: int = 500) -> Grey:
    """A page with filled rectangles at (left, top, width, height)."""
    page = np.full((300, width), 255, np.uint8)
    for left, top, across, down in places:
        page[top : top + down, left : left + across] = 0
    return page


def upright(*lefts: int) -> Sequence[tuple[int, int, int, int]]:
    return [(left, 100, 14, 80) for left in lefts]


def is_one_bar(glyph: NDArray[np.uint8]) -> bool:
    columns = np.concatenate(([False], glyph.sum(axis=0, dtype=int) > 1500))
    return int((columns[1:] & ~columns[:-1]).sum()) == 1
