"""Measures how numbers are read, and what that costs digits that stand alone.

Digits of MNIST's test set, bent, are written beside each other on made-up pages. Each
picture is read as if one digit were all there is, and as the site reads it. Letters and
signs stand beside some numbers, as a currency's does. Digits alone or beside scribbles,
figures and letters, and letters without a digit, show what reading numbers costs.

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
from ml import inference, preprocessing
from ml.arrays import Grey, bounds, crop
from ml.canvases import Canvas
from ml.datasets import LabelledImages
from ml.handwriting import written_letters
from ml.imaging import encode_grey_png
from ml.inference import Recognizer
from ml.pages import at_height, photographed, stamp
from ml.scribbles import figure, scribble

# So many numbers whose digits stand apart are not read rightly, at most; so many are
# wrongly, and surely, of these and of other numbers. So many are not read rightly that
# stand beside letters, and so many letters without a digit are answered. So many more
# digits are read wrongly than if one were all there is.
WRONG_APART: Final = 0.2
SURELY_WRONG_APART: Final = 0.03
SURELY_WRONG: Final = 0.05
WRONG_BESIDE: Final = 0.3
LETTERS_ANSWERED: Final = 0.15
MORE_WRONG: Final = 0.02
HEIGHTS_PX: Final = (30, 110)
# In parts of the first digit's height: the others, how far they are from each other,
# and the paper around all.
HEIGHTS: Final = (0.8, 1.2)
APART: Final = (0.3, 1.0)
NEAR: Final = (0.03, 0.3)
TOUCHING: Final = (-0.12, 0.12)
ALL_TOUCHING: Final = (-0.2, -0.03)
MARGINS: Final = (0.3, 2.0)
LETTERS: Final = 400

Letters = tuple[NDArray[np.uint8], ...]  # white ink on black, cut to it


class Beside(Enum):
    """What stands beside the digit."""

    NOTHING = auto()
    DIGITS = auto()
    SCRIBBLE = auto()
    LETTER = auto()
    LETTERS = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """What is drawn: so many more things beside a digit, at these distances.

    Attributes:
        has_ends: whether a letter or sign stands before, behind or at either end.
    """

    name: str
    beside: Beside
    count: tuple[int, int] = (1, 1)
    gaps: tuple[float, float] = APART
    has_ends: bool = False


KINDS = (
    Kind("two digits, apart", Beside.DIGITS),
    Kind("three to six, apart", Beside.DIGITS, (2, 5)),
    Kind("two digits, near each other", Beside.DIGITS, gaps=NEAR),
    Kind("three to six, near each other", Beside.DIGITS, (2, 5), NEAR),
    Kind("three to six, many touching", Beside.DIGITS, (2, 5), TOUCHING),
    Kind("two to five, all touching", Beside.DIGITS, (1, 4), ALL_TOUCHING),
    Kind(
        "two to six, a letter or sign beside",
        Beside.DIGITS,
        (1, 5),
        NEAR,
        has_ends=True,
    ),
    Kind("a digit alone", Beside.NOTHING),
    Kind("a digit beside a scribble", Beside.SCRIBBLE),
    Kind("a digit beside a letter", Beside.LETTER),
    Kind("two to five letters", Beside.LETTERS, (1, 4), NEAR),
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
    drawn = [_draw(kind, int(place), test, letters, rng) for place in chosen]
    files = [encode_grey_png(page) for page, _ in drawn]
    labels = [label for _, label in drawn]
    served = [recognizer.read(file) for file in files]
    with (
        patch.object(preprocessing, "fellows", lambda _found: []),
        patch.object(inference, "read_number", lambda *_, **__: None),
    ):
        as_digit = [recognizer.read(file) for file in files]
    return row_of(kind.name, labels, as_digit, served)


def _draw(
    kind: Kind,
    place: int,
    test: LabelledImages,
    letters: Letters,
    rng: np.random.Generator,
) -> tuple[Grey, str]:
    """A page with a digit, alone or in line with others or something else.

    Returns:
        The page, and what it shows.
    """
    height = int(rng.integers(*HEIGHTS_PX))

    def beside(what: Beside) -> tuple[Canvas, str]:
        piece, label = _beside(what, test, letters, rng)
        return at_height(piece, round(height * rng.uniform(*HEIGHTS))), label

    if kind.beside == Beside.LETTERS:
        pieces = [beside(Beside.LETTER)]
    else:
        digit = at_height(piece_of(test.images[place], rng), height)
        pieces = [(digit, _label(test, place))]
    count = (
        0 if kind.beside == Beside.NOTHING else rng.integers(*kind.count, endpoint=True)
    )
    pieces += [beside(kind.beside) for _ in range(count)]
    order = [pieces[index] for index in rng.permutation(len(pieces))]
    if kind.has_ends:
        where = rng.integers(3)
        before, after = (
            [beside(Beside.LETTER)] if where != end else [] for end in (0, 1)
        )
        order = [*before, *order, *after]
    gaps = [round(height * rng.uniform(*kind.gaps)) for _ in order]
    above, below, left, right = (
        round(height * rng.uniform(*MARGINS)) for _ in range(4)
    )
    across = sum(piece.shape[1] for piece, _ in order)
    width = left + right + across + sum(gaps[:-1])
    page = np.zeros((above + 2 * height + below, width), np.float32)
    for (piece, _), gap in zip(order, gaps, strict=True):
        middle = above + height + round(height * rng.normal(0, 0.05))
        stamp(page, piece, left, middle - piece.shape[0] // 2)
        left += piece.shape[1] + gap
    return photographed(page, rng), "".join(label for _, label in order) or NONE


def _label(test: LabelledImages, place: int) -> str:
    return str(test.labels[place])


def _beside(
    beside: Beside, test: LabelledImages, letters: Letters, rng: np.random.Generator
) -> tuple[Canvas, str]:
    """What is drawn beside the digit, and the digit that it is, if it is one."""
    if beside == Beside.DIGITS:
        place = int(rng.integers(len(test)))
        return piece_of(test.images[place], rng), _label(test, place)
    if beside in (Beside.LETTER, Beside.LETTERS):
        letter = letters[int(rng.integers(len(letters)))]
        return np.asarray(letter / 255, np.float32), ""
    drawn = scribble(rng) if rng.random() < 0.5 else figure(rng)
    box = bounds((drawn > 0.1).astype(np.uint8))
    return (drawn if box is None else crop(drawn, box)), ""


def _is_kept(kind: Kind, row: Row) -> bool:
    is_surer = row.surely_wrong > row.as_page_surely_wrong
    if kind.beside == Beside.LETTERS:
        return row.wrong <= LETTERS_ANSWERED and not is_surer
    if kind.beside != Beside.DIGITS:
        return row.wrong <= row.as_page_wrong + MORE_WRONG
    if kind.gaps == APART and row.wrong > WRONG_APART:
        return False
    if kind.has_ends and row.wrong > WRONG_BESIDE:
        return False
    most = SURELY_WRONG_APART if kind.gaps == APART else SURELY_WRONG
    return row.surely_wrong <= most


def _shown(rows: Sequence[Row], *, is_json: bool) -> str:
    note = (
        f"Promised: of numbers whose digits stand apart at most "
        f"{PERCENT * WRONG_APART:g} % are not read rightly, and "
        f"{PERCENT * SURELY_WRONG_APART:g} % wrongly and surely, of other numbers "
        f"{PERCENT * SURELY_WRONG:g} %; of those beside letters "
        f"{PERCENT * WRONG_BESIDE:g} % are not read rightly; of letters alone "
        f"{PERCENT * LETTERS_ANSWERED:g} % are answered, no more surely than as a "
        f"digit; of the others {PERCENT * MORE_WRONG:g} points more are read wrongly."
    )
    return as_text(
        rows, name="pictures", as_page="as a digit", note=note, is_json=is_json
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
