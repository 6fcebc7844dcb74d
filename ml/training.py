"""Training a network and writing it as an artefact.

TensorFlow is imported by the functions: naming a recipe costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ml import calibration
from ml.architectures import ARCHITECTURES, size_of
from ml.artifacts import KERAS_FILE, LITERT_FILE, Manifest, verify, write_artifact
from ml.augmentation import as_glyphs
from ml.curriculum import Mixture, Part, Sources, draw_epoch
from ml.errors import ArtifactError, DatasetError
from ml.fitting import (
    Phase,
    Run,
    accuracy,
    as_input,
    drawing_process,
    fit,
    predict,
)
from ml.fonts import Characters, draw_characters
from ml.not_digits import make_material
from ml.recipes import EpochProgress, Progress, Recipe

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from ml.datasets import LabelledImages

__all__ = [
    "EpochProgress",
    "Progress",
    "Recipe",
    "TrainedModel",
    "train_model",
    "write_model",
    "write_trained",
]

# Calibration sees the kept-aside digits as they are, and drawn anew on pages.
CALIBRATION: Final = (Mixture(1.0, 0.0, 0.0), Mixture(0.0, 0.3, 0.3))
# No epoch has this number: what calibrates is drawn as nothing that trained.
CALIBRATION_EPOCH: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A network with what was kept aside from its training."""

    model: keras.Model
    kept: Sources


def train_model(
    sets: Sequence[LabelledImages],
    recipe: Recipe,
    *,
    characters: Characters | None = None,
    start: Path | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Train a network on digits drawn anew every epoch.

    Args:
        sets: images of any size; of the first set `recipe.kept_aside` are kept aside.
        recipe: how to train; the same recipe, sets and machine give the same weights.
        characters: letters and signs that are no digits; the built-in faces' if None.
        start: an artefact of the same architecture to go on from, instead of chance.
        progress: whom to tell.
    Raises:
        DatasetError: the first set is not larger than what is to be kept aside.
        ArtifactError: `start` is damaged or of another architecture.
    """
    import keras

    keras.utils.set_random_seed(recipe.seed)
    parts, kept = _keep_aside(sets, recipe)
    characters = characters or draw_characters()
    sources = Sources(tuple(parts), make_material(*parts[0], characters))
    model = ARCHITECTURES[recipe.architecture]()
    if start is not None:
        _take_weights(model, start, recipe)
    with drawing_process() as pool:
        run = Run(model, sources, kept, recipe, progress or Progress(), pool)
        for phase in _phases(recipe):
            fit(run, phase)
    # A fresh copy leaves the optimiser's state behind, three times the weights' size.
    served = ARCHITECTURES[recipe.architecture]()
    served.set_weights(model.get_weights())
    return TrainedModel(served, Sources((kept,), sources.material.with_digits(*kept)))


def write_trained(
    trained: TrainedModel,
    folder: Path,
    recipe: Recipe,
    *,
    test: LabelledImages,
    data: dict[str, Any],
) -> Manifest:
    """Calibrate a trained network, measure it and write it as an artefact.

    Args:
        trained: from `train_model`.
        folder: where to; must not exist.
        recipe: goes into the manifest.
        test: the MNIST test set, measured on but not learned from.
        data: what the network learned from; goes into the manifest.
    """
    model = trained.model
    fitted, size = calibrate(trained, recipe.seed), size_of(model)
    test_accuracy = accuracy(
        predict(model, as_input(as_glyphs(test.images))), test.labels
    )
    manifest = Manifest(
        architecture=recipe.architecture,
        temperature=fitted.temperature,
        sure_threshold=fitted.sure_threshold,
        reject_threshold=fitted.reject_threshold,
        metrics={
            "mnist_test_accuracy": test_accuracy,
            "mnist_test_n": len(test),
            "parameters": size.parameters,
            "multiplications": size.multiplications,
        },
        training={"recipe": asdict(recipe), "data": data},
    )
    return write_artifact(folder, manifest, lambda path: write_model(model, path))


def write_model(model: keras.Model, folder: Path) -> None:
    """Write a network as Keras file and compile it for LiteRT."""
    import tensorflow as tf

    model.save(folder / KERAS_FILE)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / LITERT_FILE).write_bytes(converter.convert())


def calibrate(trained: TrainedModel, seed: int) -> calibration.Fitted:
    """Fit on what was kept aside, as it is and as rough as people make it."""
    drawn = [
        draw_epoch(trained.kept, mixture, seed=seed, epoch=CALIBRATION_EPOCH)
        for mixture in CALIBRATION
    ]
    glyphs, labels = (np.concatenate(arrays) for arrays in zip(*drawn, strict=True))
    return calibration.fit(predict(trained.model, as_input(glyphs)), labels)


def _phases(recipe: Recipe) -> tuple[Phase, Phase]:
    last = recipe.epochs + recipe.polish_epochs
    return (
        Phase(range(1, recipe.epochs + 1), recipe.learning_rate, recipe.mixture),
        Phase(
            range(recipe.epochs + 1, last + 1),
            recipe.polish_rate,
            recipe.polish_mixture,
        ),
    )


def _keep_aside(
    sets: Sequence[LabelledImages], recipe: Recipe
) -> tuple[list[Part], Part]:
    """Part the sets into what trains and what is kept aside of the first."""
    first = sets[0]
    if len(first) <= recipe.kept_aside:
        raise DatasetError(
            f"Expected more than {recipe.kept_aside} digits in {first.name}, "
            f"as so many are kept aside. Received: {len(first)}."
        )
    order = np.random.default_rng(recipe.seed).permutation(len(first))
    kept, rest = order[: recipe.kept_aside], np.sort(order[recipe.kept_aside :])
    parts = [(first.images[rest], first.labels[rest])]
    parts += [(more.images, more.labels) for more in sets[1:]]
    return parts, (first.images[kept], first.labels[kept])


def _take_weights(model: keras.Model, start: Path, recipe: Recipe) -> None:
    """Give a model an artefact's weights; outputs it does not have begin at 0."""
    import keras

    if verify(start).architecture != recipe.architecture:
        raise ArtifactError(
            f"Expected a model of architecture {recipe.architecture} at {start}. "
            f"Received: {verify(start).architecture}."
        )
    given = keras.models.load_model(start / KERAS_FILE, compile=False, safe_mode=True)
    weights = [
        _widened(theirs, ours)
        for theirs, ours in zip(given.get_weights(), model.get_weights(), strict=True)
    ]
    model.set_weights(weights)


def _widened(
    theirs: NDArray[np.float32], ours: NDArray[np.float32]
) -> NDArray[np.float32]:
    sides = zip(ours.shape, theirs.shape, strict=True)
    return np.pad(theirs, [(0, mine - yours) for mine, yours in sides])
