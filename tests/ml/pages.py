"""Pages with a digit on them, drawn here."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

# A 2 in one stroke, in units of its height; x to the right, y down.
STROKE_OF_2 = (
    (0.10, 0.25), (0.20, 0.08), (0.38, 0.00), (0.55, 0.06), (0.60, 0.25),
    (0.50, 0.45), (0.30, 0.70), (0.08, 0.97), (0.35, 0.93), (0.65, 0.98),
)  # fmt: skip

Grey = NDArray[np.uint8]
Drawn = Callable[[NDArray[np.uint8]], object]


def make_page(
    *,
    width: int = 280,
    height: int = 280,
    digit_px: int = 180,
    left: int | None = None,
    top: int | None = None,
    pen_px: int = 14,
    paper: int = 255,
    ink: int = 0,
) -> Grey:
    """A page (height, width) with a 2 on it, in the middle unless told otherwise."""
    page = np.full((height, width), paper, np.uint8)
    left = (width - round(0.65 * digit_px)) // 2 if left is None else left
    top = (height - digit_px) // 2 if top is None else top
    points = np.array(STROKE_OF_2) * digit_px + (left, top)
    cv2.polylines(
        page, [points.round().astype(np.int32)], False, ink, pen_px, cv2.LINE_AA
    )
    return page


def draw_mask(shape: tuple[int, int], *draws: Drawn) -> NDArray[np.uint8]:
    """A mask (height, width) that each of `draws` draws 1s on, one after the other."""
    mask = np.zeros(shape, np.uint8)
    for draw in draws:
        draw(mask)
    return mask


def as_file(
    pixels: NDArray[np.uint8] | Image.Image, kind: str = "PNG", **options: Any
) -> bytes:
    """Encode a picture as a file of the given kind."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
