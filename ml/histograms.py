"""Levels and spreads of 8-bit values, read off their histogram."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Histogram = NDArray[np.int64]  # (256,) counts

VALUES = np.arange(256)
# Where more pixels than this part are not 0, to leave the others out takes longer than
# to count them, if they are scattered as grain is.
MOST_INKED: Final = 0.1


def histogram_of(
    pixels: NDArray[np.uint8], *, where: NDArray[np.uint8] | None = None
) -> NDArray[np.int64]:
    """Counts of the 256 values; OpenCV's takes less than half of NumPy's time.

    Args:
        where: not 0 where a pixel counts; all do if None.
    """
    inked = cv2.countNonZero(pixels)
    if where is not None or inked > MOST_INKED * pixels.size:
        return _counted(pixels, where)
    histogram = histogram_of_ink(pixels)
    histogram[0] = pixels.size - inked
    return histogram


def histogram_of_ink(ink: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Counts of the values from 1 on; of 0 there are none.

    Where most is paper, that takes a third of the time: to count the same value again
    and again is slow.
    """
    return _counted(ink, ink)


def _counted(
    pixels: NDArray[np.uint8], where: NDArray[np.uint8] | None
) -> NDArray[np.int64]:
    counts = cv2.calcHist([pixels], [0], where, [256], [0, 256])
    return np.asarray(counts, np.int64).ravel()


def quantile(histogram: NDArray[np.int64], share: float) -> float:
    cumulative = histogram.cumsum()
    return float(np.searchsorted(cumulative, share * cumulative[-1]))


def otsu(histogram: NDArray[np.int64]) -> tuple[int, float, float]:
    """Find the level that parts a histogram best.

    Returns:
        The level (the upper class lies above it), how far apart the means of the two
        classes lie, and the share of the variance that lies between them.
    Source: N. Otsu, "A threshold selection method from gray-level histograms", 1979.
    """
    below = histogram.cumsum()
    above = below[-1] - below
    sums = (histogram * VALUES).cumsum()
    # Of a class without members the mean does not matter: it has no weight.
    gaps = (sums[-1] - sums) / np.maximum(above, 1) - sums / np.maximum(below, 1)
    between = below * above * gaps**2
    best = np.flatnonzero(between == between.max())
    level = int(best[len(best) // 2])
    total = below[-1] * float((histogram * VALUES**2).sum()) - float(sums[-1]) ** 2
    return level, float(gaps[level]), float(between[level]) / max(total, 1.0)
