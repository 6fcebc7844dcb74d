"""Train a network on MNIST and further sets."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognizer import engine
from recognizer.management.arguments import positive_number
from recognizer.services.model_versions import model_version_register


class Command(BaseCommand):
    help = (
        "Trains a network and keeps it as a new model version, a candidate until "
        "`manage.py promote NUMBER` makes it live. Without --mnist or MNIST_DIR, MNIST "
        "is fetched from the web."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        recipe = engine.Recipe()
        parser.add_argument(
            "--mnist",
            type=Path,
            default=Path(settings.MNIST_DIR) if settings.MNIST_DIR else None,
            metavar="DIR",
            help="folder with MNIST's four IDX files, packed or plain",
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
            default=recipe.epochs,
            help="how often each digit is seen, drawn anew (default: %(default)s)",
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
        recipe = engine.Recipe(
            architecture=options["architecture"],
            epochs=options["epochs"],
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
        folder = options["output"] or Path(settings.MODELS_ROOT) / _new_name()
        if folder.exists():
            raise CommandError(f"Expected a folder that is not there yet: {folder}")
        with EpochBar(self, recipe.epochs + recipe.polish_epochs) as bar:
            try:
                manifest = engine.train(
                    data,
                    recipe,
                    folder,
                    start=options["start"],
                    progress=bar.progress,
                )
            except engine.RecognizerError as error:
                raise CommandError(str(error)) from error
        accuracy = manifest.metrics["mnist_test_accuracy"]
        self.stdout.write(f"MNIST test accuracy {accuracy:.2%}. Written to {folder}")
        if options["output"] is None:
            version = model_version_register(folder=folder, manifest=manifest)
            self.stdout.write(
                f"Kept as version {version.number}. To let it answer: "
                f"manage.py promote {version.number}"
            )


class EpochBar:
    """A bar over all steps of a training, with a line for each epoch."""

    def __init__(self, command: BaseCommand, epochs: int) -> None:
        self._command = command
        self._epochs = epochs
        self._done_before = 0
        self._steps = 0
        self._bar = tqdm(unit=" steps", leave=False, disable=None)
        self.progress = engine.Progress(on_step=self._step, on_epoch=self._epoch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _step(self, done: int, total: int) -> None:
        self._steps = total
        self._bar.total = total * self._epochs
        self._bar.update(self._done_before + done - self._bar.n)

    def _epoch(self, epoch: engine.EpochProgress) -> None:
        self._done_before = epoch.epoch * self._steps
        with self._bar.external_write_mode():
            self._command.stdout.write(
                f"epoch {epoch.epoch}/{epoch.epochs}  loss {epoch.loss:.4f}  "
                f"accuracy {epoch.train_accuracy:.2%}  "
                f"kept aside {epoch.kept_aside_accuracy:.2%}  {epoch.seconds:.0f} s"
            )


def _new_name() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
