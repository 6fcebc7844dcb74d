"""Two trainings on MNIST that keep their weights after every epoch: ours, a tutorial's.

They are measured when the training is over, so that measuring takes no time from it.
TensorFlow is imported by the functions, in the process that trains.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ml.architectures import ARCHITECTURES
from ml.curriculum import Mixture, Sources
from ml.datasets import LabelledImages
from ml.drawing import Plan, drawing_process
from ml.fitting import Phase, Run, accuracy, fit, predict
from ml.networks import as_input
from ml.not_digits import Material
from ml.recipes import Progress, Recipe

if TYPE_CHECKING:
    import keras

# Digits only, and few epochs: one cosine over them all, so that the rate is nearly 0
# when they end.
QUICK: Final = Recipe(
    epochs=4,
    polish_epochs=0,
    mixture=Mixture(plain=0.5, on_pages=0.0, not_digits=0.0),
)
TUTORIAL_EPOCHS: Final = 12


@dataclass(frozen=True, slots=True)
class Epoch:
    """How far a training was after an epoch; accuracy is of the test set."""

    number: int
    seconds: float
    accuracy: float


@dataclass(slots=True)
class Recorder:
    """Keeps the weights after every epoch, and the seconds since training began."""

    started: float = field(default_factory=time.perf_counter)
    seconds: list[float] = field(default_factory=list)
    weights: list[list[NDArray[np.float32]]] = field(default_factory=list)

    def keep(self, weights: list[NDArray[np.float32]]) -> None:
        self.seconds.append(time.perf_counter() - self.started)
        self.weights.append(weights)

    def measured(self, model: keras.Model, test: LabelledImages) -> list[Epoch]:
        """Measure the weights of every epoch on the test set."""
        glyphs = as_input(test.images)
        epochs: list[Epoch] = []
        for seconds, weights in zip(self.seconds, self.weights, strict=True):
            model.set_weights(weights)
            share = accuracy(predict(model, glyphs), test.labels)
            epochs.append(Epoch(len(epochs) + 1, seconds, share))
        return epochs


def train_ours(train: LabelledImages, recorder: Recorder, seed: int) -> keras.Model:
    """Run the project's training loop; what counts after an epoch is the mean weights.

    The loop measures one digit after each epoch, which is counted as training.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = ARCHITECTURES[QUICK.architecture]()
    images, labels = train.images, train.labels
    # Nothing but digits is drawn: no material is needed for what is none.
    plan = Plan(partial(Sources, ((images, labels),), Material.of_digits(images)))
    progress = Progress(on_epoch=lambda _: recorder.keep(_mean_weights(model)))
    epochs = range(1, QUICK.epochs + 1)
    with drawing_process(plan) as drawing:
        kept = images[:1], labels[:1]
        run = Run(model, kept, replace(QUICK, seed=seed), progress, drawing)
        fit(run, [Phase(epochs, QUICK.learning_rate, QUICK.mixture)])
    return model


def train_tutorial(train: LabelledImages, recorder: Recorder, seed: int) -> keras.Model:
    """Train the CNN of most tutorials as they do: Adam, batches of 128, no new digits.

    Adadelta, which the script had at first, learns nothing at today's default rate.

    Source: Keras's examples/mnist_cnn.py, 2015 to 2020, "99.25 % after 12 epochs".
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"]
    )
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda _epoch, _logs: recorder.keep(model.get_weights())
    )
    model.fit(
        as_input(train.images),
        keras.utils.to_categorical(train.labels, 10),
        batch_size=128,
        epochs=TUTORIAL_EPOCHS,
        verbose=0,
        callbacks=[keep],
    )
    return model


Train = Callable[[LabelledImages, Recorder, int], "keras.Model"]


def run_training(
    train: Train, sets: tuple[LabelledImages, LabelledImages], seed: int
) -> list[Epoch]:
    """Train with one of the functions above, and measure what it was after each epoch.

    Args:
        train: which of the two.
        sets: what to train on, and what to measure on.
        seed: of the weights and the order.
    """
    recorder = Recorder()
    model = train(sets[0], recorder, seed)
    return recorder.measured(model, sets[1])


def _mean_weights(model: keras.Model) -> list[NDArray[np.float32]]:
    """The running mean that the loop ends with; the model goes on with its own."""
    own = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    mean: list[NDArray[np.float32]] = model.get_weights()
    model.set_weights(own)
    return mean
