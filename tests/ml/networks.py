"""Networks of others for tests: a linear reader of digits, right for 9 of 10."""

from functools import cache

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from ml.adapting import InputForm
from ml.augmentation import as_glyphs
from ml.datasets import LabelledImages
from ml.networks import as_input
from ml.outcomes import DIGITS

PLAIN = InputForm(0, 1)
COUNT = 600


@cache
def known_digits() -> LabelledImages:
    known = load_digits()
    images = (known.images[:COUNT] * (255 / 16)).astype(np.uint8)
    labels = known.target[:COUNT].astype(np.uint8)
    return LabelledImages(as_glyphs(images), labels, "tiny")


@cache
def linear_weights() -> NDArray[np.float32]:
    """(785, 10): what a glyph in 0..1, and a 1, are multiplied by. Ridge regression."""
    digits = known_digits()
    pixels = as_input(digits.images).reshape(COUNT, 784)
    x = np.hstack([pixels, np.ones((COUNT, 1))])
    y = np.eye(DIGITS)[digits.labels] * 10
    return np.linalg.solve(x.T @ x + np.eye(785), x.T @ y).astype(np.float32)


def make_network(
    *,
    weights: NDArray[np.float32] | None = None,
    shape: tuple[int, ...] = (28, 28, 1),
    form: InputForm = PLAIN,
    activation: str | None = "softmax",
    outputs: int = DIGITS,
) -> keras.Sequential:
    """A reader of digits that takes its pixels in some form."""
    weights = linear_weights() if weights is None else weights
    network = keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            layers.Dense(outputs, activation=activation),
        ]
    )
    kernel = weights[:-1] / (form.ink - form.paper)
    bias = weights[-1] - kernel.sum(axis=0) * form.paper
    wide = ((0, 0), (0, outputs - DIGITS))
    network.set_weights([np.pad(kernel, wide), np.pad(bias[None], wide)[0]])
    return network
