"""Measuring answers against labels: what was said of each sample, and the figures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ml import metrics
from ml.metrics import CoveragePoint, Flags, Floats, ReliabilityBin
from ml.outcomes import Outcome
from ml.readings import Reading
from ml.samples import NONE, Sample

REFUSALS: Final = frozenset([Outcome.BLANK, Outcome.NOT_A_DIGIT])


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a sample.

    Attributes:
        text: the digits; NONE where the picture was refused or could not be read.
        outcome: an `Outcome`, or the code of the error that kept it from being read.
        closest: the digits that are most likely, if it is refused as well; "" where
            there was nothing to look at.
        confidence: of `closest`; 0 where there is none.
        not_a_digit: probability of being none; None where the file could not be read.
    """

    text: str
    outcome: str
    closest: str = ""
    confidence: float = 0.0
    not_a_digit: float | None = None

    @classmethod
    def of(cls, reading: Reading) -> "Answer":
        """Put a reading into words that can be compared with a label."""
        if not reading.digits:
            # "Nothing there" is said without a doubt, so it ranks below all else.
            return cls(NONE, reading.outcome, not_a_digit=1.0)
        is_refused = reading.outcome in REFUSALS
        return cls(
            NONE if is_refused else reading.text,
            reading.outcome,
            reading.text,
            reading.confidence,
            max(digit.not_a_digit for digit in reading.digits),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A sample, what was said of it, and the name of the folder it is from."""

    sample: Sample
    answer: Answer
    folder: str

    @property
    def file(self) -> str:
        return f"{self.folder}/{self.sample.name}"

    @property
    def is_digit(self) -> bool:
        return self.sample.label != NONE

    @property
    def is_readable(self) -> bool:
        return self.answer.not_a_digit is not None

    @property
    def is_sure(self) -> bool:
        return self.answer.outcome == Outcome.SURE

    @property
    def is_refused(self) -> bool:
        return self.answer.outcome in REFUSALS

    @property
    def is_right(self) -> bool:
        """Whether answer and label agree; an unreadable file never is right."""
        return self.is_readable and self.answer.text == self.sample.label

    @property
    def certainty(self) -> float:
        """The probability of what was said: of the digits, or of being none.

        0 for a blank one: that is decided by rule, not weighed.
        """
        if self.answer.outcome == Outcome.NOT_A_DIGIT:
            return self.answer.not_a_digit or 0.0
        return self.answer.confidence


@dataclass(slots=True)
class Evaluation:
    """Keeps what was answered; `add` one at a time, `as_dict` for the figures.

    Attributes:
        folders: the names of the folders measured.
        left_out: how many of their samples were not read, as was asked for.
    """

    folders: list[str] = field(default_factory=list)
    left_out: int = 0
    results: list[Result] = field(default_factory=list)

    def add(self, sample: Sample, answer: Answer, folder: str) -> None:
        """Keep the answer given for a sample of a folder."""
        self.results.append(Result(sample, answer, folder))

    def as_dict(self) -> dict[str, Any]:
        """Give the figures of all folders together and, in `sets`, of each.

        `sets` is there when there are several. See `_figures` for what they say.
        """
        figures = _figures(self.results) | {"left_out": self.left_out}
        if len(self.folders) > 1:
            figures["sets"] = {
                name: _figures([each for each in self.results if each.folder == name])
                for name in self.folders
            }
        return figures

    def reliability(self) -> list[ReliabilityBin]:
        """Compare confidence and accuracy as `ece` does, bin by bin."""
        return metrics.reliability(*_closest(self.results))

    def coverage_curve(self) -> list[CoveragePoint]:
        """Give the accuracy on the digits by how many of them are answered.

        A refused digit counts with the closest one and its confidence. Those without
        (blank, unreadable) come last, as wrong: no threshold makes them right.
        """
        digits = [each for each in self.results if each.is_digit]
        return metrics.coverage_curve(*_confidence_and_right(digits))

    def misread_digits(self) -> list[Result]:
        """List the digits answered wrongly or refused, the most certain one first."""
        wrong = (each for each in self.results if each.is_digit and not each.is_right)
        return _most_certain_first(wrong)

    def answered_non_digits(self) -> list[Result]:
        """List what is no digit but was read as one, the most certain one first."""
        wrong = (
            each for each in self.results if not (each.is_digit or each.is_refused)
        )
        return _most_certain_first(wrong)


def _most_certain_first(results: Iterable[Result]) -> list[Result]:
    readable = (each for each in results if each.is_readable)
    return sorted(readable, key=lambda each: -each.certainty)


def _figures(results: Sequence[Result]) -> dict[str, Any]:
    """Count and measure.

    Returns:
        n, accuracy: of all; by_kind, by_digit: of these. A refusal is right for what
            is labelled "none"; a file that cannot be read is wrong whatever its label.
        confusion: [label][answer] counts; an answer may be "none".
        outcomes: counts by outcome, or by code where a file could not be read.
        sure: of the digits, how many are called sure (n, coverage) and how many of
            these are right (accuracy).
        digits: of what is labelled a digit, n; the share refused as not a digit; and
            the share right when these count by the closest digit, which is shown to
            people beside the refusal.
        ece: expected calibration error of the digits that a closest digit was found
            for: its confidence against whether it is the right one. Refused ones count
            so too, as their closest digit is shown to people. Blank and unreadable
            ones claim no confidence and are left out: counted as 0, they would be
            wrong at confidence 0, which is perfect calibration, and a reader that
            finds nothing would look the more honest for it.
        not_digits: of what is labelled "none", n; the share refused as blank or as not
            a digit; the share called sure to be one; and how well `not_a_digit` parts
            it from the digits (auroc). A file that cannot be read got no verdict: it
            is not refused, and not in the auroc. A blank one is held for no digit with
            probability 1.
        unreadable: the files that could not be read, with the error's code.
    """
    digits = [each for each in results if each.is_digit]
    return {
        **_n_and_accuracy(results),
        "by_kind": _by(results, lambda each: each.sample.kind),
        "by_digit": _by(results, lambda each: each.sample.label),
        "confusion": _confusion(results),
        "outcomes": dict(sorted(Counter(e.answer.outcome for e in results).items())),
        "sure": _sure(digits),
        "digits": _digits(digits),
        "ece": metrics.expected_calibration_error(*_closest(digits)),
        "not_digits": _not_digits(results),
        "unreadable": [
            {"file": each.file, "code": each.answer.outcome}
            for each in results
            if not each.is_readable
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _n_and_accuracy(results: Sequence[Result]) -> dict[str, Any]:
    n = len(results)
    return {"n": n, "accuracy": _share(sum(each.is_right for each in results), n)}


def _by(
    results: Sequence[Result], key: Callable[[Result], str]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for each in results:
        groups[key(each)].append(each)
    return {name: _n_and_accuracy(group) for name, group in sorted(groups.items())}


def _confusion(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for each in results:
        confusion[each.sample.label][each.answer.text] += 1
    return {
        label: dict(sorted(answers.items()))
        for label, answers in sorted(confusion.items())
    }


def _sure(digits: Sequence[Result]) -> dict[str, Any]:
    sure = [each for each in digits if each.is_sure]
    figures = _n_and_accuracy(sure)
    return {
        "n": figures["n"],
        "coverage": _share(len(sure), len(digits)),
        "accuracy": figures["accuracy"],
    }


def _digits(digits: Sequence[Result]) -> dict[str, Any]:
    refused = sum(each.answer.outcome == Outcome.NOT_A_DIGIT for each in digits)
    right = sum(each.answer.closest == each.sample.label for each in digits)
    return {
        "n": len(digits),
        "refused": _share(refused, len(digits)),
        "closest_accuracy": _share(right, len(digits)),
    }


def _not_digits(results: Sequence[Result]) -> dict[str, Any]:
    others = [each for each in results if not each.is_digit]
    return {
        "n": len(others),
        "refused": _share(sum(each.is_refused for each in others), len(others)),
        "sure": _share(sum(each.is_sure for each in others), len(others)),
        "auroc": metrics.auroc(
            _likeness([each for each in results if each.is_digit]), _likeness(others)
        ),
    }


def _likeness(results: Sequence[Result]) -> Floats:
    """Order samples as 1 - not_a_digit does, without rounding 1e-17 away."""
    judged = (each.answer.not_a_digit for each in results)
    return -np.array([value for value in judged if value is not None], np.float64)


def _closest(results: Sequence[Result]) -> tuple[Floats, Flags]:
    found = [each for each in results if each.is_digit and each.answer.closest]
    return _confidence_and_right(found)


def _confidence_and_right(results: Sequence[Result]) -> tuple[Floats, Flags]:
    confidence = [each.answer.confidence for each in results]
    right = [each.answer.closest == each.sample.label for each in results]
    return np.array(confidence, np.float64), np.array(right, np.bool_)
