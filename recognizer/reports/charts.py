"""The charts of reports and pages as numbers: where lines, bars and cells stand."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recognizer.engine import NONE, CoveragePoint, ReliabilityBin

# Numbers of several digits share one row and one column of the confusion matrix.
NUMBERS: Final = "number"
SYMBOLS: Final = (*"0123456789", NUMBERS, NONE)
# The plane of both charts, in units of their viewBox, which is 360 wide. The
# templates draw around it.
LEFT, TOP, WIDTH, HEIGHT = 42, 28, 298, 230
# Of a bar, so that one can see that it is there when none of its answers is right.
LEAST_HEIGHT: Final = 2
# An accuracy of fewer answers jumps about: 1 of 1 right, 1 of 2, 2 of 3.
LEAST_ANSWERED: Final = 20
MOST_POINTS: Final = 400
# Shades of a cell: a page that refuses styles in its elements takes them as classes.
SHADES: Final = 10


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a chart: where, in units of its viewBox, and what it stands for."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin of the reliability diagram; `is_few` where it says little."""

    x: str
    middle: str
    y: str
    width: str
    height: str
    n: int
    short_n: str
    span: str
    confidence: str
    accuracy: str
    is_few: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy against coverage, and where the answers called sure stand on it."""

    points: str
    ticks: list[Tick]
    sure_x: str
    sure_y: str
    mark_dx: str
    mark_anchor: str


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a label got an answer.

    Attributes:
        shade: its share of the label's, 0 to SHADES; at least 1 where there is one.
        url: where its pictures are; empty where they are not to be had.
        words: what it counts, for those who do not see where it stands.
    """

    n: int
    shade: int
    is_right: bool
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A label: how often it got each answer."""

    label: str
    cells: list[Cell]
    n: int
    accuracy: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Labels by answers; labels of which there is none have no row."""

    columns: list[str]
    rows: list[MatrixRow]


def percent(share: float | None) -> str:
    """A share in words; a dash where there was nothing to take it of."""
    return "–" if share is None else f"{share:.2%}"


def confusion_matrix(figures: dict[str, Any]) -> Matrix:
    """Count answers by label; numbers of several digits stand together."""
    counts: dict[str, Counter[str]] = {symbol: Counter() for symbol in SYMBOLS}
    right: Counter[str] = Counter()
    for label, answers in figures["confusion"].items():
        row = figures["by_digit"][label]
        right[_symbol(label)] += round(row["n"] * row["accuracy"])
        for answer, n in answers.items():
            counts[_symbol(label)][_symbol(answer)] += n
    has_numbers = any(counts[NUMBERS]) or any(row[NUMBERS] for row in counts.values())
    columns = [each for each in SYMBOLS if has_numbers or each != NUMBERS]
    rows = [
        _matrix_row(label, answers, right[label], columns)
        for label, answers in counts.items()
        if answers
    ]
    return Matrix(columns, rows)


def label_matrix(
    counts: Mapping[tuple[int, int], int], *, url_of: Callable[[int, int], str]
) -> Matrix:
    """The same of single digits, whose cells lead to their pictures.

    Args:
        counts: by (label, answer), each 0 to 9, or 10 for what is no digit.
        url_of: where the pictures of such a pair are.
    """
    columns = [each for each in SYMBOLS if each != NUMBERS]
    rows = []
    for label, symbol in enumerate(columns):
        answers = Counter(
            {name: counts.get((label, at), 0) for at, name in enumerate(columns)}
        )
        if answers.total():
            urls = [url_of(label, answer) for answer in range(len(columns))]
            rows.append(_matrix_row(symbol, answers, answers[symbol], columns, urls))
    return Matrix(columns, rows)


def _symbol(text: str) -> str:
    return text if text in SYMBOLS else NUMBERS


def _matrix_row(
    label: str,
    answers: Counter[str],
    right: int,
    columns: Sequence[str],
    urls: Sequence[str] = (),
) -> MatrixRow:
    n = answers.total()
    cells = [
        Cell(
            n=answers[column],
            shade=math.ceil(SHADES * answers[column] / n),
            is_right=column == label,
            url=url if answers[column] else "",
            words=f"{_words(label)} read as {_words(column)}: {answers[column]}",
        )
        for column, url in zip(columns, urls or [""] * len(columns), strict=True)
    ]
    return MatrixRow(label, cells, n, percent(right / n))


def _words(symbol: str) -> str:
    return "no digit" if symbol == NONE else symbol


def even_ticks(*, is_across: bool) -> list[Tick]:
    """Lines at every fifth of the whole, along the x axis or the y axis."""
    place = _x if is_across else _y
    return [Tick(place(step / 5), f"{step * 20}%") for step in range(6)]


def _x(share: float) -> str:
    return f"{LEFT + WIDTH * share:.1f}"


def _y(share: float, *, low: float = 0.0) -> str:
    return f"{TOP + HEIGHT * (1 - share) / (1 - low):.1f}"


def reliability_bars(bins: Sequence[ReliabilityBin]) -> list[Bar]:
    return [
        Bar(
            x=_x(each.low),
            middle=_x((each.low + each.high) / 2),
            y=f"{TOP + HEIGHT - _height(each):.1f}",
            width=f"{WIDTH * (each.high - each.low) - 2:.1f}",
            height=f"{_height(each):.1f}",
            n=each.n,
            short_n=_short(each.n),
            span=f"{each.low:.0%} – {each.high:.0%}",
            confidence=percent(each.confidence),
            accuracy=percent(each.accuracy),
            is_few=each.n < LEAST_ANSWERED,
        )
        for each in bins
    ]


def _height(one: ReliabilityBin) -> float:
    return max(HEIGHT * one.accuracy, LEAST_HEIGHT)


def _short(n: int) -> str:
    """A count that fits under its bar: 999, then 1.2k, then 12k."""
    if n < 1000:
        return str(n)
    return f"{n / 1000:.1f}k" if n < 9950 else f"{n / 1000:.0f}k"


def coverage_curve(
    points: Sequence[CoveragePoint], figures: dict[str, Any]
) -> Curve | None:
    """Scale the curve so that what differs fills the chart; None without digits."""
    if not points:
        return None
    digits = figures["n"] - figures["not_digits"]["n"]
    steady = [each for each in points if each.coverage * digits >= LEAST_ANSWERED]
    shown = steady or list(points)
    sure = figures["sure"]
    is_far_right = sure["n"] > digits / 2
    lowest = min(each.accuracy for each in shown)
    low, step = accuracy_scale(min(lowest, sure["accuracy"]) if sure["n"] else lowest)
    return Curve(
        points=_line(shown, low=low),
        ticks=accuracy_ticks(low, step),
        sure_x=_x(sure["coverage"]) if sure["n"] else "",
        sure_y=_y(sure["accuracy"], low=low) if sure["n"] else "",
        mark_dx="-6" if is_far_right else "6",
        mark_anchor="end" if is_far_right else "start",
    )


def accuracy_scale(lowest: float) -> tuple[float, float]:
    """Where an axis up to 1 starts, and how far its lines stand apart."""
    for step in (0.005, 0.01, 0.02, 0.05, 0.1):
        # 1 - 0.95 is a little more than 5 * 0.01.
        if 1 - lowest <= 5 * step + 1e-9:
            return 1 - 5 * step, step
    return 0.0, 0.2


def accuracy_ticks(low: float, step: float) -> list[Tick]:
    """The lines of an axis from `accuracy_scale`."""
    levels = (1 - step * number for number in range(6))
    return [Tick(_y(share, low=low), f"{100 * share:.3g}%") for share in levels]


def _line(points: Sequence[CoveragePoint], *, low: float) -> str:
    """The `points` of a polyline; of very many, some, and always the last."""
    stride = math.ceil(len(points) / MOST_POINTS)
    some = [*points[:-1:stride], points[-1]]
    return " ".join(f"{_x(p.coverage)},{_y(p.accuracy, low=low)}" for p in some)
