"""Chains of digits in a line, the likeliest of which is the number.

Lengths are in parts of the line's height.

Source: L. Rabiner, "A tutorial on hidden Markov models", 1989 (the likeliest chain).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph
from ml.lines import Line, Part
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL
from ml.runs import Run

# What is as likely a digit as this is one.
CLEAR: Final = 0.9
# The least probability of a digit, and what is taken from its logarithm: for each cut,
# and each stroke that it crosses; for being lower or wider than this, by as much.
LEAST: Final = 1e-4
CUT_COST: Final = 0.5
STROKE_COST: Final = 0.35
LOW: Final = 0.55
LOW_COST: Final = 8.0
WIDE: Final = 0.9
WIDE_COST: Final = 4.0
# For a 1 at a cut: it may be a bar of a letter.
CUT_ONE: Final = 0.7
# And for leaving out a low part, or one that the left or right border cuts off.
LOW_LEFT_OUT: Final = 0.2
CUT_OFF_LEFT_OUT: Final = 1.5
# For leaving out what is no digit before the first one or after the last: a letter, a
# sign of a currency. More for what is wider than a digit: it may be two that touch.
OTHER_LEFT_OUT: Final = 1.2
WIDE_OTHER_COST: Final = 7.0
# As far as each part, so many chains that read otherwise are remembered.
MOST_WAYS: Final = 5

Read = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class NumberDigit:
    """One digit of a number.

    Attributes:
        box: in px of the ink that was searched.
        probabilities: (11,) calibrated, of its glyph alone.
    """

    glyph: Glyph
    box: Box
    probabilities: NDArray[np.float64]

    @property
    def value(self) -> int:
        return int(self.probabilities[:DIGITS].argmax())

    @property
    def likelihood(self) -> float:
        return float(self.probabilities[:DIGITS].max())


@dataclass(frozen=True, slots=True)
class Link:
    """A run that is taken for a digit."""

    run: Run
    digit: NumberDigit
    score: float


@dataclass(frozen=True, slots=True)
class _Way:
    """A chain of digits as far as some part, what it reads, and its score.

    Attributes:
        is_over: whether something that is no digit stands behind the last one.
    """

    text: str
    score: float
    links: tuple[Link, ...]
    is_over: bool = False

    def with_link(self, link: Link) -> "_Way":
        text = self.text + str(link.digit.value)
        return replace(
            self, text=text, score=self.score + link.score, links=(*self.links, link)
        )

    def with_other(self, score: float) -> "_Way":
        return replace(self, score=self.score + score, is_over=bool(self.links))


@dataclass(frozen=True, slots=True)
class Chain:
    """Digits from left to right, and how likely these among all that it may read."""

    links: tuple[Link, ...]
    share: float


@dataclass(slots=True)
class Known:
    """What was read in runs of parts, so that none is read twice.

    Attributes:
        may_be_one: whether pieces that are clear digits may be parts of one.
    """

    read: Read
    may_be_one: bool = False
    digits: dict[tuple[int, ...], NumberDigit | None] = field(default_factory=dict)

    def is_several(self, run: Run) -> bool:
        """Whether a run is several digits, each of them clear and a piece of its own.

        Two 2s side by side make a fine wide one.
        """
        if self.may_be_one:
            return False
        high = [part for part in run.parts if not part.is_low]
        if len(high) < 2 or any(part.before is not None for part in high):
            return False
        alone = [self.digits.get((part.label,)) for part in high]
        return all(digit and digit.likelihood >= CLEAR for digit in alone)

    def learn(self, line: Line, runs: Sequence[Run]) -> None:
        new: dict[tuple[int, ...], tuple[Glyph, Box]] = {}
        for run in runs:
            if run.key in self.digits:
                continue
            found = line.glyph_of(run.parts)
            self.digits[run.key] = None
            if found is not None:
                new[run.key] = found
        if not new:
            return
        seen = self.read(np.stack([glyph for glyph, _ in new.values()]))
        for (key, (glyph, box)), probabilities in zip(new.items(), seen, strict=True):
            self.digits[key] = NumberDigit(glyph, box, probabilities)


def likeliest(line: Line, runs: Sequence[Run], known: Known) -> Chain | None:
    """The likeliest chain from the first part to the last; None where there is none.

    What is no digit, and not low, is left out at the ends alone, and not where each
    part is known to be a digit.
    """
    known.learn(line, [run for run in runs if len(run.parts) == 1])
    runs = [run for run in runs if not known.is_several(run)]
    known.learn(line, runs)
    ending: dict[int, list[Link]] = defaultdict(list)
    others: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for run in runs:
        digit = known.digits[run.key]
        if digit is not None:
            ending[run.stop].append(Link(run, digit, _score(line, run, digit)))
            if not line.is_parted and _hangs_together(run):
                others[run.stop].append((run.start, _score_of_other(line, run, digit)))
    ways: list[list[_Way]] = [[_Way("", 0.0, ())]]
    for stop, part in enumerate(line.parts, start=1):
        skipping = _cost_of_leaving_out(part)
        more = [replace(way, score=way.score - skipping) for way in ways[-1]]
        more += [
            way.with_link(link)
            for link in ending[stop]
            for way in ways[link.run.start]
            if not way.is_over
        ]
        more += [
            way.with_other(score)
            for start, score in others[stop]
            for way in ways[start]
        ]
        if stop == len(line.parts):
            # Whether a comma at the end is left out as such or as something else, the
            # digits are the same.
            more = [replace(way, is_over=True) for way in more]
        ways.append(_best_of_each_text(more))
    if not ways[-1]:
        return None
    best, *_ = ways[-1]
    scores = [way.score for way in ways[-1]]
    return Chain(best.links, math.exp(best.score - float(np.logaddexp.reduce(scores))))


def _best_of_each_text(ways: Sequence[_Way]) -> list[_Way]:
    """The best ways, the best first; of those that read the same only the best one."""
    best: dict[tuple[str, bool], _Way] = {}
    for way in sorted(ways, key=lambda way: way.score, reverse=True):
        if len(best) == MOST_WAYS or not math.isfinite(way.score):
            break
        best.setdefault((way.text, way.is_over), way)
    return list(best.values())


def _score(line: Line, run: Run, digit: NumberDigit) -> float:
    """The logarithm of how likely it is that a run is a digit."""
    score = math.log(max(LEAST, digit.likelihood))
    height, width = (side / line.height_px for side in (run.box.height, run.box.width))
    score -= LOW_COST * max(0.0, LOW - height) + WIDE_COST * max(0.0, width - WIDE)
    score -= _cost_of_cuts(run)
    if digit.value == 1 and line.cuts_off(run.key):
        score -= CUT_ONE
    left_out = run.stop - run.start - len(run.parts)
    return score - LOW_LEFT_OUT * left_out


def _cost_of_cuts(run: Run) -> float:
    """What it costs to part a run from what is before it; behind it, that pays."""
    return sum(
        CUT_COST + STROKE_COST * part.strokes
        for part in run.parts
        if part.before is not None and part.before not in run.key
    )


def _hangs_together(run: Run) -> bool:
    """Whether a run is one part, or its parts were one before they were cut."""
    return all(part.before in run.key for part in run.parts[1:])


def _score_of_other(line: Line, run: Run, digit: NumberDigit) -> float:
    """The logarithm of how likely it is that a run is something else than a digit."""
    likely = float(digit.probabilities[NOT_A_DIGIT_LABEL])
    too_wide = max(0.0, run.box.width / line.height_px - WIDE)
    score = math.log(max(LEAST, likely)) - OTHER_LEFT_OUT - WIDE_OTHER_COST * too_wide
    return score - _cost_of_cuts(run)


def _cost_of_leaving_out(part: Part) -> float:
    if part.is_low:
        return LOW_LEFT_OUT
    return CUT_OFF_LEFT_OUT if part.is_cut_off else math.inf
