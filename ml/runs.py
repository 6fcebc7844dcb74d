"""Which parts of a line may be one digit together.

Lengths are in parts of the line's height.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ml.arrays import Box, union
from ml.lines import Line, Part

# Nothing lower is a digit, nor wider but as one part; parts that are low each must be
# as high as this together, and there are so many of them at most.
TOO_LOW: Final = 0.3
TOO_WIDE: Final = 1.6
HIGH_TOGETHER: Final = 0.6
MOST_LOW: Final = 4
# A scribble has any number of parts, and to read a run takes up to 1 ms.
MOST_RUNS: Final = 300


@dataclass(frozen=True, slots=True)
class Run:
    """Parts that may be one digit: of those from `start` to `stop`, some or all."""

    start: int
    stop: int
    parts: tuple[Part, ...]
    box: Box

    @property
    def key(self) -> tuple[int, ...]:
        return tuple(part.label for part in self.parts)


def runs_of(line: Line) -> list[Run] | None:
    """Which parts may be one digit; None where there are too many such."""
    if line.is_parted:
        return [
            Run(place, place + 1, (part,), part.box)
            for place, part in enumerate(line.parts)
        ]
    runs = list(islice(_all_runs(line), MOST_RUNS + 1))
    return runs if len(runs) <= MOST_RUNS else None


def _all_runs(line: Line) -> Iterator[Run]:
    parts = line.parts
    for start, first in enumerate(parts):
        box = first.box
        for stop in range(start + 1, len(parts) + 1):
            run = parts[start:stop]
            box = union([box, run[-1].box])
            if len(run) > 1 and box.width > TOO_WIDE * line.height_px:
                break
            high = tuple(part for part in run if not part.is_low)
            if not high and len(run) > MOST_LOW:
                break
            if _may_be_digit(line, run, box):
                yield Run(start, stop, run, box)
            # A comma among the parts of a digit is none of them.
            if 0 < len(high) < len(run) and not (run[0].is_low or run[-1].is_low):
                yield Run(start, stop, high, union([part.box for part in high]))


def _may_be_digit(line: Line, parts: Sequence[Part], box: Box) -> bool:
    is_low = len(parts) > 1 and all(part.is_low for part in parts)
    least = HIGH_TOGETHER if is_low else TOO_LOW
    return box.height >= least * line.height_px
