"""What a labelling team got, as tables, and beside what is promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import Final

from benchmarks import machine
from benchmarks.labelling_team import Read
from benchmarks.learning_stories import STORIES, QueueRound, Round, Timing
from benchmarks.tables import table

MNIST_MAY_LOSE: Final = 0.02
TIMES: Final = 4.0
MEMORY_MB: Final = 3000
# Up to so many labels, so many seconds.
SECONDS: Final = {200: 60, 20_000: 600}


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: what was measured, and whether it is kept."""

    what: str
    measured: str
    promised: str
    is_kept: bool


def lines_of(
    rounds: Sequence[Round], queues: Sequence[QueueRound], timings: Sequence[Timing]
) -> list[Line]:
    """Hold what was measured against what is promised: means of the seeds."""
    lines = [line for own in _by_story(rounds) for line in _lines_of_story(own)]
    if queues:
        times = fmean(each.reviewed.times for each in queues)
        words = "errors that the queue finds, of those found at random"
        lines.append(Line(words, f"{times:.1f}", f"≥ {TIMES:g}", times >= TIMES))
    for timing in timings:
        seconds = timing.trained.seconds
        most = next((s for n, s in SECONDS.items() if timing.labels <= n), None)
        if most is not None:
            words = f"seconds of a training with {timing.labels:,} labels"
            lines.append(Line(words, f"{seconds:.0f}", f"≤ {most}", seconds <= most))
    peaks = [each.cost.peak_mb for each in rounds]
    peaks += [each.cost.peak_mb for each in timings]
    if peaks:
        peak = max(peaks)
        lines.append(
            Line(
                "memory of a training, MB",
                f"{peak:,.0f}",
                f"≤ {MEMORY_MB:,}",
                peak <= MEMORY_MB,
            )
        )
    return lines


def as_markdown(
    rounds: Sequence[Round],
    queues: Sequence[QueueRound],
    timings: Sequence[Timing],
    lines: Sequence[Line],
) -> str:
    parts = [
        table(
            ("figure", "measured", "promised", ""),
            [
                (each.what, each.measured, each.promised, _verdict(each))
                for each in lines
            ],
        )
    ]
    if rounds:
        parts.append(_table_of_rounds(rounds))
    if queues:
        parts.append(_table_of_queues(queues))
    if rounds or timings:
        parts.append(_table_of_costs(rounds, timings))
    return "\n\n".join([*parts, machine.describe()])


def _by_story(rounds: Sequence[Round]) -> list[list[Round]]:
    def of(each: Round) -> tuple[str, float]:
        return each.story, each.wrong

    return [list(own) for _, own in groupby(rounds, of)]


def _lines_of_story(rounds: Sequence[Round]) -> list[Line]:
    story, wrong = STORIES[rounds[0].story], rounds[0].wrong
    least = 0.0 if wrong else story.fall
    fall = fmean(each.fall for each in rounds)
    lost = fmean(each.trained.mnist_lost for each in rounds)
    return [
        Line(
            f"{_name(rounds[0])}: errors fall by",
            f"{fall:.0%}",
            f"≥ {least:.0%}",
            fall >= least,
        ),
        Line(
            f"{_name(rounds[0])}: points lost on MNIST",
            f"{lost:.3f}",
            f"≤ {MNIST_MAY_LOSE}",
            round(lost, 6) <= MNIST_MAY_LOSE,
        ),
    ]


def _name(each: Round) -> str:
    return f"{each.story}, {each.wrong:.0%} wrong" if each.wrong else each.story


def _verdict(line: Line) -> str:
    return "" if line.is_kept else "not kept"


def _table_of_rounds(rounds: Sequence[Round]) -> str:
    head = (
        "story, seed",
        "other half, before",
        "after",
        "errors",
        "with the closest guess",
        "MNIST",
        "answers",
    )
    rows = [
        (
            f"{_name(each)}, {each.seed}",
            _share(each.before),
            _share(each.after),
            f"{each.before.errors} → {each.after.errors} ({-each.fall:+.0%})",
            f"{each.before.closest_errors} → {each.after.closest_errors}",
            " → ".join(f"{share:.2%}" for share in each.trained.mnist),
            f"no: {', '.join(each.trained.against)}" if each.trained.against else "yes",
        )
        for each in rounds
    ]
    return table(head, rows)


def _table_of_queues(queues: Sequence[QueueRound]) -> str:
    head = ("seed", "pictures", "labels", "errors found", "at random", "times")
    rows = [
        (
            f"{each.seed}",
            f"{each.pictures:,}",
            f"{each.reviewed.labels}",
            f"{each.reviewed.errors}",
            f"{each.reviewed.at_random:.1f}",
            f"{each.reviewed.times:.1f}",
        )
        for each in queues
    ]
    return table(head, rows)


def _table_of_costs(rounds: Sequence[Round], timings: Sequence[Timing]) -> str:
    head = ("training", "labels", "seconds", "processor, s", "memory, MB")
    costs = [
        (f"{_name(each)}, {each.seed}", each.reviewed.labels, each.trained, each.cost)
        for each in rounds
    ]
    costs += [("timed", each.labels, each.trained, each.cost) for each in timings]
    rows = [
        (
            name,
            f"{labels:,}",
            f"{trained.seconds:.0f}",
            f"{cost.cpu_s:.0f}",
            f"{cost.peak_mb:,.0f}",
        )
        for name, labels, trained, cost in costs
    ]
    return table(head, rows)


def _share(read: Read) -> str:
    return f"{read.right / read.pictures:.1%} of {read.pictures}"
