"""What one version answers otherwise than another, in words and pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizer.models import NOT_A_DIGIT, Digit, VersionScore, label_noun
from recognizer.pictures import glyph_data_url
from recognizer.reports.charts import percent
from recognizer.selectors import Accuracy, Change, FlipCounts, FlipTally

# For type checkers only: what the query adds to a digit.
if TYPE_CHECKING:
    from recognizer.selectors.flips import AnsweredDigit

# Below this, chance alone would seldom make such a difference.
UNLIKELY = 0.05


@dataclass(frozen=True, slots=True)
class FlipWords:
    """How a kind of change is called, and what is said where there is none of it."""

    title: str
    lede: str
    none: str


FLIP_WORDS = {
    Change.TO_RIGHT: FlipWords(
        "From wrong to right",
        "What people say it is, is what is answered now, and was not before.",
        "No answer became right.",
    ),
    Change.TO_WRONG: FlipWords(
        "From right to wrong",
        "These were right before. Where the label is a mistake, open it and change it.",
        "No answer became wrong.",
    ),
    Change.CHANGED: FlipWords(
        "Answered otherwise, without a label",
        "Nobody has confirmed what these are, so neither answer is known to be right.",
        "No answer to what has no confirmed label changed.",
    ),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A digit among others.

    Attributes:
        words: what was answered, short.
        alt: the same in full, for those who do not see the picture.
    """

    pk: int
    glyph_url: str
    words: str
    alt: str
    is_held_out: bool


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Flips among some labels."""

    name: str
    tally: FlipTally
    before: str
    after: str


def flip_tile(digit: "AnsweredDigit") -> Tile:
    is_what = f"; it is {label_noun(digit.label)}" if digit.label is not None else ""
    return Tile(
        pk=digit.pk,
        glyph_url=glyph_data_url(digit.glyph),
        words=f"{_short(digit.was)} → {_short(digit.now)}",
        alt=f"{label_noun(digit.was)} before, {label_noun(digit.now)} now{is_what}",
        is_held_out=digit.is_held_out,
    )


def score_tile(score: VersionScore) -> Tile:
    digit: Digit = score.digit
    return Tile(
        pk=digit.pk,
        glyph_url=glyph_data_url(digit.glyph),
        words=percent(score.confidence),
        alt=f"{label_noun(score.answer)} with {percent(score.confidence)}",
        is_held_out=digit.is_held_out,
    )


def tally_rows(counts: FlipCounts) -> list[TallyRow]:
    """The held-out labels first; those of which there are none have no row."""
    tallies = {
        "held out": counts.held_out,
        "the others": counts.taught,
    }
    return [
        TallyRow(
            name,
            tally,
            before=_share(tally.before),
            after=_share(tally.after),
        )
        for name, tally in tallies.items()
        if tally.n
    ]


def verdict_words(tally: FlipTally) -> str:
    """Whether the flips of held-out labels show that one version is better."""
    if not tally.n:
        return "No held-out label was answered by both, so nothing fair can be said."
    if not tally.to_right + tally.to_wrong:
        return "On the held-out labels both are right and wrong about the same digits."
    flips = (
        f"On the held-out labels {_times(tally.to_right)} became right and "
        f"{_times(tally.to_wrong)} became wrong."
    )
    if tally.chance >= UNLIKELY:
        return (
            f"{flips} Chance alone makes such a difference often "
            f"(p = {tally.chance:.2f}): it does not show which one is better."
        )
    better = "better" if tally.to_right > tally.to_wrong else "worse"
    rarity = "p < 0.001" if tally.chance < 0.001 else f"p = {tally.chance:.3f}"
    return f"{flips} That is {better}, and more than chance ({rarity})."


def _times(count: int) -> str:
    return f"{count:,} answer" if count == 1 else f"{count:,} answers"


def _share(accuracy: Accuracy | None) -> str:
    return percent(accuracy.share if accuracy else None)


def _short(answer: int) -> str:
    return "none" if answer == NOT_A_DIGIT else str(answer)
