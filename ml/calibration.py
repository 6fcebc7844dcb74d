"""Making the confidence mean what it says; what to call sure, and what no digit.

Both are fitted on digits kept aside from training, never on a measuring set.

Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural
networks", 2017 (temperature scaling).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL

# (n, 10) of digits or (n, 11) with that of no digit; rows sum to 1
Probabilities = NDArray[np.float64]

# Of the answers called sure on the digits kept aside, this part is right.
SURE_ACCURACY: Final = 0.998
# Never call less than this sure, however well the kept-aside digits went.
LEAST_SURE: Final = 0.80
TEMPERATURES: Final = np.geomspace(0.25, 4.0, 241)
# So many of the digits kept aside, rough as they are drawn, may be called no digit.
REFUSED_DIGITS: Final = 0.003
# Never refuse what is more likely a digit than not.
LEAST_REFUSAL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the manifest says of a network's probabilities; see there."""

    temperature: float
    sure_threshold: float
    reject_threshold: float


def fit(probabilities: Probabilities, labels: NDArray[np.uint8]) -> Fitted:
    """Fit all three on what was kept aside.

    The temperature is that of digits: a confidence is that of a digit, and with as many
    not-digits as are kept aside it came out lower than digits are right.

    Args:
        probabilities: (n, 11) raw.
        labels: (n,) 0 to 9, or NOT_A_DIGIT_LABEL.
    """
    is_digit = labels != NOT_A_DIGIT_LABEL
    temperature = fit_temperature(probabilities[is_digit], labels[is_digit])
    digits = apply_temperature(probabilities[is_digit], temperature)
    return Fitted(
        temperature,
        fit_sure_threshold(digits[:, :DIGITS], labels[is_digit]),
        fit_reject_threshold(digits[:, NOT_A_DIGIT_LABEL]),
    )


def apply_temperature(
    probabilities: Probabilities, temperature: float
) -> Probabilities:
    """Sharpen (below 1) or soften (above 1) the rows of probabilities."""
    logits = np.log(np.clip(probabilities, 1e-12, 1.0)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    weights = np.exp(logits)
    result: Probabilities = weights / weights.sum(axis=1, keepdims=True)
    return result


def fit_temperature(probabilities: Probabilities, labels: NDArray[np.uint8]) -> float:
    """Find the temperature with the least negative log-likelihood."""
    losses = [
        -np.log(
            apply_temperature(probabilities, temperature)[
                np.arange(len(labels)), labels
            ].clip(1e-12)
        ).mean()
        for temperature in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_sure_threshold(
    probabilities: Probabilities, labels: NDArray[np.uint8]
) -> float:
    """Find the lowest confidence from which SURE_ACCURACY of the answers are right."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence)
    right = (probabilities.argmax(axis=1) == labels)[order]
    accuracy = np.cumsum(right) / np.arange(1, len(right) + 1)
    good = np.flatnonzero(accuracy >= SURE_ACCURACY)
    if good.size == 0:
        return 1.0
    return max(LEAST_SURE, float(confidence[order][good[-1]]))


def fit_reject_threshold(not_a_digit: NDArray[np.float64]) -> float:
    """Find the probability of being no digit that REFUSED_DIGITS of digits reach.

    Args:
        not_a_digit: (n,) of digits.
    """
    return max(LEAST_REFUSAL, float(np.quantile(not_a_digit, 1 - REFUSED_DIGITS)))
