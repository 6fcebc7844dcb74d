"""Training, as the commands ask for it."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from ml import datasets, finetuning
from ml.artifacts import Manifest, verify
from ml.augmentation import as_glyphs
from ml.curriculum import Part
from ml.errors import ArtifactError
from ml.exchange import LabelledGlyphs
from ml.finetuning import (
    FINE_TUNING_EPOCHS,
    fine_tuning_recipe,
)
from ml.fonts import draw_characters
from ml.gate import GateTest, Scores, answered, judge, mnist_scores
from ml.inference import Recognizer
from ml.networks import in_batches
from ml.training import Progress, Recipe, train_model, write_trained
from recognizer.engine.artifact_store import folder_of, refuse_another
from recognizer.engine.errors import ml_errors
from recognizer.models import ModelVersion

logger = logging.getLogger(__name__)

# Of the way that a training took, what is tried one after the other until the gate lets
# it pass (`ml.finetuning` took 0.7 at most then). After 200 labels of church records,
# and digits replayed at random, two seeds read 0.06 and 0.07 points less of MNIST's
# test set at 0.7 of the way from the old weights to the taught ones, at 0.5 of it 0.01
# and 0.05, at 0.35 0.02 and 0.04; and of 300 other records 3 and 4 more, 3 and 2, 2
# and 1.
NEARER: Final = (1.0, 0.7, 0.5)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where the sets lie. MNIST is fetched when no folder is given."""

    mnist: Path | None = None
    usps: Path | None = None
    semeion: Path | None = None
    optdigits: Path | None = None
    fonts: Path | None = None


def mnist_folder() -> Path | None:
    """The folder with MNIST that this site was told of; None: it is fetched."""
    return Path(settings.MNIST_DIR) if settings.MNIST_DIR else None


@dataclass(frozen=True, slots=True)
class FineTuned:
    """A model that learnt from corrections, and how it compares with its parent."""

    manifest: Manifest
    gate: list[GateTest]

    @property
    def is_passed(self) -> bool:
        return all(test.is_passed for test in self.gate)


@ml_errors()
def fine_tune(
    version: ModelVersion,
    labelled: LabelledGlyphs,
    folder: Path,
    *,
    mnist: Path | None,
    epochs: int = FINE_TUNING_EPOCHS,
    seed: int = 1,
    progress: Progress,
) -> FineTuned:
    """Teach a version what people corrected, and hold the result against it.

    What the gate refuses goes back towards the version, twice at most: to have learnt
    less that passes is better than nothing. Where nothing passes, all that was learnt
    stays in the candidate.

    Args:
        version: to go on from.
        labelled: what reviewers confirmed; only what is not held out trains.
        folder: where to write the result; must not exist.
        mnist: the folder with MNIST; fetched if None.
        epochs, seed: see `Recipe`.
        progress: whom to tell.
    Raises:
        RecognizerError: there is nothing to learn, or something is missing or damaged.
    """
    start = folder_of(version)
    known = verify(start)
    refuse_another(known, version)
    progress.on_phase("Reading MNIST")
    sets = datasets.load_mnist(mnist)
    labelled = _not_of(sets.test, labelled)
    recipe = fine_tuning_recipe(
        architecture=version.architecture, epochs=epochs, seed=seed
    )
    progress.on_phase("Measuring the live model")
    before = _scores(start, sets.test, labelled)
    first = _first_scores(version, sets.test, labelled)
    progress.on_phase("Learning")
    trained = finetuning.fine_tune(
        start, labelled.training, sets.train, recipe, progress=progress
    )
    data = {sets.train.name: sets.train.fingerprint()} | _corrections(labelled)

    def judged(share: float) -> FineTuned:
        progress.on_phase("Calibrating")
        candidate = finetuning.nearer(start, trained, share)
        manifest = write_trained(
            candidate,
            folder,
            recipe,
            test=sets.test,
            data=data,
            start=start,
            # After labels that are all digits the fitted one is lower, and as few as
            # calibrate would have it that more digits are refused: of MNIST's test set
            # 12 instead of 5, after 200 church records.
            least_refusal=known.reject_threshold,
        )
        progress.on_phase("Measuring what it made")
        after = _scores(folder, sets.test, labelled)
        return FineTuned(manifest, judge(before, after, first))

    for share in NEARER:
        tuned = judged(share)
        if tuned.is_passed:
            return tuned
        shutil.rmtree(folder)
    return judged(NEARER[0])


def _first_scores(
    version: ModelVersion, test: datasets.LabelledImages, labelled: LabelledGlyphs
) -> Scores | None:
    """Of the oldest version that this one goes back to; None where it is the same.

    A shipped one is skipped after an upgrade: another model lies in its place then.
    """
    ancestors = []
    while version.parent is not None:
        version = version.parent
        ancestors.append(version)
    for ancestor in reversed(ancestors):
        try:
            refuse_another(verify(folder_of(ancestor)), ancestor)
        except ArtifactError as error:
            logger.warning("Nothing is held against %s: %s", ancestor, error)
        else:
            return _scores(folder_of(ancestor), test, labelled)
    return None


def _not_of(test: datasets.LabelledImages, labelled: LabelledGlyphs) -> LabelledGlyphs:
    """Leave out MNIST's test digits, which somebody may have sent or imported."""
    judges = {glyph.tobytes() for glyph in as_glyphs(test.images)}
    is_other = np.array(
        [glyph.tobytes() not in judges for glyph in labelled.glyphs], np.bool_
    )
    return LabelledGlyphs(
        labelled.glyphs[is_other],
        labelled.labels[is_other],
        labelled.is_held_out[is_other],
    )


def _scores(
    folder: Path, test: datasets.LabelledImages, labelled: LabelledGlyphs
) -> Scores:
    recognizer = Recognizer.load(folder)

    def answered_to(glyphs: NDArray[np.uint8]) -> NDArray[np.int64]:
        return answered(
            in_batches(recognizer.probabilities, glyphs),
            recognizer.manifest.reject_threshold,
        )

    accuracy, recalls = mnist_scores(answered_to(as_glyphs(test.images)), test.labels)
    glyphs, labels = labelled.held_out
    held_out = float((answered_to(glyphs) == labels).mean()) if len(labels) else None
    return Scores(accuracy, recalls, held_out)


@ml_errors()
def train(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    *,
    labelled: LabelledGlyphs | None = None,
    start: Path | None = None,
    progress: Progress,
) -> Manifest:
    """Train a network and write it as an artefact.

    Args:
        data: what to learn from. MNIST's test set is measured on only.
        recipe: how.
        labelled: what reviewers confirmed, to be learnt as well.
        folder: where to; must not exist.
        start: an artefact to go on from; None begins from scratch.
        progress: whom to tell.
    Raises:
        RecognizerError: a set is missing or damaged, or `start` is no start.
    """
    mnist = datasets.load_mnist(data.mnist)
    characters = draw_characters(data.fonts)
    typed = datasets.typed_digits(characters)
    written = datasets.written_digits()
    sets = [mnist.train, *_further_sets(data), *[typed] * TYPED_COPIES]
    sets += [written] * WRITTEN_COPIES
    corrected = _not_of(mnist.test, labelled).training if labelled else None
    trained = train_model(
        sets,
        recipe,
        labelled=_repeated(corrected),
        characters=characters,
        start=start,
        progress=progress,
    )
    return write_trained(
        trained,
        folder,
        recipe,
        test=mnist.test,
        data={part.name: part.fingerprint() for part in sets}
        | {"characters": characters.name}
        | _corrections(labelled),
        start=start,
    )


def _repeated(corrected: Part | None) -> Part | None:
    """As often as in fine-tuning: a few labels among a hundred thousand digits."""
    if corrected is None or not len(corrected[1]):
        return None
    return finetuning.repeated(corrected)


def _corrections(labelled: LabelledGlyphs | None) -> dict[str, Any]:
    """What a manifest says of the labels that a model learnt from."""
    if labelled is None or not len(labelled.training[1]):
        return {}
    return {
        "corrections": labelled.fingerprint(),
        "corrections_n": len(labelled.training[1]),
    }


# Semeion is small, and of people's own digits alone has flagged 1s and barred 7s:
# each is drawn this many times an epoch.
SEMEION_COPIES = 5
# Typed digits and school hands: about 5,000 an epoch with the fonts of the shipped
# model, so that a printed form is read as well as a written one.
TYPED_COPIES = 3
# Made-up hands have all the forms of Europe, of which the other sets hold few.
WRITTEN_COPIES = 2


def _further_sets(data: TrainingData) -> Iterator[datasets.LabelledImages]:
    if data.usps is not None:
        yield datasets.load_usps(data.usps)
    if data.semeion is not None:
        yield from [datasets.load_semeion(data.semeion)] * SEMEION_COPIES
    if data.optdigits is not None:
        # The authors' test part stays untouched: this project's own tests use it.
        yield datasets.load_optdigits(data.optdigits, split="train")
