"""Whether a confidence means what it says: calibration, coverage and ranking.

All take confidences in 0..1 as (n,) float64 and, beside them, (n,) bool: which of these
answers are right.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# As Guo et al. have it, so that figures can be compared with published ones.
BINS: Final = 15


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The answers whose confidence lies in (low, high]; 0 lies in the first bin.

    Attributes:
        n: how many; never 0.
        confidence: their mean confidence.
        accuracy: the share of them that is right.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """What is answered, and how well, when less confident answers are held back.

    Attributes:
        confidence: the least one that is still answered.
        coverage: the share of all that is answered.
        accuracy: the share of the answered that is right.
    """

    confidence: float
    coverage: float
    accuracy: float


def reliability(
    confidence: Floats, right: Flags, *, bins: int = BINS
) -> list[ReliabilityBin]:
    """Sort answers into bins of equal width by confidence; empty bins are left out.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural
    networks", 2017, section 2.
    """
    edges = np.linspace(0, 1, bins + 1)
    places = np.digitize(confidence, edges[1:-1], right=True)
    return [
        ReliabilityBin(
            low=float(edges[place]),
            high=float(edges[place + 1]),
            n=int((places == place).sum()),
            confidence=float(confidence[places == place].mean()),
            accuracy=float(right[places == place].mean()),
        )
        for place in np.unique(places)
    ]


def expected_calibration_error(
    confidence: Floats, right: Flags, *, bins: int = BINS
) -> float | None:
    """How far confidence and accuracy lie apart in a bin, weighted by its answers.

    Returns:
        0 (it means what it says) to 1; None without an answer.
    Source: M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining well calibrated
    probabilities using Bayesian binning", 2015; for the confidence of the top class as
    Guo et al., 2017, have it.
    """
    if confidence.size == 0:
        return None
    gaps = (
        each.n * abs(each.accuracy - each.confidence)
        for each in reliability(confidence, right, bins=bins)
    )
    return float(sum(gaps) / confidence.size)


def coverage_curve(confidence: Floats, right: Flags) -> list[CoveragePoint]:
    """Accuracy against coverage for every threshold there is, the strictest first.

    Answers of the same confidence are answered together or not at all, as no threshold
    can part them.

    Source: R. El-Yaniv, Y. Wiener, "On the foundations of noise-free selective
    classification", 2010 (the risk-coverage curve).
    """
    if confidence.size == 0:
        return []
    order = np.argsort(-confidence, kind="stable")
    descending = confidence[order]
    answered = np.arange(1, confidence.size + 1)
    accuracy = np.cumsum(right[order]) / answered
    ends = np.append(np.flatnonzero(np.diff(descending)), confidence.size - 1)
    return [
        CoveragePoint(
            float(descending[end]),
            float(answered[end] / confidence.size),
            float(accuracy[end]),
        )
        for end in ends
    ]


def auroc(positive: Floats, negative: Floats) -> float | None:
    """The chance that a positive scores above a negative; ties count half.

    Args:
        positive: scores (n,) of those that should score high.
        negative: scores (m,) of those that should score low.
    Returns:
        1 (always above) over 0.5 (tells nothing) to 0; None where a side is empty.
    Source: J. Hanley, B. McNeil, "The meaning and use of the area under a receiver
    operating characteristic (ROC) curve", 1982 (the Mann-Whitney U by ranks).
    """
    if positive.size == 0 or negative.size == 0:
        return None
    _, places, counts = np.unique(
        np.concatenate([positive, negative]), return_inverse=True, return_counts=True
    )
    # Of equal scores each gets the mean of the ranks that they share.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    least = positive.size * (positive.size + 1) / 2
    above = ranks[: positive.size].sum() - least
    return float(above / (positive.size * negative.size))


def chance_of_flips(to_right: int, to_wrong: int) -> float:
    """How often two models that are equally good differ by this much, or more.

    Args:
        to_right, to_wrong: how many answers of one are right where the other's are
            wrong, and the other way round.
    Source: Q. McNemar, Note on the sampling error of the difference between correlated
        proportions or percentages, Psychometrika 12 (1947), 153-157; exact, by the
        binomial distribution, and two-sided.
    """
    fewer, more = sorted((to_right, to_wrong))
    flips = fewer + more
    ways = total = 1
    for k in range(fewer):
        ways = ways * (flips - k) // (k + 1)
        total += ways
    # Whole numbers of any size; only their quotient is a float.
    return min(1.0, 2 * total / (1 << flips))
