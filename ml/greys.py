"""A decoded picture in the shades of grey that show its ink best."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.arrays import Grey
from ml.histograms import histogram_of, quantile

# From this luminance contrast on, the colours are not looked at.
PLAIN_CONTRAST: Final = 70
OPAQUE: Final = 255


def to_grey(image: Image.Image) -> Grey:
    """Turn a picture of mode L, RGB or RGBA into grey values of 0..255.

    Of the colour channels the one that shows the ink best is taken where it beats
    plain luminance clearly: red ink on green paper has none.
    """
    if image.mode == "RGBA":
        return _grey_of_transparent(np.asarray(image))
    if image.mode == "L":
        return np.asarray(image)
    return _grey_of_colours(np.asarray(image))


def _grey_of_transparent(pixels: NDArray[np.uint8]) -> Grey:
    """Grey of RGBA: where the shape is in the alpha channel, alpha is the ink."""
    luminance = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2GRAY), np.uint8)
    alpha = np.asarray(cv2.extractChannel(pixels, 3), np.uint8)
    if cv2.minMaxLoc(alpha)[0] == OPAQUE:
        # As the drawing page sends them.
        return luminance
    opaque = luminance[alpha > 127]
    if opaque.size == 0:
        return np.full(alpha.shape, 255, np.uint8)
    is_drawn_in_alpha = alpha.mean() < 0.98 * 255 and float(opaque.std()) < 25
    if is_drawn_in_alpha:
        return np.asarray(cv2.bitwise_not(alpha), np.uint8)
    # A picture with its own paper, cut out or with soft corners: go on with its paper.
    paper = float(np.median(opaque)) if alpha.mean() > 127 else 255.0
    opacity = alpha * np.float32(1 / 255)
    return np.asarray(luminance * opacity + paper * (1 - opacity), np.uint8)


def _grey_of_colours(pixels: NDArray[np.uint8]) -> Grey:
    luminance = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    contrast = _contrast(luminance)
    if contrast > PLAIN_CONTRAST:
        return luminance
    best, best_contrast = luminance, 1.3 * contrast
    for channel in range(3):
        plane = pixels[..., channel]
        contrast = _contrast(plane)
        if contrast > best_contrast:
            best, best_contrast = np.ascontiguousarray(plane), contrast
    return best


def _contrast(plane: NDArray[np.uint8]) -> float:
    """How far the rarest shades lie from the middle one, in grey levels."""
    step = max(1, min(plane.shape) // 64)
    histogram = histogram_of(np.ascontiguousarray(plane[::step, ::step]))
    middle = quantile(histogram, 0.5)
    return max(quantile(histogram, 0.99) - middle, middle - quantile(histogram, 0.01))
