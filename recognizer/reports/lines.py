"""Charts of what changes from epoch to epoch, week to week or version to version."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from recognizer.reports.charts import (
    HEIGHT,
    LEFT,
    TOP,
    WIDTH,
    Tick,
    accuracy_scale,
    accuracy_ticks,
    percent,
)
from recognizer.selectors import Accuracy, WeekAccuracy

Each = TypeVar("Each")

MOST_TICKS: Final = 6
BOTTOM: Final = TOP + HEIGHT


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure: where it stands, and what it says when it is pointed at.

    Attributes:
        high, low: where its interval ends; empty where it has none.
    """

    x: str
    y: str
    words: str
    high: str = ""
    low: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Figures that belong together, and their name where there are several lines."""

    name: str
    dots: list[Dot]

    @property
    def points(self) -> str:
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines on one plane.

    Attributes:
        up, across: what its axes are.
        rows: the same figures as a table, under `columns`.
    """

    up: str
    across: str
    ticks_up: list[Tick]
    ticks_across: list[Tick]
    lines: list[Line]
    columns: list[str]
    rows: list[list[str]]


def loss_chart(epochs: Sequence[dict[str, Any]]) -> LineChart | None:
    """Of the `epochs` of a training; None without one."""
    if not epochs:
        return None
    highest = _round_up(max(each["loss"] for each in epochs))
    dots = [
        Dot(
            _place(each["epoch"], 1, epochs[-1]["epoch"]),
            f"{BOTTOM - HEIGHT * each['loss'] / highest:.1f}",
            f"epoch {each['epoch']}: {each['loss']:.4f}",
        )
        for each in epochs
    ]
    return LineChart(
        up="loss",
        across="epoch",
        ticks_up=[
            Tick(f"{BOTTOM - HEIGHT * step / 4:.1f}", f"{highest * step / 4:.3g}")
            for step in range(5)
        ],
        ticks_across=_epoch_ticks(epochs),
        lines=[Line("", dots)],
        columns=["Epoch", "Loss"],
        rows=[[str(each["epoch"]), f"{each['loss']:.4f}"] for each in epochs],
    )


def epoch_accuracy_chart(epochs: Sequence[dict[str, Any]]) -> LineChart | None:
    """How much is right of what is taught, and of what is kept aside from it."""
    if not epochs:
        return None
    names = {"train_accuracy": "taught", "kept_aside_accuracy": "kept aside"}
    low, step = accuracy_scale(min(each[name] for each in epochs for name in names))
    lines = [
        Line(
            words,
            [
                Dot(
                    _place(each["epoch"], 1, epochs[-1]["epoch"]),
                    _y(each[name], low),
                    f"epoch {each['epoch']}, {words}: {percent(each[name])}",
                )
                for each in epochs
            ],
        )
        for name, words in names.items()
    ]
    return LineChart(
        up="share that is right",
        across="epoch",
        ticks_up=accuracy_ticks(low, step),
        ticks_across=_epoch_ticks(epochs),
        lines=lines,
        columns=["Epoch", "Taught", "Kept aside"],
        rows=[
            [str(each["epoch"]), *(percent(each[name]) for name in names)]
            for each in epochs
        ],
    )


def week_chart(weeks: Sequence[WeekAccuracy]) -> LineChart | None:
    """Accuracy in use, a line for each version; None without a week."""
    if not weeks:
        return None
    low, step = accuracy_scale(min(each.accuracy.share for each in weeks))
    first, last = weeks[0].week.toordinal(), weeks[-1].week.toordinal()
    numbers = sorted({each.number for each in weeks})
    lines = [
        Line(
            f"model {number}",
            [
                _accuracy_dot(
                    _place(each.week.toordinal(), first, last),
                    low,
                    each.accuracy,
                    f"model {number}, week of {each.week:%-d %b %Y}",
                )
                for each in weeks
                if each.number == number
            ],
        )
        for number in numbers
    ]
    mondays = sorted({each.week for each in weeks})
    return LineChart(
        up="share that was right",
        across="week",
        ticks_up=accuracy_ticks(low, step),
        ticks_across=[
            Tick(_place(monday.toordinal(), first, last), f"{monday:%-d %b}")
            for monday in _some(mondays, 4)
        ],
        lines=lines,
        columns=["Week of", "Model", "n", "Right", "95% interval"],
        rows=[
            [
                f"{each.week:%-d %b %Y}",
                str(each.number),
                *_accuracy_cells(each.accuracy),
            ]
            for each in reversed(weeks)
        ],
    )


def version_chart(accuracies: dict[int, Accuracy]) -> LineChart | None:
    """Accuracy of versions on the same labels, by number; None without one."""
    if not accuracies:
        return None
    numbers = sorted(accuracies)
    low, step = accuracy_scale(min(each.share for each in accuracies.values()))
    # By rank: of versions that were not scored there is no room left.
    places = {
        number: _place(rank, 0, len(numbers) - 1) for rank, number in enumerate(numbers)
    }
    dots = [
        _accuracy_dot(places[number], low, accuracies[number], f"model {number}")
        for number in numbers
    ]
    return LineChart(
        up="share that is right",
        across="model",
        ticks_up=accuracy_ticks(low, step),
        ticks_across=[
            Tick(places[number], str(number)) for number in _some(numbers, MOST_TICKS)
        ],
        lines=[Line("", dots)],
        columns=["Model", "n", "Right", "95% interval"],
        rows=[
            [str(number), *_accuracy_cells(accuracies[number])]
            for number in reversed(numbers)
        ],
    )


def _accuracy_dot(x: str, low: float, accuracy: Accuracy, words: str) -> Dot:
    return Dot(
        x,
        _y(accuracy.share, low),
        f"{words}: {percent(accuracy.share)} of {accuracy.n} right",
        high=_y(accuracy.high, low),
        low=_y(max(accuracy.low, low), low),
    )


def _accuracy_cells(accuracy: Accuracy) -> list[str]:
    interval = f"{percent(accuracy.low)} to {percent(accuracy.high)}"
    return [f"{accuracy.n:,}", percent(accuracy.share), interval]


def _epoch_ticks(epochs: Sequence[dict[str, Any]]) -> list[Tick]:
    last = epochs[-1]["epoch"]
    return [
        Tick(_place(each["epoch"], 1, last), str(each["epoch"]))
        for each in _some(epochs, MOST_TICKS)
    ]


def _some(all_of_them: Sequence[Each], most: int) -> list[Each]:
    """Evenly some of them, the first and the last among these."""
    if len(all_of_them) <= most:
        return list(all_of_them)
    steps = range(most)
    return [all_of_them[round(k * (len(all_of_them) - 1) / (most - 1))] for k in steps]


def _place(value: float, first: float, last: float) -> str:
    """Along the x axis; in the middle where there is one place only."""
    share = (value - first) / (last - first) if last > first else 0.5
    # Not on the frame: a dot there would be cut in half.
    inset = 10
    return f"{LEFT + inset + (WIDTH - 2 * inset) * share:.1f}"


def _y(share: float, low: float) -> str:
    return f"{TOP + HEIGHT * (1 - share) / (1 - low):.1f}"


def _round_up(value: float) -> float:
    """To 1, 2, 4 or 8 times a power of ten: quarters of it are short."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if value <= step * power)
