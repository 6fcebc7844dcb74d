"""What the database is, whether it fits this release, and what time it has."""

import sqlite3
import time

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recognizer import engine, selectors
from recognizer.health.findings import Check, Said, advice, failed, ok

# RETURNING, which limits are counted with, came with this one.
OLDEST_SQLITE = (3, 35)
OLDEST_POSTGRESQL = 140_000
# What docs/settings.md asks of machines, and what limits can bear.
CLOCK_IS_OFF_S = 1.0
CLOCK_IS_WRONG_S = 60.0


def server() -> Said:
    if connection.vendor == "sqlite":
        return _sqlite()
    connection.ensure_connection()
    number: int = getattr(connection, "pg_version", 0)
    message = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < OLDEST_POSTGRESQL:
        return failed(message, "PostgreSQL 14 or later is needed.")
    return ok(message)


def _sqlite() -> Said:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    message = f"SQLite {sqlite3.sqlite_version}, journal {mode}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return failed(message, "SQLite 3.35 or later is needed: a newer Python.")
    # Where it is not to be had, such as on a network's disk, SQLite says nothing.
    if mode not in {"wal", "memory"}:
        hint = "Readers wait for writers so. Keep the file on a disk of this machine."
        return advice(message, hint)
    return ok(message)


def migrations() -> Said:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{each.app_label}.{each.name}" for each, _ in missing[:5])
        more = " and more" if len(missing) > 5 else ""
        hint = f"manage.py migrate applies {names}{more}."
        return failed(f"{len(missing)} are missing.", hint)
    return ok("All are applied.")


def clock() -> Said:
    if connection.vendor == "sqlite":
        return ok("It is this machine's own.")
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        there = float(cursor.fetchone()[0])
        after = time.time()
    off_s = max(before - there, there - after, 0.0)
    message = f"It differs from this machine's by {off_s:.1f} s."
    hint = "Have both machines keep time, with chrony or systemd-timesyncd."
    if off_s >= CLOCK_IS_WRONG_S:
        return failed(message, hint)
    return advice(message, hint) if off_s >= CLOCK_IS_OFF_S else ok(message)


def artifact() -> Said:
    """Whether the files of the model that answers are those that were registered."""
    live = selectors.model_version_live()
    if live is None:
        return failed("No version is live.", "Run manage.py migrate.")
    engine.check_artifact(live)
    return ok(f"The files of version {live.number} are whole: {live.digest[:12]}.")


DATABASES = (
    Check("database server", server, "It cannot be asked.", "See database, above."),
    Check(
        "migrations", migrations, "They cannot be asked for.", "See database, above."
    ),
    Check("clock", clock, "It cannot be asked for.", "See database, above."),
    Check(
        "model files",
        artifact,
        "They are missing, damaged or of another version.",
        "Put them back from a back-up, or manage.py rollback.",
    ),
)
