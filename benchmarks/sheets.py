"""Measures how well digits are read that are on a sheet on a table, or on a canvas.

Digits of MNIST's test set are written on sheets that lie on tables, turned or not, so
that more or less of the table is seen, and on canvases in windows. Each picture is read
as if all of it were the page, and as the site reads it, which makes paper of what is
around. Bare sheets show how often that finds a digit where there is none.

    .venv/bin/python -m benchmarks.sheets --mnist DIR [--count 300] [--check]
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.crops import piece_of
from benchmarks.mistakes import NONE, PERCENT, Row, as_text, row_of
from benchmarks.options import parser_of_readings, reader_and_digits
from ml.arrays import Grey
from ml.imaging import encode_grey_png
from ml.inference import Recognizer
from ml.pages import Page, at_height, stamp
from ml.preprocessing import glyph_from_grey
from ml.readings import Reading
from ml.sheets import sheet_of

# Of digits on sheets around which all of the table is seen so many are read wrongly,
# at most.
WRONG = 0.1
SIDES_PX = (300, 600)
# The digit's height, in parts of the sheet's short side.
HEIGHTS = (0.3, 0.6)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn.

    Attributes:
        table, sheet, ink: grey values, each from the lowest to the highest.
        sides: beyond so many sides of the sheet the table is seen.
        turned_deg: how far the sheet may be turned.
        is_ruled: whether the sheet has rules.
        is_bare: whether nothing is written on it.
    """

    name: str
    table: tuple[int, int] = (20, 110)
    sheet: tuple[int, int] = (200, 250)
    ink: tuple[int, int] = (0, 80)
    sides: int = 4
    turned_deg: float = 5
    is_ruled: bool = False
    is_bare: bool = False


SCENES = (
    Scene("sheet, table on all sides"),
    Scene("sheet, turned by up to 25 degrees", turned_deg=25),
    Scene("sheet with rules", is_ruled=True),
    Scene("sheet, table on three sides", sides=3),
    Scene("sheet, table on two sides", sides=2),
    Scene("sheet on a lighter table", table=(120, 170)),
    Scene("white canvas, dark window", (20, 60), (255, 255), (0, 0), turned_deg=0),
    Scene("black canvas, white window", (240, 255), (0, 0), (255, 255), turned_deg=0),
    Scene("bare sheet", is_bare=True),
)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    recognizer, test = reader_and_digits(options)
    rows = []
    for scene in SCENES:
        rng = np.random.default_rng(options.seed)
        chosen = rng.permutation(len(test))[: options.count]
        drawn = [_draw(scene, test.images[place], rng) for place in chosen]
        labels = [
            NONE if scene.is_bare else str(test.labels[place]) for place in chosen
        ]
        rows.append(_row(scene.name, drawn, labels, recognizer))
    print(_shown(rows, is_json=options.json))
    return 0 if rows[0].wrong <= WRONG or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=300, counted="pictures of each kind"
    )
    return parser.parse_args(arguments)


def _draw(scene: Scene, image: Grey, rng: np.random.Generator) -> Grey:
    height, width = rng.integers(*SIDES_PX, 2).tolist()
    seen = rng.permutation(4)[: scene.sides]
    beyond = [rng.uniform(0.05, 0.25) if side in seen else -0.3 for side in range(4)]
    top, bottom = round(beyond[0] * height), round((1 - beyond[1]) * height)
    left, right = round(beyond[2] * width), round((1 - beyond[3]) * width)
    page = np.full((bottom - top, right - left), rng.uniform(*scene.sheet), np.float32)
    if scene.is_ruled:
        page[int(rng.integers(5, 20)) :: int(rng.integers(25, 90))] -= 60
    if not scene.is_bare:
        _write(page, image, scene, (left, top, width, height), rng)
    turn = cv2.getRotationMatrix2D(
        ((right - left) / 2, (bottom - top) / 2),
        float(rng.uniform(-scene.turned_deg, scene.turned_deg)),
        1,
    )
    turn[:, 2] += left, top
    flat = float(rng.uniform(*scene.table))
    grain = rng.normal(0, rng.uniform(3, 15), (height // 20 + 1, width // 20 + 1))
    wood = cv2.resize(grain.astype(np.float32), (width, height)) + np.float32(flat)
    lies = cv2.warpAffine(np.ones_like(page), turn, (width, height))
    sheet = cv2.warpAffine(page, turn, (width, height))
    ends = rng.uniform(0.6, 1, (2, 2)).astype(np.float32)
    lit = (sheet * lies + wood * (1 - lies)) * cv2.resize(ends, (width, height))
    noisy = lit + rng.normal(0, rng.uniform(1, 6), lit.shape)
    return np.asarray(noisy.clip(0, 255), np.uint8)


def _write(
    page: Page,
    image: Grey,
    scene: Scene,
    picture: tuple[int, int, int, int],
    rng: np.random.Generator,
) -> None:
    """Write a digit in the middle of what the picture shows of the sheet."""
    left, top, width, height = picture
    rows = max(0, -top), min(page.shape[0], height - top)
    columns = max(0, -left), min(page.shape[1], width - left)
    short = min(rows[1] - rows[0], columns[1] - columns[0])
    piece = at_height(piece_of(image, rng), round(short * rng.uniform(*HEIGHTS)))
    ink = np.zeros_like(page)
    x = (columns[0] + columns[1] - piece.shape[1]) // 2
    stamp(ink, piece, x, (rows[0] + rows[1] - piece.shape[0]) // 2)
    page += ink * (np.float32(rng.uniform(*scene.ink)) - page)


def _row(
    name: str, pages: Sequence[Grey], labels: Sequence[str], recognizer: Recognizer
) -> Row:
    as_page = [_read_as_page(recognizer, page) for page in pages]
    served = [recognizer.read(encode_grey_png(page)) for page in pages]
    return row_of(name, labels, as_page, served)


def _read_as_page(recognizer: Recognizer, page: Grey) -> Reading | None:
    """Read what is found in all of the picture."""
    found = glyph_from_grey(page)
    if found is not None and sheet_of(page) is not None:
        found = found.otherwise
    return None if found is None else recognizer.read_glyph(found.glyph)


def _shown(rows: Sequence[Row], *, is_json: bool) -> str:
    note = (
        f"Promised: with the table on all sides, at most {PERCENT * WRONG:g} % "
        "are read wrongly."
    )
    return as_text(
        rows, name="digits on a", as_page="as one page", note=note, is_json=is_json
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
