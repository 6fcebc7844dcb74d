"""What tests of the models' pages share."""

import pytest

from recognizer import selectors
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.model_versions import model_version_register
from tests.factories import (
    make_artifact,
    make_confirmed,
    make_prediction,
    make_scores,
    make_user,
)

EPOCHS = [
    {
        "epoch": epoch,
        "epochs": 2,
        "loss": 0.4 / epoch,
        "train_accuracy": 0.97,
        "kept_aside_accuracy": 0.99,
        "seconds": 60.0,
    }
    for epoch in (1, 2)
]
GATE = [
    {
        "name": "MNIST test set",
        "rule": "may fall by 0.05 points",
        "before": 0.9962,
        "after": 0.99,
        "is_passed": False,
    },
    {
        "name": "held-out labels",
        "rule": "may not fall",
        "before": 0.8,
        "after": 0.9,
        "is_passed": True,
    },
]


@pytest.fixture
def staff(db, client):
    client.force_login(make_user("rita", is_staff=True))
    return client


@pytest.fixture
def candidate(db, settings, tmp_path) -> ModelVersion:
    """Version 2, with files of its own."""
    settings.MODELS_ROOT = tmp_path
    manifest = make_artifact(tmp_path / "two", sure_threshold=0.6)
    return model_version_register(
        folder=tmp_path / "two",
        manifest=manifest,
        parent=selectors.model_version_live(),
    )


@pytest.fixture
def run(candidate) -> TrainingRun:
    return TrainingRun.objects.create(
        status="succeeded",
        version=candidate,
        epochs=EPOCHS,
        gate=GATE,
        note="Model 2 is kept as a candidate.",
    )


@pytest.fixture
def flips(candidate):
    for label, answers, is_held_out in (
        (7, (1, 7), True),
        (7, (7, 10), True),
        (7, (1, 7), False),
    ):
        digit = make_confirmed(label=label, is_held_out=is_held_out)
        make_scores(digit, dict(zip((1, 2), answers, strict=True)))
    make_scores(make_prediction().digits.get(), {1: 1, 2: 7})
