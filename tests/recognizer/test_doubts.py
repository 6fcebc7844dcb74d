"""The check before training with the shipped model, on digits by made-up hands."""

import numpy as np
import pytest

from ml import datasets
from ml.datasets import Dataset, written_digits
from recognizer import selectors
from recognizer.engine import LabelledGlyphs, RecognizerError, doubts
from recognizer.engine.errors import ml_errors


@pytest.fixture
def mnist(monkeypatch):
    """Stands for MNIST: other digits by made-up hands."""
    known = written_digits(300, seed=8)
    monkeypatch.setattr(datasets, "load_mnist", lambda _: Dataset(known, known))


def make_labelled(count: int) -> LabelledGlyphs:
    digits = written_digits(count, seed=9)
    is_held_out = np.arange(count) % 5 == 0
    return LabelledGlyphs(digits.images, digits.labels.copy(), is_held_out)


def test_wrong_labels_are_doubted_held_out_or_not(db, mnist):
    labelled = make_labelled(120)
    true = labelled.labels.copy()
    wrong = [30, 31]
    labelled.labels[wrong] = (true[wrong] + 5) % 10

    found = doubts.contradictions(selectors.model_version_live(), labelled, mnist=None)

    assert labelled.is_held_out[wrong].tolist() == [True, False]
    assert [(each.index, each.other, each.answer) for each in found] == [
        (index, None, int(true[index])) for index in wrong
    ]


def test_a_model_that_is_not_there_is_told(db, mnist, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    version = selectors.model_version_live()
    version.artifact_path = "gone"

    with pytest.raises(RecognizerError), ml_errors():
        doubts.contradictions(version, make_labelled(20), mnist=None)
