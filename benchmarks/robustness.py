"""Measures how many digits keep their right answer when the picture is disturbed.

Digits of MNIST's test set that are read right when written plainly on a page are
shifted, scaled, inverted and so on, and read again as the site reads them.

    .venv/bin/python -m benchmarks.robustness --mnist DIR [--count 1000] [--check]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks import machine
from benchmarks.disturbances import DISTURBANCES, PAGE_PX, Disturbance, page_of, plain
from benchmarks.options import parser_of_readings, reader_and_digits
from benchmarks.tables import table
from ml.arrays import Grey
from ml.datasets import LabelledImages
from ml.inference import Recognizer
from ml.outcomes import Outcome

# What the site promises of each disturbance.
KEPT_AT_LEAST = 0.98


@dataclass(frozen=True, slots=True)
class WrittenDigit:
    """A page and the digit that stands on it."""

    page: Grey
    label: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Digits read right on a plain page, and how many were tried to find them."""

    digits: list[WrittenDigit]
    tried: int


@dataclass(frozen=True, slots=True)
class Row:
    """How many digits kept their right answer under one disturbance."""

    name: str
    kept: int
    count: int

    @property
    def share(self) -> float:
        return self.kept / self.count


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    recognizer, test = reader_and_digits(options)
    chosen = _choose(recognizer, test, options.count, options.seed)
    rows = [
        _measure(recognizer, chosen.digits, disturbance, options.seed)
        for disturbance in DISTURBANCES
    ]
    print(_as_json(rows, chosen) if options.json else _as_markdown(rows, chosen))
    is_kept = all(row.share >= KEPT_AT_LEAST for row in rows)
    return 0 if is_kept or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of_readings(
        __doc__.splitlines()[0], count=1000, counted="digits for each disturbance"
    )
    return parser.parse_args(arguments)


def _choose(
    recognizer: Recognizer, test: LabelledImages, count: int, seed: int
) -> Chosen:
    """Take digits at random until `count` are read right as they are.

    What is misread on a plain page shows nothing about disturbances; how many that
    are is told with the figures.
    """
    order = np.random.default_rng(seed).permutation(len(test))
    digits: list[WrittenDigit] = []
    for tried, index in enumerate(order, 1):
        digit = WrittenDigit(page_of(test.images[index]), str(test.labels[index]))
        if _answer(recognizer, plain(digit.page)) == digit.label:
            digits.append(digit)
        if len(digits) == count:
            return Chosen(digits, tried)
    return Chosen(digits, len(test))


def _measure(
    recognizer: Recognizer,
    digits: Sequence[WrittenDigit],
    disturbance: Disturbance,
    seed: int,
) -> Row:
    # A generator of its own: a new disturbance leaves the figures of others alone.
    rng = np.random.default_rng([seed, *disturbance.name.encode()])
    kept = sum(
        _answer(recognizer, disturbance.draw(digit.page, rng)) == digit.label
        for digit in digits
    )
    return Row(disturbance.name, kept, len(digits))


def _answer(recognizer: Recognizer, data: bytes) -> str:
    """The digit that a person would be shown; nothing when it is none or blank."""
    reading = recognizer.read(data)
    return reading.text if reading.outcome in (Outcome.SURE, Outcome.UNSURE) else ""


def _as_markdown(rows: Sequence[Row], chosen: Chosen) -> str:
    lines = [
        (row.name, f"{row.kept:,}", f"{row.count:,}", f"{row.share * 100:.1f} %")
        for row in rows
    ]
    count = len(chosen.digits)
    note = (
        f"Promised of each: at least {KEPT_AT_LEAST * 100:g} %. The digits are the "
        f"first {count:,} of MNIST's test set, in random order, that are read right on "
        f"a plain page of {PAGE_PX}x{PAGE_PX} pixels; {chosen.tried - count:,} of the "
        f"first {chosen.tried:,} are not."
    )
    return f"{table(('disturbance', 'kept', 'n', 'share'), lines)}\n\n{note}"


def _as_json(rows: Sequence[Row], chosen: Chosen) -> str:
    answer = {
        "machine": machine.describe(),
        "tried": chosen.tried,
        "rows": [asdict(row) | {"share": row.share} for row in rows],
        "are_kept": all(row.share >= KEPT_AT_LEAST for row in rows),
    }
    return json.dumps(answer, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
