"""A process that trains and is killed at a named moment; test_killed_trainings runs it.

    python -m tests.recognizer.dying prepare|ask|cancel|promote
    python -m tests.recognizer.dying epoch1|epoch2|writing|promotion|never

It works on the database that DATABASE_URL names, and writes into MODELS_ROOT.
"""

# What is imported further down needs the settings, which come first.
# ruff: noqa: E402

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from ml import training as ml_training
from recognizer import engine
from recognizer.models import TrainingRun
from recognizer.services import training_execution
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_cancel,
    training_run_start,
)
from recognizer.tasks import training_enqueue
from recognizer.viewers import Viewer
from tests.factories import make_artifact, make_labelled, make_user
from tests.recognizer.tiny_training import shrink_training

# Of a test set so small, one digit is more than may fall.
FORCED = TrainingOptions(epochs=2, force="The test set is tiny.")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_in_epoch(number: int) -> engine.Progress:
    done = [0]

    def step(_done: int, total: int) -> None:
        done[0] += 1
        if done[0] == total * (number - 1) + total // 2:
            die()

    return engine.Progress(on_step=step)


def die_after(module: Any, name: str) -> None:
    """Let a function do what it does, and nothing come after it."""
    real: Callable[..., Any] = getattr(module, name)

    def last(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        die()

    setattr(module, name, last)


def prepare() -> None:
    call_command("migrate", verbosity=0)
    make_labelled(10, reviewer=Viewer(user=make_user(is_staff=True)))


def promote() -> None:
    """Let a second version answer: the shipped one with another threshold."""
    folder = Path(settings.MODELS_ROOT) / "second"
    version = model_version_register(
        folder=folder, manifest=make_artifact(folder, sure_threshold=0.6)
    )
    model_version_promote(version=version)


def ask() -> None:
    training_enqueue(options=FORCED)


def train(moment: str) -> None:
    shrink_training()
    progress = engine.Progress()
    if moment.startswith("epoch"):
        progress = dying_in_epoch(int(moment.removeprefix("epoch")))
    elif moment == "writing":
        die_after(ml_training, "write_model")
    elif moment == "promotion":
        # Within the transaction that makes the version known.
        die_after(training_execution, "training_run_promote")
    run = training_run_start(options=FORCED)
    training_execution.training_run_execute(run=run, progress=progress)


if __name__ == "__main__":
    match sys.argv[1]:
        case "prepare":
            prepare()
        case "ask":
            ask()
        case "promote":
            promote()
        case "cancel":
            training_run_cancel(run=TrainingRun.objects.latest("pk"))
        case moment:
            train(moment)
