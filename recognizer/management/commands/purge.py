"""Let go of what need not be kept, and mend what was left behind."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from recognizer.management.arguments import positive_number
from recognizer.services.purging import PurgeOptions, purge

USAGE = 2
ROW = "{:52}{:>10}{:>10}  {}"


class Command(BaseCommand):
    help = (
        "Deletes predictions and batches that are older than so many days, unless "
        "somebody labelled them; removes files that no row names, predictions whose "
        "picture is gone, and what has expired. The site may run meanwhile. Exit "
        "status: 1 if something could not be removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            dest="days",
            type=positive_number,
            default=settings.DIGITS_KEEP_DAYS,
            metavar="DAYS",
            help="which predictions and batches go (default: DIGITS_KEEP_DAYS, which "
            "without being set keeps them all)",
        )
        parser.add_argument(
            "--with-corrected",
            dest="with_labelled",
            action="store_true",
            help="also those that somebody corrected or confirmed, which train",
        )
        parser.add_argument(
            "--dry-run",
            dest="is_dry_run",
            action="store_true",
            help="only tell what would go",
        )
        parser.add_argument(
            "--most",
            dest="even_most",
            action="store_true",
            help="remove files or predictions that have lost each other even if that "
            "is nearly all there are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = PurgeOptions.__dataclass_fields__
        asked = PurgeOptions(**{name: options[name] for name in names})
        if asked.with_labelled and asked.days is None:
            words = "--with-corrected needs --older-than DAYS, or DIGITS_KEEP_DAYS."
            raise CommandError(words, returncode=USAGE)
        self.stdout.write(ROW.format("", "to go", "gone", "").rstrip())
        has_failed = False
        try:
            for step in purge(options=asked):
                gone = "–" if asked.is_dry_run else step.removed
                cells = (step.what, step.found, gone, step.note)
                self.stdout.write(ROW.format(*cells).rstrip())
                has_failed = has_failed or step.has_failed
        except (DatabaseError, OSError) as error:
            raise CommandError(f"It broke off: {error}") from error
        if has_failed:
            sys.exit(1)
