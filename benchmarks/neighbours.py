"""Measures how well a digit is read between neighbours that are cut into its picture.

Digits of MNIST's test set are written on made-up pages, with others beside, above and
below them that the border cuts off; the one in the middle counts. Each picture is read
at first sight alone, and as the site reads it, which looks again where it is not sure.
Digits and letters without neighbours show what that costs them.

    .venv/bin/python -m benchmarks.neighbours --mnist DIR [--count 2000] [--check]
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks import machine
from benchmarks.crops import Crop, draw_crop, draw_digit, draw_letter
from benchmarks.options import parser_of_readings, reader_and_digits
from benchmarks.tables import table
from ml.datasets import LabelledImages
from ml.handwriting import written_letters
from ml.imaging import encode_grey_png
from ml.inference import Recognizer
from ml.outcomes import Outcome
from ml.preprocessing import glyph_from_grey
from ml.readings import Reading

# A second look leaves at most this part of the errors of the first one.
ERRORS_LEFT = 0.75
# Letters are newly written: none of these trained.
LETTERS_SEED = 4001
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of picture was read, in parts of 1.

    Attributes:
        right: answered, and rightly: for letters, that they are no digit.
        refused: called no digit, or blank.
        sure: called sure.
        sure_right: of these, right ones; None where there are none.
    """

    name: str
    look: str
    n: int
    right: float
    refused: float
    sure: float
    sure_right: float | None


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    recognizer, test = reader_and_digits(options)
    sets = _sets(test, options.count, options.seed)
    rows = [
        _row(name, look, crops, read)
        for name, crops in sets.items()
        for look, read in _looks(recognizer).items()
    ]
    print(_as_json(rows) if options.json else _as_markdown(rows))
    return 0 if _is_kept(rows) or not options.check else 1


def _sets(test: LabelledImages, count: int, seed: int) -> dict[str, list[Crop]]:
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(test))[:count]
    digits = [(test.images[place], int(test.labels[place])) for place in chosen]
    letters = written_letters(count, seed=LETTERS_SEED)
    return {
        "digits between neighbours": [
            draw_crop(image, label, test.images, rng) for image, label in digits
        ],
        "digits alone": [draw_digit(image, label, rng) for image, label in digits],
        "letters alone": [draw_letter(letter, rng) for letter in letters],
    }


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=2000, counted="pictures of each kind"
    )
    return parser.parse_args(arguments)


def _looks(recognizer: Recognizer) -> dict[str, Callable[[Crop], Reading | None]]:
    def at_first_sight(crop: Crop) -> Reading | None:
        found = glyph_from_grey(crop.page)
        return None if found is None else recognizer.read_glyph(found.glyph)

    def as_served(crop: Crop) -> Reading:
        return recognizer.read(encode_grey_png(crop.page))

    return {"first": at_first_sight, "second": as_served}


def _row(
    name: str,
    look: str,
    crops: Sequence[Crop],
    read: Callable[[Crop], Reading | None],
) -> Row:
    answers = [(crop.label, read(crop)) for crop in crops]
    said = [_said(reading) for _, reading in answers]
    right = [label == text for (label, _), text in zip(answers, said, strict=True)]
    sure = [bool(each and each.outcome == Outcome.SURE) for _, each in answers]
    sure_right = [good for good, is_sure in zip(right, sure, strict=True) if is_sure]
    return Row(
        name,
        look,
        len(crops),
        float(np.mean(right)),
        float(np.mean([text == "none" for text in said])),
        float(np.mean(sure)),
        float(np.mean(sure_right)) if sure_right else None,
    )


def _said(reading: Reading | None) -> str:
    if reading is None or reading.outcome in (Outcome.BLANK, Outcome.NOT_A_DIGIT):
        return "none"
    return reading.text


def _is_kept(rows: Sequence[Row]) -> bool:
    first, second = rows[:2]
    return 1 - second.right <= ERRORS_LEFT * (1 - first.right)


def _as_markdown(rows: Sequence[Row]) -> str:
    lines = [
        (
            f"{row.name}, {row.look} look",
            f"{row.n:,}",
            *(
                "-" if part is None else f"{PERCENT * part:.1f} %"
                for part in (row.right, row.refused, row.sure, row.sure_right)
            ),
        )
        for row in rows
    ]
    head = ("pictures", "n", "right", "refused", "sure", "right when sure")
    left = f"{PERCENT * ERRORS_LEFT:g} %"
    note = f"Promised: a second look leaves at most {left} of the errors."
    return f"{table(head, lines)}\n\n{note}\n{machine.describe()}"


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps([asdict(row) for row in rows], indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
