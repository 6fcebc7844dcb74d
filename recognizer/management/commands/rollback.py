"""Let the model answer that answered before."""

from typing import Any

from django.core.management.base import CommandError

from recognizer import engine
from recognizer.management.database import DatabaseCommand
from recognizer.services.model_versions import NothingBefore, model_version_rollback


class Command(DatabaseCommand):
    help = (
        "Makes the version live that was live before. Running servers follow within "
        "seconds. Again: one step further back."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = model_version_rollback()
        except (NothingBefore, engine.RecognizerError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Version {version.number} is live again.")
