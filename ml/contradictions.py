"""Labels that contradict each other, or what a model learnt from all the others.

Two ways of being wrong are looked for: glyphs that look the same and have different
labels, and labels that a model which never saw them speaks against so clearly that they
are more likely wrong than right. Neither is proof: a person is to look.
docs/benchmarks.md says how many are found.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.augmentation import Glyphs
from ml.curriculum import Labels
from ml.features import Features
from ml.outcomes import NOT_A_DIGIT_LABEL

# One less the cosine of two glyphs, centred and blurred, below which they look the
# same. Of 1,500 digits of MNIST's training part, 99 % stay below 0.009 when written as
# JPEG of quality 50 and cut out anew, and 95 % below 0.014 when turned by 1.5 degrees,
# scaled by 3 %, blurred and covered with noise, as a second scan does. Of 4,000 digits
# held against 20,000, none has a neighbour of another label below 0.025; one in eight
# has another digit of its own label below 0.02.
ALIKE: Final = 0.02
BLUR_PX: Final = 0.7
# Rows a product: 4 MB for 1,000.
BLOCK: Final = 1000

FOLDS: Final = 5
CLASSES: Final = NOT_A_DIGIT_LABEL + 1
# Where a hand is new, the loss is flat long before this many steps.
STEPS: Final = 60
WEIGHT_DECAY: Final = 1e-3
# What is more likely wrong than right is to be looked at.
DOUBTFUL: Final = 0.5
# What is tried for the share of labels that are wrong by chance, and of those that only
# repeat what was read; and for the temperature of the classifier, the likelier the
# nearer to 1 (this is the spread of its logarithm). As a few labels tell little, one is
# added that is right, and five that repeat nothing.
SHARES_WRONG: Final = np.linspace(0.001, 0.6, 31)
SHARES_REPEATED: Final = (0.0005, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5)
TEMPERATURES: Final = np.geomspace(0.2, 6, 20)
SPREAD: Final = 0.5
KNOWN_RIGHT: Final = 1
KNOWN_NEW: Final = 5
# No chance is less, lest its logarithm be none.
LEAST: Final = 1e-12

Probabilities = NDArray[np.float32]  # (n, CLASSES), rows sum to 1
Anchor = tuple[Features, Labels]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A label to look at once more.

    Attributes:
        index: of the label.
        other: of a glyph that looks the same and has another label; None if that is
            not why.
        answer: what a model takes it for that has not seen the label; None if that is
            not why.
    """

    index: int
    other: int | None = None
    answer: int | None = None


def contradictions(
    glyphs: Glyphs, labels: Labels, features: Features, anchor: Anchor, read: Labels
) -> list[Contradiction]:
    """Find labels that look wrong, in the order of the glyphs.

    Args:
        glyphs: (n, 28, 28) uint8.
        labels: (n,) 0 to 10.
        features: (n, d) what the live model makes of the glyphs.
        anchor: the same of digits whose labels are beyond doubt, and these.
        read: (n,) what the live model answers, 0 to 10.
    """
    others = look_alikes(glyphs, labels)
    answers = rejected(labels, features, anchor, read)
    return [
        Contradiction(index, other=int(other))
        if other >= 0
        else Contradiction(index, answer=int(answer))
        for index, (other, answer) in enumerate(zip(others, answers, strict=True))
        if other >= 0 or answer >= 0
    ]


def look_alikes(glyphs: Glyphs, labels: Labels) -> NDArray[np.int64]:
    """Of each glyph, the one most like it of those that have another label.

    A digit that was scanned again, encoded again or moved by a pixel looks the same.

    Returns:
        (n,) index of the other, or -1 where none looks the same.
    """
    views = _views(glyphs)
    nearest = np.full(len(labels), -1, np.int64)
    likeness = np.full(len(labels), 1 - ALIKE, np.float32)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        others = np.flatnonzero(labels != label)
        for block in np.array_split(rows, -(-len(rows) // BLOCK)):
            for part in np.array_split(others, -(-len(others) // BLOCK) or 1):
                _note_nearest(views, block, part, nearest, likeness)
    return nearest


def rejected(
    labels: Labels, features: Features, anchor: Anchor, read: Labels
) -> NDArray[np.int64]:
    """What is likely to be right in the place of each label, or -1.

    A light classifier learns most labels, and digits that are beyond doubt, on what the
    live model makes of the glyphs, and answers the rest: so it can learn that a hand's
    1s are what the live model takes for 7s. It learns twice: the second time without
    the labels that the first rejects. What it says against a label counts for as much
    as the labels show that it and people are to be trusted (`chances_wrong`).

    Args:
        labels: (n,) 0 to 10.
        features: (n, d) of their glyphs.
        anchor: as much again of what is learnt, together.
        read: (n,) what the live model answers.
    Source: C. Northcutt, L. Jiang, I. Chuang, "Confident learning: estimating
        uncertainty in dataset labels", JAIR 70 (2021): labels judged out of fold, by a
        threshold for each class, pruned, and learnt again.
    """
    everything = np.ones(len(labels), np.bool_)
    first = out_of_fold(features, labels, anchor, everything)
    doubted = confidently_other(first, labels)
    second = out_of_fold(features, labels, anchor, ~doubted)
    answers = second.argmax(axis=1)
    chances = chances_wrong(second, labels, read)
    return np.where((chances >= DOUBTFUL) & (answers != labels), answers, -1)


def chances_wrong(
    probabilities: Probabilities, labels: Labels, read: Labels
) -> NDArray[np.float64]:
    """How likely each label is to be wrong, (n,).

    Some labels only repeat what was read, by people who hardly looked; some of the
    others name another class by chance, each as often; and the classifier is more, or
    less, certain than it should be. How much of each there is nobody knows: it is
    averaged over all that is tried, each by how likely it makes the labels as a whole.

    Args:
        probabilities: (n, CLASSES) by what did not learn the labels.
        labels: (n,) 0 to 10.
        read: (n,) what the live model answers.
    Source: A. Dawid, A. Skene, "Maximum likelihood estimation of observer error-rates
        using the EM algorithm", 1979, here averaged; C. Guo, G. Pleiss, Y. Sun,
        K. Weinberger, "On calibration of modern neural networks", 2017 (temperature).
    """
    logits = np.log(np.maximum(probabilities, LEAST), dtype=np.float64)
    rows, is_read = np.arange(len(labels)), labels == read
    chances, evidence = [], []
    for temperature in TEMPERATURES:
        given = _softmax(logits / temperature)
        true = given[rows, labels].astype(np.float64)
        prior = -((np.log(temperature) / SPREAD) ** 2) / 2
        for repeated in SHARES_REPEATED:
            wrong, named = _named(true, is_read, repeated)
            fits = np.log(named).sum(axis=1) + KNOWN_RIGHT * np.log(1 - SHARES_WRONG)
            weights = np.exp(fits - fits.max())
            chances.append(weights / weights.sum() @ (wrong / named))
            fit = fits.max() + np.log(weights.sum())
            evidence.append(fit + prior + KNOWN_NEW * np.log(1 - repeated))
    weights = np.exp(evidence - np.max(evidence))
    return np.asarray(weights / weights.sum() @ np.array(chances))


def _named(
    true: NDArray[np.float64], is_read: NDArray[np.bool_], repeated: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely people are to give each label wrongly, and to give it at all.

    Args:
        true: (n,) probability that what is labelled is what the label says.
        is_read: (n,) whether the label is what was read.
        repeated: share of labels that repeat what was read.
    Returns:
        (s, n) each, for each of SHARES_WRONG.
    """
    by_chance = SHARES_WRONG[:, None]
    as_read = repeated * is_read
    right = true * (as_read + (1 - repeated) * (1 - by_chance))
    wrong = (1 - true) * (as_read + (1 - repeated) * by_chance / (CLASSES - 1))
    return wrong, right + wrong


def _views(glyphs: Glyphs) -> Features:
    """What of a glyph stays when it is scanned again: (n, 196), each of length 1."""
    blurred = np.stack([_blurred(glyph) for glyph in glyphs])
    halved = blurred.reshape(len(glyphs), 14, 2, 14, 2).mean(axis=(2, 4))
    flat = halved.reshape(len(glyphs), -1)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(lengths, 1e-6), np.float32)


def _blurred(glyph: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Centred by its mass to a fraction of a pixel, and blurred."""
    ink = glyph.astype(np.float32)
    moments = cv2.moments(ink)
    mass = max(moments["m00"], 1e-6)
    centre = (glyph.shape[0] - 1) / 2
    x, y = centre - moments["m10"] / mass, centre - moments["m01"] / mass
    moved = cv2.warpAffine(ink, np.array([[1, 0, x], [0, 1, y]]), glyph.shape)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), BLUR_PX), np.float32)


def _note_nearest(
    views: Features,
    block: NDArray[np.intp],
    part: NDArray[np.intp],
    nearest: NDArray[np.int64],
    likeness: NDArray[np.float32],
) -> None:
    if not len(part):
        return
    cosines = views[block] @ views[part].T
    best = cosines.argmax(axis=1)
    found = cosines[np.arange(len(block)), best]
    is_nearer = found > likeness[block]
    nearest[block[is_nearer]] = part[best[is_nearer]]
    likeness[block[is_nearer]] = found[is_nearer]


def out_of_fold(
    features: Features,
    labels: Labels,
    anchor: Anchor,
    is_learnt: NDArray[np.bool_],
) -> Probabilities:
    """Probabilities of each glyph by a classifier that did not learn its label.

    Args:
        features: (n, d) of all of them.
        labels: (n,) 0 to 10.
        anchor: as much again of what each of the FOLDS classifiers learns, together.
        is_learnt: (n,) which labels are learnt at all.
    """
    fold = np.random.default_rng(1).permutation(len(labels)) % FOLDS
    given = np.empty((len(labels), CLASSES), np.float32)
    for each in range(FOLDS):
        learns, judged = (fold != each) & is_learnt, fold == each
        weights = _fitted(
            np.concatenate([features[learns], anchor[0]]),
            np.concatenate([labels[learns], anchor[1]]),
            _equal_shares(int(learns.sum()), len(anchor[1])),
        )
        given[judged] = _softmax(features[judged] @ weights[:-1] + weights[-1])
    return given


def _equal_shares(learnt: int, known: int) -> NDArray[np.float32]:
    """Half of the weight for what is learnt, half for what is known; 1 in all."""
    shares = [np.full(count, 1 / max(count, 1)) for count in (learnt, known)]
    joined = np.concatenate(shares)
    return np.asarray(joined / max(joined.sum(), 1e-6), np.float32)


def confidently_other(
    probabilities: Probabilities, labels: Labels
) -> NDArray[np.bool_]:
    """Whether another class is as likely as what bears its label is on average."""
    thresholds = np.array(
        [
            probabilities[labels == label, label].mean()
            if (labels == label).any()
            else 1.0
            for label in range(CLASSES)
        ]
    )
    passing = np.where(probabilities >= thresholds, probabilities, -1)
    is_other = (passing.max(axis=1) > 0) & (passing.argmax(axis=1) != labels)
    return np.asarray(is_other, np.bool_)


def _fitted(
    features: Features, labels: Labels, shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multinomial logistic regression, (d + 1, CLASSES); the last row is the bias.

    Source: Y. Nesterov, "A method for solving the convex programming problem with
        convergence rate O(1/k^2)", 1983 (accelerated gradient descent).
    """
    rows = np.pad(features, ((0, 0), (0, 1)), constant_values=1)
    wanted = np.eye(CLASSES, dtype=np.float32)[labels]
    rate = 1 / (_steepest(rows, shares) / 2 + WEIGHT_DECAY)
    weights: NDArray[np.float32] = np.zeros((rows.shape[1], CLASSES), np.float32)
    ahead = weights
    momentum = 1.0
    for _ in range(STEPS):
        missed = shares[:, None] * (_softmax(rows @ ahead) - wanted)
        slope = rows.T @ missed + WEIGHT_DECAY * ahead
        stepped = np.asarray(ahead - rate * slope, np.float32)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        further = np.float32((momentum - 1) / following)
        ahead = np.asarray(stepped + further * (stepped - weights), np.float32)
        weights, momentum = stepped, following
    return weights


def _steepest(rows: Features, shares: NDArray[np.float32]) -> np.float32:
    """The largest eigenvalue of the rows' second moments, by power iteration."""
    vector = np.ones(rows.shape[1], np.float32)
    length = np.float32(1)
    for _ in range(15):
        vector = rows.T @ (shares * (rows @ vector))
        length = np.maximum(np.linalg.norm(vector), np.float32(1e-6))
        vector /= length
    return length


def _softmax(scores: NDArray[np.float32]) -> Probabilities:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
