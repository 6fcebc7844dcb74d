"""Rows of drawn 2s."""

import cv2
import numpy as np

from tests.ml.pages import STROKE_OF_2, Grey

HEIGHT_PX = 100
# Where the strokes of the first digit begin; a digit is 65 px wide, less the pen.
LEFT, TOP, WIDTH_PX = 120, 150, 65


def write_2(page: Grey, left: float, top: float, *, height: int = HEIGHT_PX) -> None:
    points = np.array(STROKE_OF_2) * height + (left, top)
    cv2.polylines(page, [points.round().astype(np.int32)], False, 0, 10, cv2.LINE_AA)


def make_row(*gaps: int, top: int = TOP, width: int = 500) -> Grey:
    """2s in a row, with so many px between one and the next."""
    page = np.full((400, width), 255, np.uint8)
    left = LEFT
    write_2(page, left, TOP)
    for gap in gaps:
        left += WIDTH_PX + gap
        write_2(page, left, top)
    return page


def rules(page: Grey) -> None:
    page[25::50] = 120


def squares(page: Grey) -> None:
    page[20::40] = page[:, 20::40] = 150


def base_line(page: Grey) -> None:
    page[TOP + 96 : TOP + 98] = 0


def box_around(page: Grey) -> None:
    cv2.rectangle(page, (70, 100), (400, 300), 0, 6)


# What such rows are written on.
FORMS = (rules, squares, base_line, box_around)
