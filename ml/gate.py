"""Whether a candidate may take the place of the model that answers.

A candidate is judged on MNIST's test set, which no model learns from, and on the labels
that are held out from training for ever.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.curriculum import Labels
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL

# In points of a hundred. MNIST's test set holds 10,000 digits, about 1,000 of each.
MNIST_MAY_FALL: Final = 0.05
RECALL_MAY_FALL: Final = 0.3


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one model reads what judges it.

    Attributes:
        mnist: accuracy on MNIST's test set, 0..1.
        recalls: of 0 to 9 there: the share of each digit that is read as itself.
        held_out: accuracy on the held-out labels, 0..1; None where there are none.
    """

    mnist: float
    recalls: tuple[float, ...]
    held_out: float | None


@dataclass(frozen=True, slots=True)
class GateTest:
    """One condition: what it measures, of the live model and of the candidate.

    Attributes:
        rule: the condition in words.
        before, after: 0..1; None where there is nothing to measure on.
    """

    name: str
    rule: str
    before: float | None
    after: float | None
    is_passed: bool


def mnist_scores(
    answered: NDArray[np.int64], labels: Labels
) -> tuple[float, tuple[float, ...]]:
    """Accuracy, and the recall of 0 to 9; 1 for a digit that is not there.

    Args:
        answered: (n,) the digit read, or NOT_A_DIGIT_LABEL.
        labels: (n,) what it is.
    """
    is_right = answered == labels
    recalls = (
        float(is_right[labels == digit].mean()) if (labels == digit).any() else 1.0
        for digit in range(DIGITS)
    )
    return float(is_right.mean()), tuple(recalls)


def answered(
    probabilities: NDArray[np.float64], reject_threshold: float
) -> NDArray[np.int64]:
    """What is answered: the likeliest digit, or NOT_A_DIGIT_LABEL where it is refused.

    Args:
        probabilities: (n, 11), calibrated.
        reject_threshold: as in the manifest.
    """
    digits = probabilities[:, :DIGITS].argmax(axis=1)
    is_refused = probabilities[:, NOT_A_DIGIT_LABEL] >= reject_threshold
    return np.where(is_refused, NOT_A_DIGIT_LABEL, digits)


def judge(before: Scores, after: Scores, first: Scores | None = None) -> list[GateTest]:
    """Hold a candidate against the live model, condition by condition.

    Args:
        first: of the model that the live one goes back to, training by training. What
            each may lose must not add up; None where it is the live one.
    """
    tests = [_mnist("MNIST test set", before, after)]
    tests += [
        GateTest(
            f"recall of {digit}",
            f"may fall by {RECALL_MAY_FALL} points",
            was,
            now,
            _fall(was, now) <= RECALL_MAY_FALL,
        )
        for digit, (was, now) in enumerate(
            zip(before.recalls, after.recalls, strict=True)
        )
    ]
    if first is not None:
        tests += [_mnist("MNIST since the first", first, after), _worst(first, after)]
    tests.append(
        GateTest(
            "held-out labels",
            "may not fall",
            before.held_out,
            after.held_out,
            before.held_out is None
            or after.held_out is None
            or after.held_out >= before.held_out,
        )
    )
    return tests


def _mnist(name: str, before: Scores, after: Scores) -> GateTest:
    return GateTest(
        name,
        f"may fall by {MNIST_MAY_FALL} points",
        before.mnist,
        after.mnist,
        _fall(before.mnist, after.mnist) <= MNIST_MAY_FALL,
    )


def _worst(first: Scores, after: Scores) -> GateTest:
    """Of the digit whose recall fell most since the first model."""
    pairs = list(zip(first.recalls, after.recalls, strict=True))
    digit, (was, now) = max(enumerate(pairs), key=lambda each: _fall(*each[1]))
    return GateTest(
        f"recall of {digit} since the first",
        f"may fall by {RECALL_MAY_FALL} points",
        was,
        now,
        _fall(was, now) <= RECALL_MAY_FALL,
    )


def _fall(before: float, after: float) -> float:
    """In points, rounded: 0.9957 less 0.9952 is not more than 0.05 points."""
    return round(100 * (before - after), 6)
