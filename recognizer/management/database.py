"""Commands that need this site's tables."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from recognizer.models import ModelVersion


class DatabaseCommand(BaseCommand):
    """A command that says so where `manage.py migrate` was not run before it."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DatabaseError as error:
            if _has_tables():
                raise
            words = "The database has no tables yet. Run manage.py migrate first."
            raise CommandError(words) from error


def _has_tables() -> bool:
    try:
        return ModelVersion._meta.db_table in connection.introspection.table_names()
    except DatabaseError as error:
        raise CommandError(f"The database cannot be read: {error}") from error
