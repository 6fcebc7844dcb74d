"""Bring in a model that was trained elsewhere."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.services.model_versions import model_version_register


class Command(DatabaseCommand):
    help = (
        "Makes a model version of a Keras file (.keras, or .h5 of old), a candidate "
        "until `manage.py promote NUMBER` makes it live. It is opened without running "
        "code that may be in it. With --mnist or MNIST_DIR it is measured and "
        "calibrated on MNIST's test set, and how it takes its pixels is found out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = engine.ImportOptions()
        parser.add_argument("file", type=Path, help="the .keras or .h5 file")
        parser.add_argument(
            "--mnist",
            type=Path,
            default=engine.mnist_folder(),
            metavar="DIR",
            help="folder with MNIST's four IDX files, packed or plain",
        )
        parser.add_argument(
            "--scale",
            choices=sorted(engine.SCALES),
            help="the pixels that it takes: 0 to 1, 0 to 255, or -1 to 1 (centred)",
        )
        parser.add_argument(
            "--inverted",
            action="store_true",
            help="it takes black ink on white paper, not MNIST's white on black",
        )
        parser.add_argument(
            "--least-accuracy",
            type=_share,
            default=known.least_accuracy,
            metavar="SHARE",
            help="refuse what reads less of MNIST's test set right (default: "
            "%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.MODELS_ROOT) / _new_name()
        try:
            imported = engine.import_model(
                options["file"],
                folder,
                engine.ImportOptions(
                    mnist=options["mnist"],
                    scale=options["scale"],
                    is_inverted=options["inverted"],
                    least_accuracy=options["least_accuracy"],
                ),
            )
            engine.artifact_keep(folder)
        except engine.RecognizerError as error:
            raise CommandError(str(error)) from error
        version = model_version_register(folder=folder, manifest=imported.manifest)
        self.stdout.write(_findings(imported))
        self.stdout.write(
            f"Written to {folder}\nKept as version {version.number}. To let it answer: "
            f"manage.py promote {version.number}"
        )


def _findings(imported: engine.ImportedModel) -> str:
    manifest = imported.manifest
    is_ready = imported.gives == engine.OutputForm.PROBABILITIES
    gives = f"{imported.gives}{'' if is_ready else ', made into probabilities here'}"
    accuracy = manifest.metrics.get("mnist_test_accuracy")
    measured = (
        "Neither measured nor calibrated, as no MNIST was named"
        if accuracy is None
        else f"MNIST test accuracy {accuracy:.2%}, temperature "
        f"{manifest.temperature:.2f}"
    )
    return (
        f"It takes pixels from {imported.takes}, and gives {gives}.\n"
        f"{measured}; called sure from {manifest.sure_threshold:.1%}."
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"Expected a number from 0 to 1. Received: {text}")
    return share


def _new_name() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-imported")
