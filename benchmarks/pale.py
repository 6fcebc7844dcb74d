"""Measures how well a pencil's digits are read beside what is much bolder.

Digits of MNIST's test set, bent, are drawn pale on pages with dark edges, as scans and
photos of a desk have them, under a black rule, and in a printed box. Each picture is
read as if there were one level for all of its ink, and as the site reads it. Pages and
boxes with nothing in them show what that costs.

    .venv/bin/python -m benchmarks.pale --mnist DIR [--count 300] [--check]
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.crops import piece_of
from benchmarks.mistakes import NONE, PERCENT, Row, as_text, row_of
from benchmarks.options import parser_of_readings, reader_and_digits
from ml import search
from ml.arrays import Box
from ml.datasets import LabelledImages
from ml.inference import Recognizer
from ml.pages import at_height

# Of pale digits so many are read wrongly, at most; and of what is empty so many more
# are called a digit, and sure, than with one level for all.
WRONG: Final = 0.3
MORE_SURELY_READ: Final = 0.02
SIDES_PX: Final = (28, 64, 150, 400, 900)
# What ink takes away of the paper's light.
PALE: Final = (0.1, 0.4)
BOLD: Final = (0.6, 0.98)
NOISE: Final = (0.3, 3.0)
JPEG_QUALITY: Final = (40, 95)
CLOSED: Final = True  # an outline, for cv2

Light = NDArray[np.float64]  # (H, W), 0..255
# Draws what is bold on a page, around or beside the digit's box.
Bold = Callable[[Light, Box, np.random.Generator], Light]


def edges(page: Light, _: Box, rng: np.random.Generator) -> Light:
    """One to three dark edges, sharp or soft, not quite straight."""
    height, width = page.shape
    y, x = np.mgrid[0:height, 0:width]
    soft = 6.0 if height > SIDES_PX[1] else 1.5
    for side in rng.permutation(4)[: rng.integers(1, 4)]:
        tilt = rng.uniform(-0.03, 0.03)
        away = (y + tilt * x, height - 1 - y + tilt * x, x + tilt * y)
        inwards = [*away, width - 1 - x + tilt * y][side]
        wide_px = max(1, round(rng.uniform(0.005, 0.12) * height))
        steep = (inwards - wide_px) / rng.uniform(0.3, soft)
        dark = 1 / (1 + np.exp(steep.clip(-50, 50)))
        page = page * (1 - dark * rng.uniform(*BOLD))
    return page


def rule(page: Light, box: Box, rng: np.random.Generator) -> Light:
    """A black line below the digit, from border to border."""
    return _ruled(page, box.top + rng.uniform(1.03, 1.2) * box.height, rng)


def crossing_rule(page: Light, box: Box, rng: np.random.Generator) -> Light:
    """A black line through the digit, or on its foot."""
    return _ruled(page, box.top + rng.uniform(0.4, 1) * box.height, rng)


def _ruled(page: Light, y: float, rng: np.random.Generator) -> Light:
    top, thick_px = round(y), max(1, round(rng.uniform(0.005, 0.02) * page.shape[0]))
    page[top : top + thick_px] *= 1 - rng.uniform(*BOLD)
    return page


def frame(page: Light, box: Box, rng: np.random.Generator) -> Light:
    """A printed box around the digit, hardly turned."""
    room = 1 + rng.uniform(0.2, 0.8)
    middle = box.left + box.width / 2, box.top + box.height / 2
    height, least = room * box.height, 1.2 * box.width
    size = max(least, height * rng.uniform(0.75, 1.2)), height
    corners = cv2.boxPoints((middle, size, rng.normal(0, 1.5))).astype(np.int32)
    line = np.zeros(page.shape, np.uint8)
    thick_px = max(1, round(rng.uniform(0.01, 0.04) * height))
    cv2.polylines(line, [corners], CLOSED, 255, thick_px, cv2.LINE_AA)
    return page * (1 - line / 255 * rng.uniform(*BOLD))


@dataclass(frozen=True, slots=True)
class Kind:
    """What is drawn: whether there is a digit, and what is bold."""

    name: str
    bold: Bold
    has_digit: bool = True


KINDS = (
    Kind("beside dark edges", edges),
    Kind("above a black rule", rule),
    Kind("crossed by a black rule", crossing_rule),
    Kind("in a printed box", frame),
    Kind("nothing, dark edges", edges, has_digit=False),
    Kind("nothing, a black rule", rule, has_digit=False),
    Kind("nothing, a printed box", frame, has_digit=False),
)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    recognizer, test = reader_and_digits(options)
    rows = [_row(kind, test, options.count, options.seed, recognizer) for kind in KINDS]
    print(_shown(rows, is_json=options.json))
    return 0 if all(map(_is_kept, KINDS, rows)) or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=300, counted="pictures of each kind"
    )
    return parser.parse_args(arguments)


def _row(
    kind: Kind, test: LabelledImages, count: int, seed: int, recognizer: Recognizer
) -> Row:
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(test))[:count]
    files = [_draw(kind, test.images[place], rng) for place in chosen]
    labels = [str(test.labels[place]) if kind.has_digit else NONE for place in chosen]
    served = [recognizer.read(file) for file in files]
    with patch.object(search, "_found_beside", lambda *_: None):
        at_one_level = [recognizer.read(file) for file in files]
    return row_of(kind.name, labels, at_one_level, served)


def _draw(kind: Kind, image: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """A page under uneven light, its digit, what is bold, grain; PNG or JPEG."""
    height = int(rng.choice(SIDES_PX))
    width = round(height * rng.uniform(0.7, 1.4))
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height))
    turn, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.25)
    lit = 1 + slope * (x * np.cos(turn) + y * np.sin(turn))
    page = rng.uniform(140, 250) * lit
    size = round(min(page.shape) * rng.uniform(0.25, 0.5))
    ink = at_height(piece_of(image, rng), size)
    down, across = np.subtract(page.shape, ink.shape) / 2
    top = int(down * (1 + rng.uniform(-0.4, 0.4)))
    left = int(across * (1 + rng.uniform(-0.4, 0.4)))
    box = Box(left, top, ink.shape[1], ink.shape[0])
    if kind.has_digit:
        own = np.s_[top : top + box.height, left : left + box.width]
        page[own] *= 1 - ink * rng.uniform(*PALE)
    page = kind.bold(page, box, rng) + rng.normal(0, rng.uniform(*NOISE), page.shape)
    if height > SIDES_PX[1] and rng.random() < 0.5:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), rng.uniform(0.5, 1.5)))
    pixels = page.clip(0, 255).round().astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*JPEG_QUALITY))]
    suffix, how = (".png", []) if rng.random() < 0.4 else (".jpg", quality)
    return cv2.imencode(suffix, pixels, how)[1].tobytes()


def _is_kept(kind: Kind, row: Row) -> bool:
    if kind.bold == crossing_rule:
        return row.surely_wrong <= row.as_page_surely_wrong + MORE_SURELY_READ
    if kind.has_digit:
        return row.wrong <= WRONG
    return row.surely_wrong <= row.as_page_surely_wrong + MORE_SURELY_READ


def _shown(rows: Sequence[Row], *, is_json: bool) -> str:
    note = (
        f"Promised: at most {PERCENT * WRONG:g} % of the digits that no rule crosses "
        f"are read wrongly; of the others and of what is empty, no more than "
        f"{PERCENT * MORE_SURELY_READ:g} points more are called a digit, and sure."
    )
    return as_text(
        rows, name="digits", as_page="at one level", note=note, is_json=is_json
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
