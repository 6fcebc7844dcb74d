"""Ink told from paper under any light."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Grey, Ink, Mask
from ml.histograms import (
    Histogram,
    histogram_of,
    histogram_of_ink,
    otsu,
    quantile,
)
from ml.morphology import closed

# The widest stroke expected, as a part of the short side; what is wider is shade.
WIDEST_STROKE: Final = 0.36
# In pictures as small as glyphs bold strokes run together; shade is no worry there.
WIDEST_STROKE_PX: Final = 19
# What is light of the area, of a line around and of the corners, weighed: dark ink on
# light paper scores up to 4.5, light ink on dark down to 0. Of digits that were cut out
# tightly the corners know best, of scans with dark edges the area: weights and level
# are those with the fewest errors among 14,400 made-up pictures of either kind, with
# frames on 6,400 of them.
AREA_WEIGHT: Final = 2.5
LIGHT_PAPER: Final = 1.7
# Corners are squares of this part of the short side.
CORNER_SHARE: Final = 0.1
# Contrast below this many grey levels is paper, as is less than five times the noise.
LEAST_CONTRAST: Final = 4
LEAST_CONTRAST_IN_NOISE: Final = 5.0
# Pictures below this are all digit, and too coarse to show the grain of the paper.
SMALL_PICTURE_PX: Final = 64
# Shades below this are noise more than light, and are not lit up any further.
DARKEST_PAPER: Final = 60
# Ink and paper this many grey levels apart, on the mean, are no grain of the paper. Of
# 1,500 made-up pages without ink two more than at 24 seemed to have some, and of 3,500
# with ink, crowded and pale, 7 seemed to have none, and not 20.
CLEAR_CONTRAST: Final = 16
# Otsu's measure of how well two classes explain all shades: 0.64 for plain noise, 1 for
# ink and paper without a shade between; an even gradient has 0.75, but is levelled.
CLEARLY_PARTED: Final = 0.72
# Ink of less extent than this, in px of the search, is grain.
LEAST_EXTENT_PX: Final = 5
# Of 255; fainter pixels have no say in what divides ink from paper.
FAINT_VALUE: Final = 13
# Every value a grey level or a depth can have.
DEPTHS: Final = np.arange(256)


@dataclass(frozen=True, slots=True)
class Depth:
    """How much deeper than its paper each pixel is, under any light.

    Attributes:
        values: (H, W), 0..255.
        histogram: of the values that are ink.
        least: what is deeper is ink.
        paper, noise: the paper's depth, and its standard deviation.
    """

    values: NDArray[np.uint8]
    histogram: Histogram
    least: int
    paper: float
    noise: float

    @property
    def full(self) -> float:
        """The depth of the strokes: of most of their pixels, not the darkest crumb."""
        return quantile(self.histogram, 0.85)

    def deeper_than(self, value: float) -> Mask:
        _, mask = cv2.threshold(self.values, int(value), 1, cv2.THRESH_BINARY)
        return np.asarray(mask, np.uint8)

    def without(self, mask: Mask) -> "Depth | None":
        """What is left where the mask is 0; None where no ink is."""
        rest = 1 - mask
        return _ink_told_from_paper(self.values * rest, where=rest)

    def as_ink(self) -> Ink:
        """Strokes of 255 on paper of 0, however pale they are."""
        contrast = self.full - self.paper
        floor = min(self.paper + 2 * self.noise, self.paper + 0.3 * contrast)
        levels = (DEPTHS - floor) * (255 / max(self.full - floor, 1.0))
        table = levels.clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(self.values, table), np.uint8)


def depth_of_ink(grey: Grey, *, widest: float = WIDEST_STROKE) -> Depth | None:
    """Tell ink from paper under any light; None where there is only paper.

    Strokes are what a closing (of dark ink) with a kernel wider than any stroke wipes
    out; shades, patches and gradients survive the closing and cancel.

    Args:
        grey: (H, W).
        widest: of a stroke, as a part of the short side.
    """
    side = max(WIDEST_STROKE_PX, round(widest * min(grey.shape))) | 1
    if is_light_on_dark(grey):
        grey = np.asarray(cv2.bitwise_not(grey), np.uint8)
        depth = cv2.subtract(_paper(grey, side), grey)
    else:
        # Ink takes away a share of the light, in the shadow as in the sun.
        paper_light = np.maximum(_paper(grey, side), np.uint8(DARKEST_PAPER))
        depth = cv2.bitwise_not(cv2.divide(grey, paper_light, scale=255))
    return _ink_told_from_paper(np.asarray(depth, np.uint8))


def _ink_told_from_paper(
    values: NDArray[np.uint8], *, where: Mask | None = None
) -> Depth | None:
    histogram = histogram_of(values, where=where)
    paper, noise = _paper_depth(histogram)
    least = paper + max(LEAST_CONTRAST, LEAST_CONTRAST_IN_NOISE * noise)
    # Where ink fills half the picture there is too little paper to tell its noise by,
    # but then the two stand apart clearly.
    if least > CLEAR_CONTRAST:
        level, gap, parted = otsu(histogram)
        if gap >= CLEAR_CONTRAST and parted >= CLEARLY_PARTED:
            least = min(least, level)
    histogram[: int(least) + 1] = 0
    if histogram.sum() < LEAST_EXTENT_PX:
        return None
    return Depth(values, histogram, int(least), paper, noise)


def is_light_on_dark(grey: Grey) -> bool:
    """Decide the polarity: the ink is the lesser part; border and corners are paper.

    Shades are taken away first, or a shadow would pass for ink. The area counts for
    more than the border, as the border of a scan may lie in the dark.
    """
    if min(grey.shape) >= SMALL_PICTURE_PX:
        # A question of large areas: every second pixel knows as much.
        grey = np.ascontiguousarray(grey[::2, ::2])
    height, width = grey.shape
    side = max(WIDEST_STROKE_PX, min(height, width) // 2)
    shade = cv2.blur(grey, (side, side))
    relief = cv2.addWeighted(grey, 0.5, shade, -0.5, 128)
    _, light = cv2.threshold(relief, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    y, x = height // 20, width // 20
    ring = np.concatenate(
        (light[y], light[height - 1 - y], light[:, x], light[:, width - 1 - x])
    )
    corner = max(1, round(CORNER_SHARE * min(height, width)))
    ends = light[[*range(corner), *range(-corner, 0)]]
    corners = ends[:, [*range(corner), *range(-corner, 0)]]
    score = AREA_WEIGHT * cv2.mean(light)[0] + ring.mean() + corners.mean()
    return bool(score < LIGHT_PAPER)


def _paper(grey: Grey, side: int) -> Grey:
    """The page as it would be without its ink."""
    # Of large pictures the closing would follow the brightest grain of the paper.
    smooth = grey if min(grey.shape) < SMALL_PICTURE_PX else cv2.blur(grey, (3, 3))
    return closed(np.asarray(smooth, np.uint8), side)


def _paper_depth(histogram: Histogram) -> tuple[float, float]:
    """Median depth of the paper and its standard deviation, in grey levels.

    The deviation is taken below the median, where there is no ink. Depths end at 0 and
    cut grain off there, so in large pictures a little above is looked at, too; in small
    ones ink may begin there.
    """
    median = quantile(histogram, 0.5)
    below = median - quantile(histogram, 0.16)  # one standard deviation
    if histogram.sum() < SMALL_PICTURE_PX**2:
        return median, below
    above = quantile(histogram, 0.69) - median  # half of one
    return median, max(below, 2 * above)


def thresholds(ink: Ink) -> tuple[Mask, Mask]:
    """Where there may be ink, and where there surely is (Otsu's level).

    Weak ink counts where it hangs together with strong ink.
    """
    histogram = histogram_of_ink(ink)
    histogram[:FAINT_VALUE] = 0
    level = min(max(otsu(histogram)[0], 50), 130)
    _, weak = cv2.threshold(ink, level // 2, 1, cv2.THRESH_BINARY)
    _, strong = cv2.threshold(ink, level, 1, cv2.THRESH_BINARY)
    return np.asarray(weak, np.uint8), np.asarray(strong, np.uint8)
