"""The kinds of arrays that pass between the steps, and rectangles in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

ScalarT = TypeVar("ScalarT", bound=np.generic)

Grey = NDArray[np.uint8]  # (H, W), 0..255, as light is
Ink = NDArray[np.uint8]  # (H, W), 0..255, 0 is paper
Mask = NDArray[np.uint8]  # (H, W), 0 or 1
SoftInk = NDArray[np.float32]  # (h, w), 0..1, of the digit alone
Glyph = NDArray[np.uint8]  # (28, 28), white ink on black


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px."""

    left: int
    top: int
    width: int
    height: int


def crop(array: NDArray[ScalarT], box: Box) -> NDArray[ScalarT]:
    return array[box.top : box.top + box.height, box.left : box.left + box.width]


def bounds(mask: Mask) -> Box | None:
    """The smallest box around all that is not 0; None where nothing is."""
    left, top, width, height = cv2.boundingRect(mask)
    return Box(left, top, width, height) if width else None


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def around(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    """The box with so many px of surroundings, within an array of the shape (H, W)."""
    left, top = max(0, box.left - margin), max(0, box.top - margin)
    right = min(shape[1], box.left + box.width + margin)
    bottom = min(shape[0], box.top + box.height + margin)
    return Box(left, top, right - left, bottom - top)


def scaled(box: Box, seen: tuple[int, ...], whole: tuple[int, ...]) -> Box:
    """A box in a reduced picture, in px of the whole one; shapes are (H, W).

    The edges are rounded, not the sizes, so that the box stays within the picture.
    """
    down, across = whole[0] / seen[0], whole[1] / seen[1]
    left = min(round(box.left * across), whole[1] - 1)
    right = round((box.left + box.width) * across)
    top = min(round(box.top * down), whole[0] - 1)
    bottom = round((box.top + box.height) * down)
    return Box(left, top, max(1, right - left), max(1, bottom - top))
