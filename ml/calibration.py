"""Making the confidence mean what it says, and deciding what to call sure.

Both are fitted on digits kept aside from training, never on a measuring set.

Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural
networks", 2017 (temperature scaling).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]  # (n, 10), rows sum to 1

# Of the answers called sure on the digits kept aside, this part is right.
SURE_ACCURACY: Final = 0.998
# Never call less than this sure, however well the kept-aside digits went.
LEAST_SURE: Final = 0.80
TEMPERATURES: Final = np.geomspace(0.25, 4.0, 241)


def apply_temperature(
    probabilities: Probabilities, temperature: float
) -> Probabilities:
    """Sharpen (below 1) or soften (above 1) the rows of (n, 10) probabilities."""
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
