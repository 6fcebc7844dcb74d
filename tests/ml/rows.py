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
