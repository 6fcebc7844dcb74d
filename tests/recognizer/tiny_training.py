"""A training that takes seconds: the real one, with little to learn from."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from ml import datasets, finetuning
from ml.augmentation import as_glyphs
from ml.datasets import LabelledImages
from ml.recipes import Recipe
from recognizer.engine import training
from tests.ml.few import draw_few


def make_set(start: int, stop: int) -> LabelledImages:
    digits = load_digits()
    images = (digits.images[start:stop] * (255 / 16)).astype(np.uint8)
    glyphs = as_glyphs(images)
    return LabelledImages(glyphs, digits.target[start:stop].astype(np.uint8), "tiny")


def shrink_training(setattr_: Callable[[Any, str, Any], None] = setattr) -> None:
    """Put a small set in MNIST's place, and shorten the epochs."""
    draw_few(setattr_)
    sets = datasets.Dataset(train=make_set(0, 1000), test=make_set(1000, 1797))
    setattr_(datasets, "load_mnist", lambda _folder: sets)
    for name in ("LABELLED_DRAWN", "LEAST_REPLAYED"):
        setattr_(finetuning, name, 400)
    for name in ("WRITTEN_REPLAYED", "CALIBRATED", "WRITTEN_CALIBRATED"):
        setattr_(finetuning, name, 100)

    def recipe(**asked: Any) -> Recipe:
        return replace(finetuning.fine_tuning_recipe(**asked), kept_aside=200)

    setattr_(training, "fine_tuning_recipe", recipe)
