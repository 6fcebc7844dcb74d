"""Teach the live model what people corrected, or train a network anew."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognizer import engine, selectors
from recognizer.management.arguments import positive_number
from recognizer.management.database import DatabaseCommand
from recognizer.management.progress import EpochBar
from recognizer.management.stopping import ending_on_sigterm
from recognizer.models import TrainingRun
from recognizer.services.training_execution import (
    Make,
    TrainingGivenUp,
    training_run_execute,
    training_run_execute_anew,
)
from recognizer.services.training_promotion import training_run_promote
from recognizer.services.training_runs import (
    TrainingOptions,
    TrainingRefused,
    training_run_start,
    training_run_start_anew,
)


class Command(DatabaseCommand):
    help = (
        "Teaches the live model the labels that reviewers confirmed, and lets the "
        "result answer if it is no worse on MNIST's test set and on the held-out "
        "labels. With --from-scratch or --start, trains a network on MNIST and further "
        "sets, and on the confirmed labels, instead and keeps it as a candidate until "
        "`manage.py promote NUMBER`. Without --mnist or MNIST_DIR, MNIST is "
        "fetched from the web."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        recipe = engine.Recipe()
        parser.add_argument(
            "--mnist",
            type=Path,
            default=engine.mnist_folder(),
            metavar="DIR",
            help="folder with MNIST's four IDX files, packed or plain",
        )
        parser.add_argument(
            "--no-promote",
            dest="promote",
            action="store_false",
            help="keep the result as a candidate, however good it is",
        )
        parser.add_argument(
            "--force",
            metavar="REASON",
            default="",
            help="let the result answer even if it is worse; the reason is kept",
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help="do not ask before the result goes live",
        )
        parser.add_argument(
            "--from-scratch",
            action="store_true",
            help="train a new network with the options below",
        )
        for name, shape, what in (
            ("usps", "PATH", "USPS (usps.h5, or its folder)"),
            ("semeion", "PATH", "Semeion (semeion.data, or its folder)"),
            ("optdigits", "DIR", "the folder with optdigits.tra"),
        ):
            parser.add_argument(
                f"--{name}", type=Path, metavar=shape, help=f"learn from {what}, too"
            )
        parser.add_argument(
            "--fonts",
            type=Path,
            metavar="DIR",
            help="folder of fonts (.ttf, .otf, .woff) for typed digits, and for "
            "letters as what is no digit, beside those of made-up hands "
            "(default: a few built-in faces)",
        )
        parser.add_argument(
            "--start",
            type=Path,
            metavar="DIR",
            help="go on from the model in this folder instead of from scratch",
        )
        parser.add_argument(
            "--learning-rate",
            type=float,
            default=recipe.learning_rate,
            help="at its peak (default: %(default)s); lower when going on from a model",
        )
        parser.add_argument(
            "--architecture",
            choices=sorted(engine.ARCHITECTURES),
            default=recipe.architecture,
            help="which network to train (default: %(default)s)",
        )
        parser.add_argument(
            "--epochs",
            type=positive_number,
            help="how often each digit is seen, drawn anew (default: "
            f"{engine.FINE_TUNING_EPOCHS}, from scratch {recipe.epochs})",
        )
        parser.add_argument(
            "--polish-epochs",
            type=positive_number,
            default=recipe.polish_epochs,
            help="so many more at a low rate, most digits as they are "
            "(default: %(default)s)",
        )
        parser.add_argument(
            "--precision",
            choices=sorted(engine.PRECISIONS),
            default=recipe.precision,
            help="what layers multiply in (default: %(default)s); bfloat16 takes half "
            "the time on processors and accelerators with matrix units",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=recipe.seed,
            help="of weights, order and augmentation (default: %(default)s)",
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="DIR",
            help="write the model there and do not keep it as a version of this site",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["from_scratch"] or options["start"]:
            if options["force"] or options["yes"] or not options["promote"]:
                raise CommandError(
                    "--force, --yes and --no-promote are for teaching the live model. "
                    "A network that is trained anew is a candidate anyway."
                )
            self._train_anew(options)
        else:
            self._refuse_what_is_for_training_anew(options)
            self._teach(options)

    def _refuse_what_is_for_training_anew(self, options: dict[str, Any]) -> None:
        recipe = engine.Recipe()
        usual = {
            "architecture": recipe.architecture,
            "learning_rate": recipe.learning_rate,
            "polish_epochs": recipe.polish_epochs,
            "precision": recipe.precision,
        } | dict.fromkeys(["usps", "semeion", "optdigits", "fonts", "output"])
        for name, default in usual.items():
            if options[name] != default:
                option = "--" + name.replace("_", "-")
                raise CommandError(
                    f"{option} is for training a network anew. Add --from-scratch, or "
                    f"--start DIR to go on from a model."
                )

    def _teach(self, options: dict[str, Any]) -> None:
        asked = TrainingOptions(
            mnist=options["mnist"],
            epochs=options["epochs"] or engine.FINE_TUNING_EPOCHS,
            seed=options["seed"],
            # Asked on a terminal, the answer comes after the table.
            promote=options["promote"] and not self._is_to_ask(options),
            force=options["force"],
        )
        try:
            run = training_run_start(options=asked)
            with ending_on_sigterm() as end, EpochBar(self, asked.epochs) as bar:
                training_run_execute(run=run, progress=bar.progress, end=end)
        except (TrainingRefused, TrainingGivenUp, engine.RecognizerError) as error:
            raise CommandError(str(error)) from error
        self._show(run)
        if self._is_to_ask(options):
            try:
                self._ask(run, options)
            except (TrainingRefused, engine.RecognizerError) as error:
                raise CommandError(str(error)) from error

    def _is_to_ask(self, options: dict[str, Any]) -> bool:
        is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        return is_terminal and options["promote"] and not options["yes"]

    def _show(self, run: TrainingRun) -> None:
        self.stdout.write(f"{'':20}{'before':>9}{'after':>9}")
        for test in run.gate:
            before, after = (_percent(test[name]) for name in ("before", "after"))
            verdict = "" if test["is_passed"] else f"  worse: {test['rule']}"
            self.stdout.write(f"{test['name']:20}{before:>9}{after:>9}{verdict}")
        if run.doubted:
            self.stdout.write(
                f"Left out, as they look wrong: {run.doubted} labels. A second person "
                f"decides, in the review queue."
            )
        self.stdout.write(run.note)

    def _ask(self, run: TrainingRun, options: dict[str, Any]) -> None:
        version = run.version
        if version is None:
            return
        if not (run.is_passed or options["force"]):
            self.stdout.write("It is worse. --force REASON would let it answer.")
            return
        if not _says_yes("Let it answer? [y/N] "):
            self.stdout.write(f"Later: manage.py promote {version.number}")
            return
        training_run_promote(run=run, force=options["force"])
        self.stdout.write(run.note)

    def _train_anew(self, options: dict[str, Any]) -> None:
        usual = engine.Recipe()
        recipe = engine.Recipe(
            architecture=options["architecture"],
            epochs=options["epochs"] or usual.epochs,
            polish_epochs=options["polish_epochs"],
            precision=options["precision"],
            seed=options["seed"],
            learning_rate=options["learning_rate"],
        )
        data = engine.TrainingData(
            options["mnist"],
            options["usps"],
            options["semeion"],
            options["optdigits"],
            options["fonts"],
        )
        epochs = recipe.epochs + recipe.polish_epochs
        with ending_on_sigterm() as end, EpochBar(self, epochs) as bar:

            def make(
                folder: Path,
                labelled: engine.LabelledGlyphs,
                progress: engine.Progress,
            ) -> engine.Manifest:
                return engine.train(
                    data,
                    recipe,
                    folder,
                    labelled=labelled,
                    start=options["start"],
                    progress=progress,
                )

            try:
                if options["output"]:
                    self._write(options["output"], make, bar.progress)
                    return
                asked = {"anew": recipe.architecture, "epochs": epochs}
                run = training_run_start_anew(options=asked)
                training_run_execute_anew(
                    run=run,
                    make=make,
                    mnist=data.mnist,
                    progress=bar.progress,
                    end=end,
                )
            except (TrainingRefused, TrainingGivenUp, engine.RecognizerError) as error:
                raise CommandError(str(error)) from error
        if run.version is not None:
            accuracy = run.version.metrics["mnist_test_accuracy"]
            self.stdout.write(
                f"MNIST test accuracy {accuracy:.2%}. Kept as version "
                f"{run.version.number}. To let it answer: manage.py promote "
                f"{run.version.number}"
            )

    def _write(self, folder: Path, make: Make, progress: engine.Progress) -> None:
        """Train for a folder, of which this site keeps nothing."""
        if folder.exists():
            raise CommandError(f"Expected a folder that is not there yet: {folder}")
        manifest = make(folder, selectors.labelled_glyphs(), progress)
        accuracy = manifest.metrics["mnist_test_accuracy"]
        self.stdout.write(f"MNIST test accuracy {accuracy:.2%}. Written to {folder}")


def _says_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.2%}"
