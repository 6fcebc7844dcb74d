"""The training loop: epochs drawn ahead in another process, weights averaged.

TensorFlow is imported by the functions: naming a recipe costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ml.augmentation import Glyphs, as_glyphs
from ml.curriculum import Labels, Mixture, Part
from ml.drawing import Drawing, Drawn, Order, Targets
from ml.networks import as_input
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.recipes import EpochProgress, Progress, Recipe

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


@dataclass(frozen=True, slots=True)
class Run:
    """What all epochs of a training share.

    Attributes:
        kept: digits to measure each epoch with.
        drawing: where an epoch's glyphs are drawn.
    """

    model: keras.Model
    kept: Part
    recipe: Recipe
    progress: Progress
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Phase:
    """Epochs with one mixture, under one cosine of learning rates."""

    epochs: range
    peak_rate: float
    mixture: Mixture


def fit(run: Run, phases: Sequence[Phase], then: Sequence[Order] = ()) -> list[Drawn]:
    """Train for some epochs, and leave the model with its averaged weights.

    Args:
        phases: each begins with the averaged weights of the one before.
        then: what to draw while the last epoch trains, so that nobody waits for it.
    Returns:
        What was drawn then.
    """
    recipe = run.recipe
    orders = [
        Order((phase.mixture,), recipe.seed, epoch)
        for phase in phases
        for epoch in phase.epochs
    ]
    drawn = run.drawing.in_turn([*orders, *then])
    for phase in phases:
        if phase.epochs:
            _fit_phase(run, phase, drawn)
    return list(drawn)


def _fit_phase(run: Run, phase: Phase, drawn: Iterator[Drawn]) -> None:
    model, recipe = run.model, run.recipe
    kept_images, kept_labels = run.kept
    kept_glyphs = as_input(as_glyphs(kept_images))
    for epoch in phase.epochs:
        lesson = next(drawn)
        if epoch == phase.epochs[0]:
            steps = _steps(lesson.labels, recipe) * len(phase.epochs)
            _compile(model, recipe, peak_rate=phase.peak_rate, steps=steps)
        started = time.monotonic()
        order = np.random.default_rng((recipe.seed, epoch)).permutation(
            len(lesson.labels)
        )
        targets = _targets(model, lesson)
        logs = _fit_epoch(
            model, lesson.glyphs[order], targets[order], recipe, run.progress.on_step
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


def predict(model: keras.Model, glyphs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities (n, 11) of (n, 28, 28, 1) float32 glyphs, in batches."""
    import tensorflow as tf

    batches = _promptly(tf.data.Dataset.from_tensor_slices(glyphs).batch(512))
    return np.asarray(model.predict(batches, verbose=0), np.float64)


def accuracy(probabilities: NDArray[np.float64], labels: Labels) -> float:
    """Share of rows whose most probable digit is the label."""
    digits = probabilities[:, :NOT_A_DIGIT_LABEL]
    return float((digits.argmax(axis=1) == labels).mean())


def _steps(of_epoch: Sized, recipe: Recipe) -> int:
    return -(-len(of_epoch) // recipe.batch_size)


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
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    # Keras would make the optimiser's variables, and the metric's, within the first
    # step; a step that makes variables is traced twice, which takes seconds.
    model.optimizer.build(model.trainable_variables)


def _targets(model: keras.Model, drawn: Drawn) -> Targets:
    if drawn.targets is not None:
        return drawn.targets
    return np.eye(model.output_shape[-1], dtype=np.float32)[drawn.labels]


def _fit_epoch(
    model: keras.Model,
    glyphs: Glyphs,
    targets: Targets,
    recipe: Recipe,
    on_step: Callable[[int, int], None],
) -> dict[str, float]:
    import keras
    import tensorflow as tf

    batches = (
        tf.data.Dataset.from_tensor_slices((glyphs, targets))
        .batch(recipe.batch_size)
        .map(lambda x, y: (tf.cast(x[..., None], tf.float32) / 255, y))
    )
    steps = _steps(targets, recipe)
    last: list[NDArray[np.float32]] = []
    tell = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, **_: on_step(batch + 1, steps),
        on_epoch_end=lambda *_, **__: last.extend(model.get_weights()),
    )
    history = model.fit(_promptly(batches), shuffle=False, verbose=0, callbacks=[tell])
    # Keras ends each `fit` by putting the running mean in the weights' place. The next
    # epoch would begin there, far behind, and so would each after it.
    model.set_weights(last)
    return {name: float(values[-1]) for name, values in history.history.items()}


def _promptly(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Let a data set end when its last batch has been taken.

    A thread that tunes it sleeps 10 ms, 20 ms, 40 ms and so on, and is waited for at
    the end (TensorFlow 2.21): an epoch of 11 s took 20.5 s. Arrays that are given to
    Keras are wrapped in such a data set as well.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


@contextmanager
def _averaged_weights(model: keras.Model) -> Iterator[None]:
    """Within, the model has its running mean of weights, to be measured with."""
    own = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        model.set_weights(own)
