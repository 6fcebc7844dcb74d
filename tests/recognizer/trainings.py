"""Trainings that learn nothing and take no time, and what is asked of them."""

from recognizer import engine, selectors
from recognizer.models import (
    ModelVersion,
    TrainingRun,
)
from recognizer.services.training_execution import training_run_execute
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_start,
)

EPOCH = engine.EpochProgress(
    epoch=1,
    epochs=1,
    loss=0.5,
    train_accuracy=0.9,
    kept_aside_accuracy=0.99,
    seconds=2.0,
)


def make_gate(*, held_out=0.9):
    """What a candidate was held against: a live model with 0.8 of the held-out."""
    return [
        engine.GateTest("MNIST test set", "may fall by 0.05 points", 0.99, 0.99, True),
        engine.GateTest(
            "held-out labels", "may not fall", 0.8, held_out, held_out >= 0.8
        ),
    ]


def train(**options) -> TrainingRun:
    return training_run_execute(run=start(**options))


def start(**options) -> TrainingRun:
    return training_run_start(options=TrainingOptions(**options))


def live() -> ModelVersion:
    return selectors.model_version_live()
