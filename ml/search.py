"""The digit's ink in grey values, looked at in one size.

ink -> the digit's pieces; at the level of what is pale where nothing but edges, rules
or a box is bold; once more for faint strokes, or for finer ones where a patch of other
paper was found.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from ml.arrays import Box, Glyph, Grey, Ink, Mask, SoftInk, bounds, crop
from ml.glyphs import RIM_INK, make_glyph, stroke_width
from ml.ink import LEAST_EXTENT_PX, WIDEST_STROKE, Depth, depth_of_ink, thresholds
from ml.segmentation import find_digit, rules_and_frames

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

# Where all ink deeper than this part of its full depth is rules, frames or a box, these
# are taken away, with what lies so near, and with their rims: pale pieces of which that
# strip holds so many px for each px of their box's outline, and which are no more than
# so many times as large. Of a digit that a rule crosses more lies beyond.
BOLD: Final = 0.5
BESIDE_PX: Final = 2
CONTACT: Final = 0.3
THIN: Final = 6.0
# What is left is a digit if it is so many grey levels deeper than its paper and so much
# of the strong ink, if half of it is further from the lines than this part of the short
# side, and, beside rules and frames, if it takes so much of the picture at most. Each
# of these keeps blank pages with dark edges, or empty boxes, from being read.
PALEST: Final = 8
SHARE: Final = 0.8
AWAY: Final = 0.1
LONGEST: Final = 0.65


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


def search_box(grey: Grey, line: Mask) -> Segmented | None:
    """Find a pale digit in a bold box; None where none is.

    Args:
        grey: (H, W).
        line: (H, W), 1 where the box is drawn.
    """
    depth = depth_of_ink(grey)
    return None if depth is None else _found_beside(depth, line, _bold(depth))


def search_form(grey: Grey, lines: Mask) -> Segmented | None:
    """Find pale digits between the lines of a form; None where none is.

    Args:
        grey, lines: as of `search_box`.
    """
    depth = depth_of_ink(grey)
    return None if depth is None else _pale_beside(depth, lines, _bold(depth))


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
    depth = depth_of_ink(grey, widest=widest)
    if depth is None:
        return None
    return _beside_bold_lines(depth) or _segmented_at(depth)


def _segmented_at(depth: Depth) -> Segmented | None:
    ink = depth.as_ink()
    return segmented(ink, *thresholds(ink))


def _beside_bold_lines(depth: Depth) -> Segmented | None:
    """Find a digit where nothing but rules and frames is bold; None if something is.

    A pencil stroke is no ink at the level of a black edge.
    """
    bold = _bold(depth)
    # Most pictures have no ink along their borders, which is seen at once.
    if not any(end.any() for end in (bold[0], bold[-1], bold[:, 0], bold[:, -1])):
        return None
    lines = rules_and_frames(bold)
    found = _found_beside(depth, lines, bold)
    if found is None:
        return None
    height, width = bold.shape
    if found.box.height > LONGEST * height or found.box.width > LONGEST * width:
        return None
    # A digit that a rule crosses lost ink with it: a 2 on a rule would be a 7.
    return None if (_widened(lines, BESIDE_PX + 1) & found.digit).any() else found


def _bold(depth: Depth) -> Mask:
    return depth.deeper_than(depth.paper + BOLD * (depth.full - depth.paper))


def _found_beside(depth: Depth, lines: Mask, bold: Mask) -> Segmented | None:
    """Find a digit beside lines, at its own level; None if more than they is bold."""
    found = _pale_beside(depth, lines, bold)
    if found is None or _is_along(found.digit, lines):
        return None
    own = cv2.countNonZero(found.strong & found.digit)
    if own < SHARE * cv2.countNonZero(found.strong):
        return None
    return found


def _pale_beside(depth: Depth, lines: Mask, bold: Mask) -> Segmented | None:
    """Find ink beside lines, at its own level; None if more than they is bold."""
    if cv2.countNonZero(bold & (1 - lines)) >= LEAST_EXTENT_PX:
        return None
    alone = depth.without(lines)
    alone = alone and alone.without(lines | _rims(alone, lines))
    if alone is None or alone.full - alone.paper < PALEST:
        return None
    found = _segmented_at(alone)
    # People are shown the lines as well, before they go.
    return found and replace(found, ink=np.maximum(found.ink, 255 * lines))


def _widened(mask: Mask, px: int) -> Mask:
    side = 2 * px + 1
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)


def _is_along(digit: Mask, lines: Mask) -> bool:
    """Whether most of what may be a digit is as near to lines as JPEG's echoes are."""
    if not lines.any():
        return False
    away = cv2.distanceTransform(1 - lines, cv2.DIST_C, 3)
    near = AWAY * min(lines.shape)
    return bool(np.median(away[digit.view(np.bool_)]) < near)


def _rims(depth: Depth, lines: Mask) -> Mask:
    """The pale ink that goes along lines: their soft edges, and what JPEG adds."""
    beside = _widened(lines, BESIDE_PX)
    pale = depth.deeper_than(depth.least)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(pale, ltype=cv2.CV_16U)
    touching = np.bincount(labels[beside.view(np.bool_)], minlength=len(stats))
    outline = 2 * (stats[:, cv2.CC_STAT_WIDTH] + stats[:, cv2.CC_STAT_HEIGHT])
    is_thin = stats[:, cv2.CC_STAT_AREA] <= THIN * touching
    is_rim = np.asarray((touching > CONTACT * outline) & is_thin, np.uint8)
    is_rim[0] = 0
    return np.asarray(is_rim[labels] | beside, np.uint8)


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
