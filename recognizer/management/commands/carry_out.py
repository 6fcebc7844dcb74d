"""Carry out a training that was asked for on the page or through the API."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.management.stopping import ending_on_sigterm
from recognizer.models import TrainingRun
from recognizer.services.training_execution import (
    TrainingGivenUp,
    training_run_execute,
)
from recognizer.services.training_runs import TrainingRefused


class Command(DatabaseCommand):
    help = (
        "Carries out a training that the worker has taken. For the worker: to train "
        "from the terminal, use `manage.py train`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, help="number of the training")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = os.getppid()
        runs = TrainingRun.objects.filter(status=TrainingRun.Status.RUNNING)
        run = runs.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"Training {options['run']} is not to be carried out.")
        try:
            with ending_on_sigterm() as end:
                training_run_execute(
                    run=run, is_orphaned=lambda: os.getppid() != worker, end=end
                )
        except (TrainingRefused, TrainingGivenUp, engine.RecognizerError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(run.note)
