"""Training a network and writing it as an artefact.

TensorFlow is imported by the functions: naming a recipe costs nothing.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ml import calibration
from ml.architectures import ARCHITECTURES
from ml.artifacts import KERAS_FILE, LITERT_FILE, Manifest, write_artifact
from ml.augmentation import Glyphs, as_glyphs, augment
from ml.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from ml.datasets import LabelledImages

Labels = NDArray[np.uint8]  # (n,), 0..9
Part = tuple[NDArray[np.uint8], Labels]  # images of one size, and what they are

# One of the kept-aside digits as they are, the others drawn anew.
CALIBRATION_COPIES: Final = 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. Every default has its reason.

    Attributes:
        architecture: name in `ml.architectures`.
        epochs: each sees every digit once, drawn anew.
        polish_epochs: so many more at a low rate, mostly on digits as they are: the
            rough ones teach the net to read, but MNIST's own are mostly tidy.
        batch_size: with MNIST and the further sets 20,000 steps in 30 epochs.
        learning_rate, polish_rate: at their peaks, after a warm-up and before a cosine
            to nearly 0; the first is twice AdamW's usual, which batch normalisation
            bears, the second a fifth of that.
        weight_decay: of AdamW; small, as the augmentation does the regularising.
        label_smoothing: keeps the net from being sure of what nobody could read.
        averaged_share: at the end of either, the weights are replaced by their running
            mean over this last part of its steps (Polyak averaging). The statistics of
            the batch normalisation stay the last steps': at the end of the cosine the
            weights hardly move, and estimating them anew changed nothing (99.52 % and
            99.51 % of MNIST's test set).
        plain_share, polish_plain_share: part of each epoch that is left as it is.
        kept_aside: digits of the first set that never train: they calibrate.
        seed: of the weights, the order and the augmentation.
    """

    architecture: str = "cnn"
    epochs: int = 30
    polish_epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 2e-3
    polish_rate: float = 4e-4
    weight_decay: float = 2e-3
    label_smoothing: float = 0.05
    averaged_share: float = 0.1
    plain_share: float = 0.25
    polish_plain_share: float = 0.6
    kept_aside: int = 5000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class EpochProgress:
    """Told after each epoch: accuracies are of the digits trained on and kept aside."""

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float
    kept_aside_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Whom to tell: `on_step(done, total)` within an epoch, `on_epoch` after it."""

    on_step: Callable[[int, int], None] = lambda _done, _total: None
    on_epoch: Callable[[EpochProgress], None] = lambda _progress: None


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A network with the digits kept aside from its training."""

    model: keras.Model
    kept_images: NDArray[np.uint8]
    kept_labels: Labels


@dataclass(frozen=True, slots=True)
class _Run:
    """What all epochs of a training share; `pool` draws glyphs in another process."""

    model: keras.Model
    parts: list[Part]
    kept: Part
    recipe: Recipe
    progress: Progress
    pool: ProcessPoolExecutor


def train_model(
    sets: Sequence[LabelledImages],
    recipe: Recipe,
    *,
    progress: Progress | None = None,
) -> TrainedModel:
    """Train a network from scratch on digits drawn anew every epoch.

    Args:
        sets: images of any size; of the first set `recipe.kept_aside` are kept aside.
        recipe: how to train; the same recipe, sets and machine give the same weights.
        progress: whom to tell.
    Raises:
        DatasetError: the first set is not larger than what is to be kept aside.
    """
    import keras

    progress = progress or Progress()
    keras.utils.set_random_seed(recipe.seed)
    parts, kept = _keep_aside(sets, recipe)
    model = ARCHITECTURES[recipe.architecture]()
    with _process() as pool:
        run = _Run(model, parts, kept, recipe, progress, pool)
        _fit(run, range(1, recipe.epochs + 1), recipe.learning_rate, recipe.plain_share)
        _polish(run)
    # A fresh copy leaves the optimiser's state behind, three times the weights' size.
    served = ARCHITECTURES[recipe.architecture]()
    served.set_weights(model.get_weights())
    return TrainedModel(served, *kept)


def _polish(run: _Run) -> None:
    recipe = run.recipe
    last = recipe.epochs + recipe.polish_epochs
    epochs = range(recipe.epochs + 1, last + 1)
    _fit(run, epochs, recipe.polish_rate, recipe.polish_plain_share)


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
    temperature, threshold = _calibrate(trained, recipe.seed)
    test_accuracy = accuracy(
        predict(model, as_input(as_glyphs(test.images))), test.labels
    )
    manifest = Manifest(
        architecture=recipe.architecture,
        temperature=temperature,
        sure_threshold=threshold,
        metrics={
            "mnist_test_accuracy": test_accuracy,
            "mnist_test_n": len(test),
            "parameters": int(model.count_params()),
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


def predict(model: keras.Model, glyphs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities (n, 10) of (n, 28, 28, 1) float32 glyphs, in batches."""
    return np.asarray(model.predict(glyphs, batch_size=512, verbose=0), np.float64)


def accuracy(probabilities: NDArray[np.float64], labels: Labels) -> float:
    """Share of rows whose highest probability is at the label."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def as_input(glyphs: Glyphs) -> NDArray[np.float32]:
    """Glyphs (n, 28, 28) uint8 as the network takes them: float32 in 0..1."""
    return (glyphs[..., None] * np.float32(1 / 255)).astype(np.float32)


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


def _fit(run: _Run, epochs: range, peak_rate: float, plain_share: float) -> None:
    """Train for some epochs, and leave the model with its averaged weights."""
    recipe, model = run.recipe, run.model
    labels = np.concatenate([part_labels for _, part_labels in run.parts])
    steps = -(-len(labels) // recipe.batch_size) * len(epochs)
    if steps == 0:
        return
    _compile(model, recipe, peak_rate=peak_rate, steps=steps)
    kept_images, kept_labels = run.kept
    kept_glyphs = as_input(as_glyphs(kept_images))
    for epoch, glyphs in zip(
        epochs, _drawn_ahead(run, epochs, plain_share), strict=True
    ):
        started = time.monotonic()
        order = np.random.default_rng((recipe.seed, epoch)).permutation(len(labels))
        logs = _fit_epoch(
            model, glyphs[order], labels[order], recipe.batch_size, run.progress.on_step
        )
        with _averaged_weights(model):
            kept_accuracy = accuracy(predict(model, kept_glyphs), kept_labels)
        run.progress.on_epoch(
            EpochProgress(
                epoch,
                recipe.epochs + recipe.polish_epochs,
                logs["loss"],
                logs["accuracy"],
                kept_accuracy,
                time.monotonic() - started,
            )
        )
    model.optimizer.finalize_variable_values(model.trainable_variables)


def _compile(
    model: keras.Model, recipe: Recipe, *, peak_rate: float, steps: int
) -> None:
    import keras

    warm_up = min(steps // 10, 1000)
    schedule = keras.optimizers.schedules.CosineDecay(
        peak_rate / 20,
        decay_steps=steps - warm_up,
        warmup_target=peak_rate,
        warmup_steps=warm_up,
        alpha=0.01,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(
            schedule,
            weight_decay=recipe.weight_decay,
            use_ema=True,
            ema_momentum=max(0.0, 1 - 1 / max(1.0, recipe.averaged_share * steps)),
        ),
        loss=keras.losses.CategoricalCrossentropy(
            label_smoothing=recipe.label_smoothing
        ),
        metrics=["accuracy"],
    )


def _fit_epoch(
    model: keras.Model,
    glyphs: Glyphs,
    labels: Labels,
    batch_size: int,
    on_step: Callable[[int, int], None],
) -> dict[str, float]:
    import keras

    steps = -(-len(labels) // batch_size)
    tell = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, **_: on_step(batch + 1, steps)
    )
    history = model.fit(
        as_input(glyphs),
        np.eye(10, dtype=np.float32)[labels],
        batch_size=batch_size,
        shuffle=False,
        verbose=0,
        callbacks=[tell],
    )
    return {name: float(values[-1]) for name, values in history.history.items()}


@contextmanager
def _averaged_weights(model: keras.Model) -> Iterator[None]:
    """Within, the model has its running mean of weights, to be measured with."""
    own = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        model.set_weights(own)


@contextmanager
def _process() -> Iterator[ProcessPoolExecutor]:
    # Forking a process that runs TensorFlow's threads can hang; spawning cannot.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        yield pool


def _drawn_ahead(run: _Run, epochs: range, plain_share: float) -> Iterator[Glyphs]:
    """Draw each epoch's glyphs in another process while the one before trains."""

    def order(epoch: int) -> Future[Glyphs]:
        return run.pool.submit(
            draw_epoch, run.parts, run.recipe.seed, epoch, plain_share
        )

    ahead = order(epochs[0])
    for epoch in epochs:
        glyphs = ahead.result()
        if epoch != epochs[-1]:
            ahead = order(epoch + 1)
        yield glyphs


def draw_epoch(parts: list[Part], seed: int, epoch: int, plain_share: float) -> Glyphs:
    """One epoch's glyphs, in the order of the images, most of them augmented."""
    rng = np.random.default_rng((seed, epoch))
    drawn = []
    for images, labels in parts:
        glyphs = augment(images, labels, seed=int(rng.integers(2**32)))
        plain = np.flatnonzero(rng.random(len(images)) < plain_share)
        if plain.size:
            glyphs[plain] = as_glyphs(images[plain])
        drawn.append(glyphs)
    return np.concatenate(drawn)


def _calibrate(trained: TrainedModel, seed: int) -> tuple[float, float]:
    """Fit on kept-aside digits as they are and as rough as people make them."""
    glyphs = [as_glyphs(trained.kept_images)]
    glyphs += [
        augment(trained.kept_images, trained.kept_labels, seed=seed + 1_000_003 * copy)
        for copy in range(1, CALIBRATION_COPIES)
    ]
    labels = np.tile(trained.kept_labels, CALIBRATION_COPIES)
    probabilities = predict(trained.model, as_input(np.concatenate(glyphs)))
    temperature = calibration.fit_temperature(probabilities, labels)
    probabilities = calibration.apply_temperature(probabilities, temperature)
    return temperature, calibration.fit_sure_threshold(probabilities, labels)
