"""Let another model version answer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.models import ModelVersion
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import TrainingRefused


class Command(DatabaseCommand):
    help = "Makes a model version the live one. Running servers follow within seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="of the version")
        parser.add_argument(
            "--force",
            metavar="REASON",
            default="",
            help="let it answer even if its training found it worse; it is kept why",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = ModelVersion.objects.get(number=options["number"])
            version_promote(version=version, reason=options["force"])
        except ModelVersion.DoesNotExist:
            numbers = ModelVersion.objects.order_by("number")
            known = ", ".join(str(n) for n in numbers.values_list("number", flat=True))
            raise CommandError(
                f"There is no version {options['number']}. There are: {known}"
            ) from None
        except TrainingRefused as error:
            raise CommandError(f"{error} --force REASON says it.") from error
        except engine.RecognizerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Version {version.number} is live.")
