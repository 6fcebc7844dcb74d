"""The digit's ink in grey values, looked at in one size.

ink -> the digit's pieces; once more for faint strokes, or for finer ones where a patch
of other paper was found.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ml.arrays import Box, Glyph, Grey, Ink, Mask, SoftInk, bounds, crop
from ml.glyphs import RIM_INK, make_glyph, stroke_width
from ml.ink import LEAST_EXTENT_PX, WIDEST_STROKE, extract_ink, thresholds
from ml.segmentation import find_digit

# What turns out wider than this part of the digit's long side is no stroke but a patch
# of other paper; then the search is made again, for strokes of this width at most.
PATCH_STROKE: Final = 0.33
FINE_STROKE: Final = 0.18
# A patch fills at least this part of its box.
PATCH_FILL: Final = 0.4

# Standard deviation of the blur for faint strokes: a part of the short side, and in px
# at least.
BLUR_SHARE: Final = 0.008
LEAST_BLUR_PX: Final = 0.8


@dataclass(frozen=True, slots=True)
class Segmented:
    """The ink of a picture, which of it is the digit, and the digit's box.

    Attributes:
        weak, strong: where there may be ink, and where there surely is.
    """

    ink: Ink
    weak: Mask
    strong: Mask
    digit: Mask
    box: Box

    @property
    def digit_size(self) -> tuple[int, int]:
        return self.box.height, self.box.width

    def soft_ink(self) -> SoftInk:
        """The digit's own ink, cut to its box."""
        own = crop(self.ink, self.box) * crop(self.digit, self.box)
        return own * np.float32(1 / 255)

    def glyph(self) -> Glyph:
        return make_glyph(self.soft_ink())


def search(grey: Grey) -> Segmented | None:
    """Find the digit in (H, W) grey values; None when there is no ink."""
    found = _search_strokes(grey, WIDEST_STROKE)
    if found is None:
        # A faint pencil drowns in the grain of the paper; a stroke outlives a blur
        # that levels the grain.
        found = _search_strokes(_smoothed(grey), WIDEST_STROKE)
    if found is None or not _is_patch(found):
        return found
    finer = _search_strokes(grey, FINE_STROKE)
    return found if finer is None or _is_patch(finer) else finer


def _smoothed(grey: Grey) -> Grey:
    blur_px = max(LEAST_BLUR_PX, BLUR_SHARE * min(grey.shape))
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), blur_px), np.uint8)


def _is_patch(found: Segmented) -> bool:
    digit = crop(found.digit, found.box)
    if cv2.countNonZero(digit) < PATCH_FILL * digit.size:
        return False
    width_px = stroke_width(digit.astype(np.float32))
    return bool(width_px > PATCH_STROKE * max(digit.shape))


def _search_strokes(grey: Grey, widest: float) -> Segmented | None:
    ink = extract_ink(grey, widest=widest)
    if ink is None:
        return None
    return segmented(ink, *thresholds(ink))


def segmented(ink: Ink, weak: Mask, strong: Mask) -> Segmented | None:
    """Find which of the ink is the digit; None where none of it can be.

    Args:
        ink: (H, W) uint8, 0 is paper.
        weak, strong: its `thresholds`.
    """
    digit = find_digit(weak, strong)
    if digit is None:
        return None
    # The soft rim of a stroke belongs to it; a neighbour's ink does not.
    rim = np.asarray(cv2.dilate(digit, np.ones((3, 3), np.uint8)), np.uint8)
    digit = rim & (digit | (1 - weak))
    box = bounds(np.asarray(digit * (ink > RIM_INK), np.uint8))
    if box is None or max(box.width, box.height) < LEAST_EXTENT_PX:
        return None
    return Segmented(ink, weak, strong, digit, box)
