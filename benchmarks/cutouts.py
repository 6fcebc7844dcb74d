"""Measures how well digits are read whose pictures were cut to them.

Digits of MNIST's test set and typed ones are drawn with more or less paper around, as
drawing programs give them and as cameras do. Each picture is read as on a page, and as
the site reads it, which lays paper around those that were cut to their digit.

    .venv/bin/python -m benchmarks.cutouts --mnist DIR [--fonts DIR] [--check]
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.crops import piece_of
from benchmarks.mistakes import PERCENT, Row, as_text, row_of
from benchmarks.options import parser_of_readings
from ml.arrays import Grey
from ml.canvases import Canvas
from ml.cutouts import may_be_cut_out, mounted
from ml.datasets import load_mnist
from ml.errors import MlError
from ml.fonts import Characters, draw_characters
from ml.imaging import encode_grey_png
from ml.inference import Recognizer
from ml.pages import at_height, photographed
from ml.preprocessing import glyph_from_grey
from ml.readings import Reading

# Paper on each side, in parts of the digit's long side.
MARGINS = (0.0, 0.01, 0.02, 0.04, 0.1)
# Typed digits that are cut to their ink leave at most this part of the errors that
# they leave where they are read as on a page.
ERRORS_LEFT = 0.6
# So many pictures are as a drawing program gives them, black on white or the other way.
DRAWN, INVERTED = 0.5, 0.3
HEIGHTS = (24, 140)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    try:
        recognizer = Recognizer.load(options.model)
        test = load_mnist(options.mnist).test
        characters = draw_characters(options.fonts)
    except MlError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    rows = []
    for margin in MARGINS:
        rng = np.random.default_rng(options.seed)
        chosen = rng.permutation(len(test))[: options.count]
        written = [
            (piece_of(test.images[place], rng), int(test.labels[place]))
            for place in chosen
        ]
        typed = list(_typed(characters, options.count, rng))
        rows.append(_row("written", margin, written, recognizer, rng))
        rows.append(_row("typed", margin, typed, recognizer, rng))
    rows = rows[::2] + rows[1::2]
    print(_shown(rows, characters, is_json=options.json))
    return 0 if _is_kept(rows) or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=1000, counted="pictures of each kind and margin"
    )
    parser.add_argument(
        "--fonts", type=Path, help="folder of fonts; a few built-in faces if none"
    )
    return parser.parse_args(arguments)


def _typed(
    characters: Characters, count: int, rng: np.random.Generator
) -> Iterator[tuple[Canvas, int]]:
    for _ in range(count):
        digit = int(rng.integers(10))
        faces = characters.digits[digit]
        drawing = faces[int(rng.integers(len(faces)))]
        yield np.asarray(drawing / np.float32(255), np.float32), digit


def _row(
    name: str,
    margin: float,
    digits: Sequence[tuple[Canvas, int]],
    recognizer: Recognizer,
    rng: np.random.Generator,
) -> Row:
    pages = [_page(piece, margin, rng) for piece, _ in digits]
    as_page = [_read_as_page(recognizer, page) for page in pages]
    served = [recognizer.read(encode_grey_png(page)) for page in pages]
    labels = [str(digit) for _, digit in digits]
    return row_of(f"{name}, {PERCENT * margin:g} %", labels, as_page, served)


def _page(piece: Canvas, margin: float, rng: np.random.Generator) -> Grey:
    piece = at_height(piece, round(rng.uniform(*HEIGHTS)))
    most = margin * max(piece.shape) * rng.normal(1, 0.3, 4).clip(0, 2)
    above, below, before, after = most.round().astype(int).tolist()
    ink = np.pad(piece, ((above, below), (before, after)))
    if rng.random() >= DRAWN:
        return photographed(ink.astype(np.float32), rng)
    shades = ink if rng.random() < INVERTED else 1 - ink
    return np.asarray(np.rint(255 * shades).clip(0, 255), np.uint8)


def _read_as_page(recognizer: Recognizer, page: Grey) -> Reading | None:
    """Read what would be found without paper around."""
    found = glyph_from_grey(page)
    if found is not None and may_be_cut_out(page) and mounted(page) is not None:
        found = found.otherwise
    return None if found is None else recognizer.read_glyph(found.glyph)


def _is_kept(rows: Sequence[Row]) -> bool:
    closest = next(row for row in rows if row.name == "typed, 0 %")
    return closest.wrong <= ERRORS_LEFT * closest.as_page_wrong


def _shown(rows: Sequence[Row], characters: Characters, *, is_json: bool) -> str:
    left = f"{PERCENT * ERRORS_LEFT:g} %"
    note = (
        f"Typed ones are of {characters.name}. Promised: of typed digits without any "
        f"paper, at most {left} of the errors as on a page."
    )
    return as_text(
        rows,
        name="digits, paper around",
        as_page="as on a page",
        note=note,
        is_json=is_json,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
