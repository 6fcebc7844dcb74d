"""Pictures that were cut to their digit: it gets its paper back.

Where ink comes near all four borders there is no telling a bar of a 7 from a rule of
the paper, a 1 from the edge of a scan, and paper from ink. With paper around, all of
that is as it is on a page.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Grey, Mask
from ml.histograms import histogram_of, otsu
from ml.ink import is_light_on_dark
from ml.papers import paper_beyond
from ml.pieces import Piece, connected

# Ink and paper are so many grey levels apart, on the mean, and so well parted (Otsu's
# measure, of which an even gradient has 0.75).
LEAST_CONTRAST: Final = 8
CLEARLY_PARTED: Final = 0.8
# The digit comes as near to all borders as this part of the long side, is so much of
# the ink, and is hardly wider than high.
GAP: Final = 0.05
INK_SHARE: Final = 0.8
WIDEST: Final = 1.2
# Its strokes are no wider than this part of its long side, and do not fill its box.
WIDEST_STROKE: Final = 0.3
FULLEST: Final = 0.8
# Ink along more of the outline is a frame, or paper; but a 1 in a narrow picture.
MOST_OUTLINE: Final = 0.45
MOST_OUTLINE_OF_1: Final = 0.85
NARROW: Final = 0.55
# Ink along so much of two borders that meet is rules, or the edge of a scan.
BORDER: Final = 0.9
# So often ink begins along the outline, at most; on paper with squares more often.
MOST_CONTACTS: Final = 6
# Paper is laid around, as wide as this part of the long side, and at least so wide.
MARGIN: Final = 0.25
LEAST_MARGIN_PX: Final = 4


@dataclass(frozen=True, slots=True)
class Mounted:
    """A picture with paper around it.

    Attributes:
        grey: (H + 2 * margin_px, W + 2 * margin_px) grey values.
    """

    grey: Grey
    margin_px: int

    def in_picture(self, box: Box) -> Box:
        """A box in this, in px of the picture; what lies on the margin is left out."""
        height, width = (side - 2 * self.margin_px for side in self.grey.shape)
        left = min(max(0, box.left - self.margin_px), width - 1)
        top = min(max(0, box.top - self.margin_px), height - 1)
        right = min(width, box.left + box.width - self.margin_px)
        bottom = min(height, box.top + box.height - self.margin_px)
        return Box(left, top, max(1, right - left), max(1, bottom - top))


def may_be_cut_out(grey: Grey) -> bool:
    """Whether there can be ink near all borders; most pictures have paper there.

    A bar of the digit may fill one of the strips.

    Args:
        grey: (H, W), of any size.
    """
    if grey.shape[1] > WIDEST * grey.shape[0]:
        return False
    ends = (cv2.minMaxLoc(end) for end in _ends(grey))
    return sum(high - low >= LEAST_CONTRAST for low, high, *_ in ends) > 1


def mounted(grey: Grey) -> Mounted | None:
    """Lay paper around a picture that was cut to its digit; None if it was not.

    Args:
        grey: (H, W), of the size at which digits are searched.
    """
    level, contrast, parted = otsu(histogram_of(grey))
    if contrast < LEAST_CONTRAST or parted < CLEARLY_PARTED:
        return None
    light = np.asarray(cv2.threshold(grey, level, 1, cv2.THRESH_BINARY)[1], np.uint8)
    inks = [ink for ink in (light, 1 - light) if _is_cut_to(ink)]
    if not inks:
        return None
    ink = inks[0] if len(inks) == 1 else inks[0 if is_light_on_dark(grey) else 1]
    return _with_margin(grey, ink)


def _ends(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The strips along the four borders."""
    gap = _gap_px(pixels)
    return [pixels[:gap], pixels[-gap:], pixels[:, :gap], pixels[:, -gap:]]


def _gap_px(pixels: NDArray[np.uint8]) -> int:
    height, width = pixels.shape
    return max(1, int(GAP * max(height, width) + 0.5))


def _is_cut_to(ink: Mask) -> bool:
    """Whether this ink is that of a digit which fills the picture."""
    if not all(end.any() for end in _ends(ink)) or not _is_outline_of_digit(ink):
        return False
    _, areas, pieces = connected(ink, ink)
    piece = pieces[0]
    return (
        piece.area >= INK_SHARE * int(areas.sum())
        and piece.area <= FULLEST * piece.width * piece.height
        and _reaches_all_borders(piece, ink)
        and _stroke_px(ink) <= WIDEST_STROKE * max(ink.shape)
    )


def _is_outline_of_digit(ink: Mask) -> bool:
    """Whether along the border there is as much ink as where a digit is cut out."""
    top, bottom, left, right = (
        float(side.mean()) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1])
    )
    if max(top, bottom) > BORDER and max(left, right) > BORDER:
        return False
    outline = np.concatenate((ink[0], ink[1:, -1], ink[-1, -2::-1], ink[-2:0:-1, 0]))
    height, width = ink.shape
    most = MOST_OUTLINE_OF_1 if width <= NARROW * height else MOST_OUTLINE
    begins = (outline == 1) & (np.roll(outline, 1) == 0)
    return bool(outline.mean() <= most and begins.sum() <= MOST_CONTACTS)


def _reaches_all_borders(piece: Piece, ink: Mask) -> bool:
    gap, (height, width) = _gap_px(ink), ink.shape
    away = piece.left, piece.top, width - piece.right, height - piece.bottom
    return bool(max(away) < gap)


def _stroke_px(ink: Mask) -> float:
    """Twice the area for its rims' length."""
    padded = np.pad(ink, 1)
    across = int((padded[:, 1:] ^ padded[:, :-1]).sum())
    down = int((padded[1:] ^ padded[:-1]).sum())
    return 2 * float(ink.sum()) / max(1, across + down)


def _with_margin(grey: Grey, ink: Mask) -> Mounted:
    """Lay paper around that is lit as the paper within, by a plane through it."""
    height, width = grey.shape
    margin = max(LEAST_MARGIN_PX, round(MARGIN * max(height, width)))
    # The soft rim of the ink is no paper, where there is any without.
    paper = np.asarray(1 - cv2.dilate(ink, np.ones((3, 3), np.uint8)), np.uint8)
    whole = paper_beyond(grey, paper if paper.any() else 1 - ink, margin)
    whole[margin : margin + height, margin : margin + width] = grey
    return Mounted(whole, margin)
