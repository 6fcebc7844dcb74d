"""Wrong answers of two ways to read the same pictures, side by side."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks import machine
from benchmarks.tables import table
from ml.outcomes import Outcome
from ml.readings import Reading

# What a picture without a digit is, and what is said of it.
NONE = "none"
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of picture was read, in parts of 1.

    Attributes:
        wrong, as_page_wrong: not answered, or wrongly; as served, and as one page. Of
            pictures without a digit: answered.
        surely_wrong, as_page_surely_wrong: of all, wrong ones that are called sure.
    """

    name: str
    n: int
    as_page_wrong: float
    wrong: float
    as_page_surely_wrong: float
    surely_wrong: float


def row_of(
    name: str,
    labels: Sequence[str],
    as_page: Sequence[Reading | None],
    served: Sequence[Reading | None],
) -> Row:
    """Count the wrong answers of both ways.

    Args:
        labels: the digit of each picture, or NONE.
        as_page, served: what was read in it; None where nothing was found.
    """
    ways = [
        list(zip(map(_said, way), labels, strict=True)) for way in (as_page, served)
    ]
    wrong = [np.mean([said != label for (said, _), label in way]) for way in ways]
    surely = [
        np.mean([is_sure and said != label for (said, is_sure), label in way])
        for way in ways
    ]
    return Row(name, len(labels), *map(float, wrong), *map(float, surely))


def _said(reading: Reading | None) -> tuple[str, bool]:
    """What was answered, and whether surely."""
    if reading is None or reading.outcome in (Outcome.BLANK, Outcome.NOT_A_DIGIT):
        return NONE, False
    return reading.text, reading.outcome == Outcome.SURE


def as_text(
    rows: Sequence[Row], *, name: str, as_page: str, note: str, is_json: bool
) -> str:
    """Show the rows.

    Args:
        name: what the first column holds.
        as_page: how the other way is called.
        note: what is promised.
        is_json: as JSON, and nothing but the rows; else in Markdown.
    """
    if is_json:
        return json.dumps([asdict(row) for row in rows], indent=2)
    return f"{_table(name, as_page, rows)}\n\n{note}\n{machine.describe()}"


def _table(name: str, as_page: str, rows: Sequence[Row]) -> str:
    lines = [
        (
            row.name,
            f"{row.n:,}",
            *(
                f"{PERCENT * part:.1f} %"
                for part in (
                    row.as_page_wrong,
                    row.wrong,
                    row.as_page_surely_wrong,
                    row.surely_wrong,
                )
            ),
        )
        for row in rows
    ]
    wrong, sure = "wrong", "wrong and sure"
    head = (name, "n", f"{wrong}, {as_page}", wrong, f"{sure}, {as_page}", sure)
    return table(head, lines)
