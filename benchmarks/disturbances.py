"""What happens to a page on its way here; benchmarks and tests share it.

Each disturbance takes a page, (H, W) uint8 of dark ink on white paper, and its own
parameters, and gives the image file that a person would send.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.arrays import Grey
from ml.imaging import ORIENTATION_TAG

PAGE_PX: Final = 140
WHITE: Final = 255

# What turns an upright picture so that its EXIF tag turns it back.
UNTURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True, slots=True)
class Between:
    """Any number from `low` to `high`."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        return self.values[rng.integers(len(self.values))]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something done to a page, with what each of its parameters may be."""

    name: str
    apply: Callable[..., bytes]
    parameters: Mapping[str, Between | OneOf] = field(default_factory=dict)

    def draw(self, page: Grey, rng: np.random.Generator) -> bytes:
        """Do it to a page, with parameters drawn at random."""
        drawn = {name: each.draw(rng) for name, each in self.parameters.items()}
        return self.apply(page, **drawn)


def page_of(image: NDArray[np.uint8]) -> Grey:
    """Enlarge a square image of white ink on black to a page of PAGE_PX a side."""
    large = cv2.resize(image, (PAGE_PX, PAGE_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.bitwise_not(large), np.uint8)


def plain(page: Grey) -> bytes:
    return _file(page)


def shifted(page: Grey, *, room: float, across: float, down: float) -> bytes:
    """Put the page anywhere on white paper `room` times as large."""
    height, width = (round(side * room) for side in page.shape)
    left = round(across * (width - page.shape[1]))
    top = round(down * (height - page.shape[0]))
    paper = np.full((height, width), WHITE, np.uint8)
    paper[top : top + page.shape[0], left : left + page.shape[1]] = page
    return _file(paper)


def scaled(page: Grey, *, doublings: float) -> bytes:
    """Make the page larger: -1 is half of its size, 2 four times."""
    factor = 2**doublings
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    other = cv2.resize(page, None, fx=factor, fy=factor, interpolation=how)
    return _file(np.asarray(other, np.uint8))


def inverted(page: Grey) -> bytes:
    return _file(np.asarray(cv2.bitwise_not(page), np.uint8))


def unevenly_lit(page: Grey, *, darkest: float, direction: float) -> bytes:
    """Let the light fall off along a direction, from 1 to `darkest`."""
    rows, columns = np.mgrid[: page.shape[0], : page.shape[1]]
    along = columns * cos(direction) + rows * sin(direction)
    light = 1 - (1 - darkest) * (along - along.min()) / np.ptp(along)
    return _file((page * light).round().astype(np.uint8))


def compressed(page: Grey, *, quality: int) -> bytes:
    return _file(page, "JPEG", quality=quality)


def turned(page: Grey, *, tag: int) -> bytes:
    """A photo of a camera held another way, whose EXIF tag says so."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = tag
    stored = Image.fromarray(page).transpose(UNTURNS[tag])
    return _file(stored, "JPEG", quality=92, exif=exif)


def see_through(page: Grey) -> bytes:
    """Black ink on a transparent page: all that is drawn is in the alpha channel."""
    black = np.zeros_like(page)
    return _file(np.dstack([black, black, black, cv2.bitwise_not(page)]))


def bordered(
    page: Grey, *, side: str, inset_px: int, thickness_px: int, level: int
) -> bytes:
    """Draw a line along one side of the page, as the edge of a scan or of a form."""
    line = slice(inset_px, inset_px + thickness_px)
    other = page.copy()
    # Seen from its side, the line is one of the first rows.
    turns = {"top": 0, "right": 1, "bottom": 2, "left": 3}[side]
    np.rot90(other, turns)[line] = level
    return _file(other)


def _file(
    pixels: NDArray[np.uint8] | Image.Image, kind: str = "PNG", **options: Any
) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


DISTURBANCES: Final = (
    Disturbance(
        "anywhere on a page up to 4 times as large",
        shifted,
        {"room": Between(1, 4), "across": Between(0, 1), "down": Between(0, 1)},
    ),
    Disturbance("scaled by 0.5 to 4", scaled, {"doublings": Between(-1, 2)}),
    Disturbance("white on black", inverted),
    Disturbance(
        "light falling to 35-90 %",
        unevenly_lit,
        {"darkest": Between(0.35, 0.9), "direction": Between(0, 2 * pi)},
    ),
    Disturbance("JPEG of quality 30", compressed, {"quality": OneOf((30,))}),
    *(
        Disturbance(f"EXIF orientation {tag}", turned, {"tag": OneOf((tag,))})
        for tag in UNTURNS
    ),
    Disturbance("transparent page", see_through),
    Disturbance(
        "line along one side",
        bordered,
        {
            "side": OneOf(("top", "right", "bottom", "left")),
            "inset_px": OneOf(tuple(range(4))),
            "thickness_px": OneOf(tuple(range(1, 7))),
            "level": OneOf(tuple(range(101))),
        },
    ),
)
