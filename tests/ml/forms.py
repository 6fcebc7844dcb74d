"""Forms to write in: rows of boxes, boxes apart, combs and long boxes, with 2s."""

from collections.abc import Sequence

import cv2
import numpy as np

from tests.ml.pages import Grey
from tests.ml.rows import WIDTH_PX, write_2

# Boxes of 110x150 px, the first of them here, with a 2 of 100 px in the middle.
LEFT, TOP, WIDE_PX, HIGH_PX = 60, 120, 110, 150
PEN_PX = 6


def line(page: Grey, start: tuple[int, int], stop: tuple[int, int], ink: int) -> None:
    cv2.line(page, start, stop, ink, PEN_PX)


def row(page: Grey, boxes: int, *, ink: int = 0) -> None:
    bottom, right = TOP + HIGH_PX, LEFT + boxes * WIDE_PX
    cv2.rectangle(page, (LEFT, TOP), (right, bottom), ink, PEN_PX)
    for x in range(LEFT + WIDE_PX, right, WIDE_PX):
        line(page, (x, TOP), (x, bottom), ink)


def apart(page: Grey, boxes: int, *, ink: int = 0) -> None:
    for left in range(LEFT, LEFT + boxes * WIDE_PX, WIDE_PX):
        right, bottom = left + 97, TOP + HIGH_PX
        cv2.rectangle(page, (left + 3, TOP), (right, bottom), ink, PEN_PX)


def comb(page: Grey, boxes: int, *, ink: int = 0) -> None:
    bottom, right = TOP + HIGH_PX, LEFT + boxes * WIDE_PX
    line(page, (LEFT, bottom), (right, bottom), ink)
    for x in range(LEFT, right + 1, WIDE_PX):
        line(page, (x, bottom - 50), (x, bottom), ink)


def long_box(page: Grey, boxes: int, *, ink: int = 0) -> None:
    corner = LEFT + boxes * WIDE_PX, TOP + HIGH_PX
    cv2.rectangle(page, (LEFT, TOP), corner, ink, PEN_PX)


def cut_box(page: Grey, boxes: int, *, ink: int = 0) -> None:
    """A long box that goes on beyond the right border."""
    cv2.rectangle(page, (LEFT, TOP), (5000, TOP + HIGH_PX), ink, PEN_PX)


def blank(page: Grey, boxes: int, *, ink: int = 0) -> None:
    """No form at all."""


FORMS = (row, apart, comb, long_box, cut_box)


def make_form(
    draw, boxes: int, filled: Sequence[int], *, ink: int = 0, down_px: int = 0
) -> Grey:
    """A page with boxes and a 2 in some of them."""
    page = np.full((420, 2 * LEFT + boxes * WIDE_PX), 255, np.uint8)
    draw(page, boxes, ink=ink)
    for place in filled:
        left = LEFT + place * WIDE_PX + (WIDE_PX - WIDTH_PX) // 2 - 4
        write_2(page, left, TOP + 25 + down_px)
    return page
