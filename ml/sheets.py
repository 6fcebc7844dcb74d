"""A sheet on a table, a canvas in a window: what is around it becomes paper, too.

Else the sheet passes for light ink on a dark page, and a black canvas for dark ink.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ml.arrays import Box, Grey, Mask, bounds
from ml.histograms import histogram_of, otsu
from ml.papers import paper_beyond

# A sheet is looked for at this size, or up to twice as large.
SIDE_PX: Final = 80
# So many grey levels lighter or darker than what is around it, on the mean, which is
# most of what is at the border.
LEAST_CONTRAST: Final = 25
MOST_AT_BORDER: Final = 0.5
# It takes so much of the picture, fills the least rectangle around it so far, and is no
# narrower: a bold 1 is.
LEAST_AREA: Final = 0.12
RECTANGLE: Final = 0.85
NARROWEST: Final = 0.4
# So much of it is bare: of an 8 in bold squares two thirds are light.
LEAST_PAPER: Final = 0.75
# What is written on it differs from its paper by so many standard deviations, and
# takes so much of it.
UNLIKE: Final = 4.0
LEAST_INK: Final = 0.001
# It ends before all borders of the picture but one: half a page in the sun does not.
MOST_BORDERS: Final = 1
# Its rim goes, too: a shadow, or the edge of the paper, in parts of the picture's side.
RIM: Final = 0.02


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture of a sheet alone.

    Attributes:
        grey: (H, W) grey values, of which what is not the sheet is as light as it.
        box: the smallest around the sheet.
        is_bare: whether nothing is on it.
    """

    grey: Grey
    box: Box
    is_bare: bool


def sheet_of(grey: Grey) -> Sheet | None:
    """Find the sheet, or the board, that lies in a picture; None where there is none.

    Args:
        grey: (H, W).
    """
    step = max(grey.shape) // SIDE_PX
    if step < 2:
        return None
    small = np.ascontiguousarray(grey[::step, ::step])
    level, contrast, _ = otsu(histogram_of(small))
    if contrast < LEAST_CONTRAST:
        return None
    lit = np.asarray(cv2.threshold(small, level, 1, cv2.THRESH_BINARY)[1], np.uint8)
    # What is around is of the other shade, or most of it.
    bare = lit if _border_mean(lit) < MOST_AT_BORDER else 1 - lit
    sheet = None if _border_mean(bare) > MOST_AT_BORDER else _sheet(bare)
    if sheet is None:
        return None
    height, width = grey.shape
    within, paper = (
        np.asarray(np.repeat(np.repeat(each, step, 0), step, 1)[:height, :width])
        for each in (sheet, sheet & bare)
    )
    box = bounds(within)
    if box is None:
        return None
    whole = np.where(within, grey, paper_beyond(grey, paper))
    return Sheet(np.asarray(whole, np.uint8), box, _is_bare(small, sheet, sheet & bare))


def _is_bare(grey: Grey, sheet: Mask, paper: Mask) -> bool:
    """Whether no more of the sheet is unlike paper than by chance.

    Where the sheet ends and paper is made up, there is a step of a few grey levels,
    which would pass for ink on a bare sheet.
    """
    away = grey.astype(np.float32) - paper_beyond(grey, paper)
    spread = float(away[paper.view(np.bool_)].std())
    unlike = np.abs(away[sheet.view(np.bool_)]) > UNLIKE * max(spread, 1.0)
    return bool(unlike.mean() < LEAST_INK)


def _border_mean(mask: Mask) -> float:
    ends = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    return float(np.concatenate(ends).mean())


def _sheet(bare: Mask) -> Mask | None:
    """Where the sheet is, without its rim; None if what may be bare paper is none."""
    contours, _ = cv2.findContours(bare, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    outline = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    (_, sides, _) = cv2.minAreaRect(outline)
    if area < LEAST_AREA * bare.size or area < RECTANGLE * sides[0] * sides[1]:
        return None
    if min(sides) < NARROWEST * max(sides):
        return None
    whole = np.zeros_like(bare)
    cv2.drawContours(whole, [outline], -1, 1, cv2.FILLED)
    if np.count_nonzero(bare & whole) < LEAST_PAPER * np.count_nonzero(whole):
        return None
    ends = whole[0], whole[-1], whole[:, 0], whole[:, -1]
    if sum(bool(end.any()) for end in ends) > MOST_BORDERS:
        return None
    rim = 2 * max(1, round(RIM * max(bare.shape))) + 1
    # The border of the picture is no rim.
    return np.asarray(cv2.erode(whole, np.ones((rim, rim), np.uint8)), np.uint8)
