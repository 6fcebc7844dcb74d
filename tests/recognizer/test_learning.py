"""The whole way of a correction, with the real engine: from a click to a new model."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml import datasets, finetuning
from ml.augmentation import as_glyphs
from ml.datasets import LabelledImages
from recognizer import engine, selectors
from recognizer.engine import training
from recognizer.models import glyph_fingerprint
from recognizer.services.corrections import correction_record
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_execute,
    training_run_start,
)
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


def make_set(start: int, stop: int) -> LabelledImages:
    digits = load_digits()
    images = (digits.images[start:stop] * (255 / 16)).astype(np.uint8)
    glyphs = as_glyphs(images)
    return LabelledImages(glyphs, digits.target[start:stop].astype(np.uint8), "tiny")


@pytest.fixture
def few_digits(monkeypatch):
    """A small set in MNIST's place, and short epochs."""
    sets = datasets.Dataset(train=make_set(0, 1000), test=make_set(1000, 1797))
    monkeypatch.setattr(datasets, "load_mnist", lambda _folder: sets)
    for name in ("LABELLED_DRAWN", "LEAST_REPLAYED"):
        monkeypatch.setattr(finetuning, name, 400)
    for name in ("WRITTEN_REPLAYED", "CALIBRATED", "WRITTEN_CALIBRATED"):
        monkeypatch.setattr(finetuning, name, 100)

    def recipe(**asked):
        return replace(finetuning.fine_tuning_recipe(**asked), kept_aside=200)

    monkeypatch.setattr(training, "fine_tuning_recipe", recipe)


@pytest.fixture
def reviewer(db):
    return Viewer(user=make_user(is_staff=True))


def test_a_corrected_glyph_is_learnt_and_answers(
    few_digits, reviewer, settings, tmp_path
):
    settings.MODELS_ROOT = tmp_path / "models"
    rng = np.random.default_rng(1)
    for _ in range(20):
        digit = make_prediction(owner=reviewer.user).digits.get()
        glyph = np.zeros((28, 28), np.uint8)
        top, left = rng.integers(3, 9, 2)
        glyph[top : top + 3, 4:24] = glyph[4:24, left : left + 3] = 255
        glyph[20:23, 4:24] = glyph[4:24, 20:23] = 255
        digit.glyph, digit.fingerprint = bytes(glyph), glyph_fingerprint(bytes(glyph))
        digit.save()
        correction_record(digit=digit, label=6, viewer=reviewer)
    # Of so few digits a single one is more than may fall.
    options = TrainingOptions(epochs=2, force="The test set is tiny.")

    run = training_run_execute(run=training_run_start(options=options), options=options)

    held_out = next(test for test in run.gate if test["name"] == "held-out labels")
    assert held_out["before"] < held_out["after"]
    assert run.version == selectors.model_version_live()
    engine.check_artifact(run.version)
    assert len(run.epochs) == 2


def test_mnists_test_digits_teach_nothing(few_digits):
    test = datasets.load_mnist(None).test
    glyphs = np.concatenate([as_glyphs(test.images[:3]), np.full((2, 28, 28), 9)])
    labelled = engine.LabelledGlyphs(
        glyphs.astype(np.uint8), np.arange(5, dtype=np.uint8), np.zeros(5, np.bool_)
    )

    left = training._not_of(test, labelled)

    assert left.labels.tolist() == [3, 4]
