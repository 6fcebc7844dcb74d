"""Training a network and writing it as an artefact.

TensorFlow is imported by the functions: naming a recipe costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ml import calibration, not_digits
from ml.architectures import ARCHITECTURES, size_of
from ml.artifacts import (
    KERAS_FILE,
    LITERT_FILE,
    Manifest,
    read_manifest,
    verify,
    write_artifact,
)
from ml.augmentation import Glyphs, as_glyphs
from ml.curriculum import Mixture, Part, Sources
from ml.datasets import LabelledImages, written_digits
from ml.drawing import Drawn, Order, Plan, drawing_process
from ml.errors import ArtifactError, DatasetError
from ml.fitting import Phase, Run, accuracy, fit
from ml.fonts import Characters, draw_characters
from ml.networks import LiteRTNetwork, Network, as_input, in_batches
from ml.not_digits import KEPT_SEED, make_kept_material, make_material
from ml.recipes import PRECISIONS, EpochProgress, Progress, Recipe

if TYPE_CHECKING:
    from pathlib import Path

    import keras


__all__ = [
    "EpochProgress",
    "Progress",
    "Recipe",
    "TrainedModel",
    "answers",
    "calibration_order",
    "compiled",
    "make_kept_sources",
    "make_sources",
    "train_model",
    "write_model",
    "write_trained",
]

# Calibration sees the kept-aside digits as they are, and drawn anew on pages.
CALIBRATION: Final = (Mixture(1.0, 0.0, 0.0), Mixture(0.0, 0.3, 0.3))
# No epoch has this number: what calibrates is drawn as nothing that trained.
CALIBRATION_EPOCH: Final = 1_000_000
# MNIST alone is too tidy and too American to tell how sure to be of other hands.
KEPT_WRITTEN: Final = 1500
# The same digits are kept aside whatever the seed of a training. A model that goes on
# from another would else be calibrated on what trained that one.
KEPT_ASIDE_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A network, and glyphs to calibrate it with, which were kept aside."""

    model: keras.Model
    calibrating: Drawn


def train_model(
    sets: Sequence[LabelledImages],
    recipe: Recipe,
    *,
    labelled: Part | None = None,
    characters: Characters | None = None,
    start: Path | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Train a network on digits drawn anew every epoch.

    Args:
        sets: images of any size; of the first set `recipe.kept_aside` are kept aside.
        labelled: glyphs and labels, 0 to 10, that people gave; none are kept aside.
        recipe: how to train; the same recipe, sets and machine give the same weights.
        characters: letters and signs that are no digits; the built-in faces' if None.
        start: an artefact of the same architecture to go on from, instead of chance;
            it may have fewer layers and outputs, as one of an older release has.
        progress: whom to tell.
    Raises:
        DatasetError: the first set is not larger than what is to be kept aside.
        ArtifactError: `start` is damaged, of another architecture, or has layers of
            which the network has none alike.
    """
    import keras

    keras.utils.set_random_seed(recipe.seed)
    parts, kept = keep_aside(sets, recipe)
    with _policy(PRECISIONS[recipe.precision]):
        model = ARCHITECTURES[recipe.architecture]()
    if start is not None:
        # Before what takes long: it may be refused.
        _take_weights(model, start, recipe)
    given = [] if labelled is None else [labelled]
    plan = Plan(
        partial(
            make_sources,
            (*parts, *given),
            characters,
            written=not_digits.WRITTEN_LETTERS,
            invented=not_digits.INVENTED,
        ),
        partial(
            make_kept_sources,
            kept,
            characters,
            written=KEPT_WRITTEN,
            letters=not_digits.KEPT_LETTERS,
        ),
    )
    with drawing_process(plan) as drawing:
        run = Run(model, kept, recipe, progress or Progress(), drawing)
        [calibrating] = fit(run, _phases(recipe), [calibration_order(recipe)])
    # A fresh copy leaves the optimiser's state behind, three times the weights' size,
    # and is of 32 bits.
    served = ARCHITECTURES[recipe.architecture]()
    served.set_weights(model.get_weights())
    return TrainedModel(served, calibrating)


def make_sources(
    parts: tuple[Part, ...],
    characters: Characters | None,
    *,
    written: int,
    invented: int,
) -> Sources:
    """Gather what trains.

    Args:
        parts: digits; of the first, parts and pairs are made that are no digits.
        characters: letters and signs; the built-in faces' if None.
        written, invented: so many more letters.
    """
    material = make_material(
        *parts[0], characters or draw_characters(), written=written, invented=invented
    )
    return Sources(parts, material)


def make_kept_sources(
    kept: Part, characters: Characters | None, *, written: int, letters: int
) -> Sources:
    """Gather what calibrates: none of it trains.

    Args:
        kept: digits kept aside.
        characters: as in `make_sources`.
        written: so many digits more by made-up hands.
        letters: so many letters of either kind.
    """
    more = written_digits(written, seed=KEPT_SEED)
    material = make_kept_material(
        *kept, characters or draw_characters(), letters=letters
    )
    return Sources((kept, (more.images, more.labels)), material)


def calibration_order(recipe: Recipe) -> Order:
    """What was kept aside, as it is and as rough as people make it."""
    return Order(CALIBRATION, recipe.seed, CALIBRATION_EPOCH, is_kept=True)


@contextmanager
def _policy(name: str) -> Iterator[None]:
    """Within, layers are built to multiply with this precision of Keras's."""
    import keras

    own = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(own)


def write_trained(
    trained: TrainedModel,
    folder: Path,
    recipe: Recipe,
    *,
    test: LabelledImages,
    data: dict[str, Any],
    start: Path | None = None,
    least_refusal: float = 0.0,
) -> Manifest:
    """Calibrate a trained network, measure it and write it as an artefact.

    Args:
        trained: from `train_model`.
        folder: where to; must not exist.
        recipe: goes into the manifest.
        test: the MNIST test set, measured on but not learned from.
        data: what the network learned from; goes into the manifest.
        start: the artefact it went on from; how that was trained goes there, too.
        least_refusal: the threshold from which a digit is refused is no lower.
    """
    model, size = trained.model, size_of(trained.model)
    content = compiled(model, quantised=True)
    # What serves is calibrated and measured, not what it was compiled from.
    served = LiteRTNetwork(content)
    calibrating = trained.calibrating
    fitted = calibration.fit(answers(served, calibrating.glyphs), calibrating.labels)
    test_accuracy = accuracy(answers(served, as_glyphs(test.images)), test.labels)
    manifest = Manifest(
        architecture=recipe.architecture,
        temperature=fitted.temperature,
        sure_threshold=fitted.sure_threshold,
        reject_threshold=max(fitted.reject_threshold, least_refusal),
        metrics={
            "mnist_test_accuracy": test_accuracy,
            "mnist_test_n": len(test),
            "parameters": size.parameters,
            "multiplications": size.multiplications,
        },
        training={"recipe": asdict(recipe), "data": data} | _origin(start),
    )
    return write_artifact(
        folder, manifest, lambda path: write_model(model, content, path)
    )


def _origin(start: Path | None) -> dict[str, Any]:
    if start is None:
        return {}
    manifest = read_manifest(start)
    return {"start": {"digest": manifest.digest, **manifest.training}}


def compiled(model: keras.Model, *, quantised: bool) -> bytes:
    """Compile a network for LiteRT.

    Args:
        model: of one input and one output.
        quantised: keep the weights of all but the smallest layers as integers of 8
            bits, with a scale for each filter, and round what enters a layer likewise
            while it multiplies (dynamic-range quantisation). docs/benchmarks.md says
            what it saves.
    Source: ai.google.dev/edge/litert, "Post-training dynamic range quantization".
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if quantised:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    logger = tf.get_logger()
    level = logger.level
    # Its notes on what it saved where are of no use to anyone.
    logger.setLevel("WARNING")
    try:
        with redirect_stdout(StringIO()):
            content: bytes = converter.convert()
    finally:
        logger.setLevel(level)
    return content


def write_model(model: keras.Model, content: bytes, folder: Path) -> None:
    """Write a network as Keras file, and what it was compiled to."""
    model.save(folder / KERAS_FILE)
    (folder / LITERT_FILE).write_bytes(content)


def answers(network: Network, glyphs: Glyphs) -> NDArray[np.float64]:
    """Raw probabilities (n, 11) of (n, 28, 28) glyphs, in batches."""
    return in_batches(lambda part: network(as_input(part)), glyphs)


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


def keep_aside(
    sets: Sequence[LabelledImages], recipe: Recipe
) -> tuple[list[Part], Part]:
    """Part the sets into what trains and what is kept aside of the first."""
    first = sets[0]
    if len(first) <= recipe.kept_aside:
        raise DatasetError(
            f"Expected more than {recipe.kept_aside} digits in {first.name}, "
            f"as so many are kept aside. Received: {len(first)}."
        )
    order = np.random.default_rng(KEPT_ASIDE_SEED).permutation(len(first))
    kept, rest = order[: recipe.kept_aside], np.sort(order[recipe.kept_aside :])
    parts = [(first.images[rest], first.labels[rest])]
    parts += [(more.images, more.labels) for more in sets[1:]]
    return parts, (first.images[kept], first.labels[kept])


def _take_weights(model: keras.Model, start: Path, recipe: Recipe) -> None:
    """Give a model an artefact's weights.

    Outputs that the artefact does not have begin at 0; layers that it does not have
    begin as they are built.
    """
    import keras

    received = verify(start).architecture
    if received != recipe.architecture:
        raise ArtifactError(
            f"Expected a model of architecture {recipe.architecture} at {start}. "
            f"Received: {received}."
        )
    given = keras.models.load_model(start / KERAS_FILE, compile=False, safe_mode=True)
    theirs = [layer for layer in given.layers if layer.weights]
    ours = [layer for layer in model.layers if layer.weights]
    if not theirs:
        raise ArtifactError(f"Expected a model with weights at {start}.")
    # The last layer's outputs may have become more.
    widened = map(_widened, theirs.pop().get_weights(), ours.pop().get_weights())
    model.layers[-1].set_weights(list(widened))
    for layer in ours:
        if theirs and _form(layer) == _form(theirs[0]):
            layer.set_weights(theirs.pop(0).get_weights())
    if theirs:
        raise ArtifactError(
            f"Expected a model at {start} whose layers all stand in {model.name}. "
            f"Received one more: {theirs[0].name}."
        )


def _form(layer: keras.Layer) -> tuple[Any, ...]:
    """What two layers have in common when one can take the other's weights."""
    config = layer.get_config()
    shapes = [tuple(weight.shape) for weight in layer.weights]
    return type(layer), shapes, config.get("strides"), config.get("padding")


def _widened(
    theirs: NDArray[np.float32], ours: NDArray[np.float32]
) -> NDArray[np.float32]:
    more = [mine - yours for mine, yours in zip(ours.shape, theirs.shape, strict=True)]
    if any(more[:-1]) or more[-1] < 0:
        raise ArtifactError(
            f"Expected a last layer of shape {ours.shape}, or of fewer outputs. "
            f"Received: {theirs.shape}."
        )
    return np.pad(theirs, [(0, count) for count in more])
