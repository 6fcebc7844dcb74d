"""Measures how pictures of several digits are answered, of which one could be read.

Digits of MNIST's test set, bent, are written beside each other on made-up pages. Each
picture is read as if every digit stood alone, and as the site reads it. Digits alone,
and beside scribbles, figures and letters, show what that costs.

    .venv/bin/python -m benchmarks.rows --mnist DIR [--count 300] [--check]
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.crops import piece_of
from benchmarks.mistakes import NONE, PERCENT, Row, as_text, row_of
from benchmarks.options import parser_of_readings, reader_and_digits
from ml import preprocessing
from ml.arrays import Grey, bounds, crop
from ml.canvases import Canvas
from ml.datasets import LabelledImages
from ml.handwriting import written_letters
from ml.imaging import encode_grey_png
from ml.inference import Recognizer
from ml.pages import at_height, photographed, stamp
from ml.scribbles import figure, scribble

# So many pictures of several digits that stand apart are answered with one of them,
# and surely; and so many more digits are read wrongly than if each stood alone.
SURELY_READ: Final = 0.03
MORE_WRONG: Final = 0.02
HEIGHTS_PX: Final = (30, 110)
# In parts of the first digit's height: the others, how far they are from each other,
# and the paper around all.
HEIGHTS: Final = (0.8, 1.2)
APART: Final = (0.3, 1.0)
NEAR: Final = (0.03, 0.3)
MARGINS: Final = (0.3, 2.0)
LETTERS: Final = 400

Letters = tuple[NDArray[np.uint8], ...]  # white ink on black, cut to it


class Beside(Enum):
    """What stands beside the digit."""

    NOTHING = auto()
    DIGITS = auto()
    SCRIBBLE = auto()
    LETTER = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """What is drawn: so many more things beside a digit, at these distances."""

    name: str
    beside: Beside
    count: tuple[int, int] = (1, 1)
    gaps: tuple[float, float] = APART


KINDS = (
    Kind("two digits, apart", Beside.DIGITS),
    Kind("three to six, apart", Beside.DIGITS, (2, 5)),
    Kind("two digits, near each other", Beside.DIGITS, gaps=NEAR),
    Kind("three to six, near each other", Beside.DIGITS, (2, 5), NEAR),
    Kind("a digit alone", Beside.NOTHING),
    Kind("a digit beside a scribble", Beside.SCRIBBLE),
    Kind("a digit beside a letter", Beside.LETTER),
)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    recognizer, test = reader_and_digits(options)
    letters = written_letters(LETTERS, seed=options.seed)
    rows = [_row(kind, test, letters, options, recognizer) for kind in KINDS]
    print(_shown(rows, is_json=options.json))
    return 0 if all(map(_is_kept, KINDS, rows)) or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=300, counted="pictures of each kind"
    )
    return parser.parse_args(arguments)


def _row(
    kind: Kind, test: LabelledImages, letters: Letters, options: argparse.Namespace,
    recognizer: Recognizer,
) -> Row:  # fmt: skip
    rng = np.random.default_rng(options.seed)
    chosen = rng.permutation(len(test))[: options.count]
    files = [
        encode_grey_png(_draw(kind, test.images[place], test.images, letters, rng))
        for place in chosen
    ]
    is_several = kind.beside == Beside.DIGITS
    labels = [NONE if is_several else str(test.labels[place]) for place in chosen]
    served = [recognizer.read(file) for file in files]
    with patch.object(preprocessing, "fellows", lambda _found: []):
        each_alone = [recognizer.read(file) for file in files]
    return row_of(kind.name, labels, each_alone, served)


def _draw(
    kind: Kind,
    image: NDArray[np.uint8],
    others: NDArray[np.uint8],
    letters: Letters,
    rng: np.random.Generator,
) -> Grey:
    """A page with a digit in line with others, or with something else."""
    height = int(rng.integers(*HEIGHTS_PX))
    pieces = [at_height(piece_of(image, rng), height)]
    count = (
        0 if kind.beside == Beside.NOTHING else rng.integers(*kind.count, endpoint=True)
    )
    for _ in range(count):
        piece = _beside(kind.beside, others, letters, rng)
        pieces.append(at_height(piece, round(height * rng.uniform(*HEIGHTS))))
    order = [pieces[place] for place in rng.permutation(len(pieces))]
    gaps = [round(height * rng.uniform(*kind.gaps)) for _ in order]
    above, below, before, after = (
        round(height * rng.uniform(*MARGINS)) for _ in range(4)
    )
    width = before + after + sum(p.shape[1] for p in order) + sum(gaps[:-1])
    page = np.zeros((above + 2 * height + below, width), np.float32)
    left = before
    for piece, gap in zip(order, gaps, strict=True):
        middle = above + height + round(height * rng.normal(0, 0.05))
        stamp(page, piece, left, middle - piece.shape[0] // 2)
        left += piece.shape[1] + gap
    return photographed(page, rng)


def _beside(
    beside: Beside,
    others: NDArray[np.uint8],
    letters: Letters,
    rng: np.random.Generator,
) -> Canvas:
    if beside == Beside.DIGITS:
        return piece_of(others[int(rng.integers(len(others)))], rng)
    if beside == Beside.LETTER:
        letter = letters[int(rng.integers(len(letters)))]
        return np.asarray(letter / 255, np.float32)
    drawn = scribble(rng) if rng.random() < 0.5 else figure(rng)
    box = bounds((drawn > 0.1).astype(np.uint8))
    return drawn if box is None else crop(drawn, box)


def _is_kept(kind: Kind, row: Row) -> bool:
    if kind.beside != Beside.DIGITS:
        return row.wrong <= row.as_page_wrong + MORE_WRONG
    return kind.gaps == NEAR or row.surely_wrong <= SURELY_READ


def _shown(rows: Sequence[Row], *, is_json: bool) -> str:
    note = (
        f"Promised: of several digits that stand apart at most "
        f"{PERCENT * SURELY_READ:g} % are called one of them, and sure; of the others "
        f"{PERCENT * MORE_WRONG:g} points more are read wrongly, at most."
    )
    return as_text(
        rows, name="pictures", as_page="each alone", note=note, is_json=is_json
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
