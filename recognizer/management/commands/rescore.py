"""Have versions answer what is kept, for the reports of the models page."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.models import ModelVersion
from recognizer.selectors import model_versions
from recognizer.services.version_scores import version_score


class Command(DatabaseCommand):
    help = (
        "Has model versions answer every digit with a confirmed label and the newest "
        "others, so that the models page can say what each gets right, and what one "
        "changes against another. A training does this for its result and the version "
        "it went on from. Doing it again adds only what came meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "number", type=int, nargs="?", help="of the version; all if it is left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        versions = self._versions(options["number"])
        failed = [version for version in versions if not self._score(version)]
        if failed:
            numbers = ", ".join(str(version.number) for version in failed)
            raise CommandError(f"Not scored: version {numbers}.")

    def _versions(self, number: int | None) -> list[ModelVersion]:
        if number is None:
            return list(model_versions())
        version = ModelVersion.objects.filter(number=number).first()
        if version is None:
            raise CommandError(
                f"There is no version {number}. manage.py models lists them."
            )
        return [version]

    def _score(self, version: ModelVersion) -> bool:
        try:
            count = version_score(version=version)
        except engine.RecognizerError as error:
            # One that is damaged keeps no other from being scored.
            self.stderr.write(f"Version {version.number}: {error}")
            return False
        self.stdout.write(f"Version {version.number}: {count} new answers.")
        return True
