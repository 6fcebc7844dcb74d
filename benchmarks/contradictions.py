"""How many wrong labels are doubted before they train, and how many right ones.

Semeion's digits, slanted anew, are labelled, some of them wrongly at random, and held
against two live models: the shipped one, which knows such hands, and a throw-away one
that learnt from MNIST alone and is certain of much that is wrong. What it misreads is
what it is to learn: those labels must not be doubted for that. As in the review queue,
nine in ten are what the live model is least certain of, of POOL times as many digits,
or of all there are.

    .venv/bin/python -m benchmarks.contradictions --mnist DIR --semeion DIR
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.tables import table
from ml.architectures import ARCHITECTURES
from ml.artifacts import SHIPPED, Manifest, write_artifact
from ml.augmentation import Glyphs
from ml.canvases import CANVAS_PX, enlarged, to_glyph
from ml.contradictions import (
    Anchor,
    confidently_other,
    look_alikes,
    out_of_fold,
    rejected,
)
from ml.curriculum import Labels
from ml.datasets import LabelledImages, load_mnist, load_semeion
from ml.features import Features, features
from ml.inference import Recognizer
from ml.networks import as_input
from ml.training import compiled, write_model

# Of the throw-away model, which reads MNIST at 98.8 % then.
EPOCHS = 3
KNOWN = 2000
COUNTS = (30, 200, 1000)
SEEDS = 2
POOL = 5
AT_RANDOM = 0.1
# From this probability on, an answer out of fold is certain.
CERTAIN = 0.8
# From here on a live model's mistake counts as one that it is certain of.
SURE = 0.9
NEIGHBOURS = 10

Doubted = NDArray[np.bool_]
Spoil = Callable[[Labels, NDArray[np.float64], int], Labels]


@dataclass(frozen=True, slots=True)
class Case:
    """Labels, the live model's probabilities, and what else is known of them."""

    labels: Labels
    live: NDArray[np.float64]
    features: Features
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of labels that were doubted; None where there are none.

    Attributes:
        to_learn: of right labels of what the live model misreads with certainty.
    """

    wrong: float | None
    right: float | None
    to_learn: float | None


def slanted(digits: LabelledImages, count: int, seed: int) -> tuple[Glyphs, Labels]:
    """Digits in a hand that slants by 30 degrees, each as wide as it comes."""
    rng = np.random.default_rng(seed)
    repeats = -(-count // len(digits))
    chosen = np.concatenate([rng.permutation(len(digits)) for _ in range(repeats)])
    chosen = chosen[:count]
    return np.stack(
        [_slanted(digits.images[index], rng) for index in chosen]
    ), digits.labels[chosen]


def given_by_queue(
    start: Path, digits: LabelledImages, count: int, seed: int
) -> tuple[Glyphs, Labels]:
    """What a model is least certain of, and some at random."""
    glyphs, labels = slanted(digits, min(POOL * count, len(digits)), seed)
    order = _answers(start, glyphs).max(axis=1).argsort()
    hard = round((1 - AT_RANDOM) * count)
    others = np.random.default_rng(seed).permutation(order[hard:])[: count - hard]
    chosen = np.concatenate([order[:hard], others])
    return glyphs[chosen], labels[chosen]


def _slanted(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    slant, width = rng.normal(0.55, 0.12), np.exp(rng.normal(0, 0.15))
    # Smaller, so that nothing leaves the canvas; the glyph has its own size.
    matrix = np.array([[width, slant * width], [0, 1]]) / 0.75
    middle = np.full(2, (CANVAS_PX - 1) / 2)
    moved = np.column_stack([matrix, middle - matrix @ middle])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (CANVAS_PX, CANVAS_PX)
    warped = cv2.warpAffine(enlarged(image), moved, size, flags=flags)
    return to_glyph(np.asarray(warped, np.float32))


def by_live_model(case: Case) -> Doubted:
    return _certainly_other(case.live, 0.95, case)


def by_neighbours(case: Case) -> Doubted:
    """Seven in ten of the nearest, among labels and known digits, are another."""
    rows = np.concatenate([case.features, case.anchor[0]])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    count = len(case.labels)
    likeness = rows[:count] @ rows.T
    likeness[np.arange(count), np.arange(count)] = -np.inf
    nearest = np.argpartition(-likeness, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    given = np.concatenate([case.labels, case.anchor[1]])[nearest]
    votes = np.stack([(given == label).mean(axis=1) for label in range(11)], axis=1)
    return _certainly_other(votes, 0.7, case)


def by_regression(case: Case) -> Doubted:
    return _certainly_other(_judged(case), CERTAIN, case)


def by_confident_learning(case: Case) -> Doubted:
    return confidently_other(_judged(case), case.labels)


def by_certainty(case: Case) -> Doubted:
    """As built, but for how likely people and classifier are to be wrong."""
    known = ~by_confident_learning(case)
    judged = out_of_fold(case.features, case.labels, case.anchor, known)
    return _certainly_other(judged, CERTAIN, case)


def as_built(case: Case) -> Doubted:
    read = case.live.argmax(axis=1)
    answers = rejected(case.labels, case.features, case.anchor, read)
    return np.asarray(answers >= 0, np.bool_)


def _certainly_other(shares: NDArray[np.floating], least: float, case: Case) -> Doubted:
    is_other = shares.argmax(axis=1) != case.labels
    return np.asarray(is_other & (shares.max(axis=1) >= least), np.bool_)


def _judged(case: Case) -> NDArray[np.float32]:
    everything = np.ones(len(case.labels), np.bool_)
    return out_of_fold(case.features, case.labels, case.anchor, everything)


WAYS: dict[str, Callable[[Case], Doubted]] = {
    "live model alone, certain from 0.95": by_live_model,
    "7 of 10 neighbours in feature space": by_neighbours,
    "logistic regression out of fold": by_regression,
    "confident learning on that": by_confident_learning,
    "without what that doubts, certain from 0.8": by_certainty,
    "as built": as_built,
}


def at_random(share: float) -> Spoil:
    """Make a share of the labels another digit."""
    return lambda labels, _live, seed: spoilt(labels, share, seed)


def as_read(labels: Labels, live: NDArray[np.float64], seed: int) -> Labels:
    """Confirm a third of what was misread, as somebody does who hardly looks."""
    answers = live.argmax(axis=1)
    confirmed = np.random.default_rng(seed).random(len(labels)) < 1 / 3
    return np.where(confirmed, answers, labels).astype(np.uint8)


def spoilt(labels: Labels, share: float, seed: int) -> Labels:
    rng = np.random.default_rng(seed)
    is_wrong = rng.random(len(labels)) < share
    others = (labels + rng.integers(1, 10, len(labels))) % 10
    return np.where(is_wrong, others, labels).astype(np.uint8)


WRONG: dict[str, Spoil] = {
    "none": at_random(0.0),
    "10 % at random": at_random(0.1),
    "30 % at random": at_random(0.3),
    "a third of what is misread": as_read,
}


def score(doubted: Doubted, true: Labels, case: Case) -> Score:
    is_wrong = case.labels != true
    misread = (case.live.argmax(axis=1) != true) & (case.live.max(axis=1) >= SURE)
    return Score(
        _share(doubted[is_wrong]),
        _share(doubted[~is_wrong]),
        _share(doubted[~is_wrong & misread]),
    )


def _share(chosen: NDArray[np.bool_]) -> float | None:
    return float(chosen.mean()) if len(chosen) else None


def measured(
    start: Path, mnist: LabelledImages, semeion: LabelledImages, count: int
) -> Iterator[Sequence[str]]:
    """Rows of the table, for one live model and so many labels."""
    hands = [given_by_queue(start, semeion, count, seed) for seed in range(SEEDS)]
    known = mnist.images[:KNOWN]
    *seen, seen_known = features(start, *(glyphs for glyphs, _ in hands), known)
    anchor = seen_known, mnist.labels[:KNOWN]
    live = [_answers(start, glyphs) for glyphs, _ in hands]
    for name, way in WAYS.items():
        scores = []
        for spoil in WRONG.values():
            for seed, (_, true) in enumerate(hands):
                given = spoil(true, live[seed], seed)
                case = Case(given, live[seed], seen[seed], anchor)
                scores.append(score(way(case), true, case))
        parts = [scores[at : at + SEEDS] for at in range(0, len(scores), SEEDS)]
        to_learn = _percent([each.to_learn for each in parts[1]])
        yield [name, *map(_found_and_lost, parts), to_learn]


def _found_and_lost(scores: list[Score]) -> str:
    wrong = _percent([each.wrong for each in scores])
    return f"{wrong} / {_percent([each.right for each in scores])}"


def _answers(start: Path, glyphs: Glyphs) -> NDArray[np.float64]:
    recognizer = Recognizer.load(start)
    batches = np.array_split(glyphs, -(-len(glyphs) // 256))
    return np.concatenate([recognizer.probabilities(batch) for batch in batches])


def _percent(shares: list[float | None]) -> str:
    """The mean of those that there are, in per cent."""
    known = [share for share in shares if share is not None]
    return f"{100 * sum(known) / len(known):.1f}" if known else "-"


def throw_away_model(mnist: LabelledImages, folder: Path) -> Path:
    """Train the tutorials' network on MNIST alone, as an artefact."""
    import keras

    keras.utils.set_random_seed(1)
    model = ARCHITECTURES["cnn-dropout"]()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    model.fit(as_input(mnist.images), mnist.labels, 128, EPOCHS, verbose=0)
    content = compiled(model, quantised=True)
    manifest = Manifest("cnn-dropout", temperature=1.0, sure_threshold=0.9)
    write_artifact(folder, manifest, lambda path: write_model(model, content, path))
    return folder


def timed(mnist: LabelledImages) -> Iterator[Sequence[str]]:
    """Seconds of processor time of the shipped model's check, step by step."""
    known, known_labels = mnist.images[:KNOWN], mnist.labels[:KNOWN]
    for count in (200, 2000, 20_000):
        part = slice(KNOWN, KNOWN + count)
        glyphs, labels = mnist.images[part], spoilt(mnist.labels[part], 0.1, 1)
        marks = [time.process_time()]
        look_alikes(glyphs, labels)
        marks.append(time.process_time())
        seen, seen_known = features(SHIPPED, glyphs, known)
        marks.append(time.process_time())
        rejected(labels, seen, (seen_known, known_labels), labels)
        marks.append(time.process_time())
        yield [f"{count:,}", *(f"{step:.1f}" for step in np.diff(marks))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--semeion", type=Path, required=True)
    asked = parser.parse_args()
    machine.quiet_tensorflow()
    mnist, semeion = load_mnist(asked.mnist).train, load_semeion(asked.semeion)
    with tempfile.TemporaryDirectory() as folder:
        throw_away = throw_away_model(mnist, Path(folder) / "model")
        for name, start in {"shipped": SHIPPED, "MNIST alone": throw_away}.items():
            for count in COUNTS:
                print(f"\n{count:,} labels; live model: {name}\n")
                rows = measured(start, mnist, semeion, count)
                head = ["doubted by", *WRONG, "to be learnt"]
                print(table(head, rows), flush=True)
    print()
    print(table(["labels", "look-alikes, s", "features, s", "folds, s"], timed(mnist)))
    print(f"\nOn {machine.describe()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
