"""Commands on a database that has no tables yet, or that nobody can reach."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from recognizer.management.commands import models
from recognizer.management.database import DatabaseCommand


def run(*command: str, database: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [("models",), ("train", "--from-scratch")])
def test_without_tables_a_command_says_what_to_do(command, tmp_path: Path):
    done = run(*command, database=f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_nobody_can_reach_is_named():
    done = run("models", database="postgres://nobody@127.0.0.1:1/none")

    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_other_errors_of_the_database_are_not_hidden(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(models.Command, "handle", fail)

    with pytest.raises(OperationalError, match="disk"):
        call_command("models")


@pytest.mark.django_db
def test_what_a_command_says_itself_comes_through():
    with pytest.raises(CommandError, match="9999"):
        call_command("promote", "9999")


def test_commands_that_need_tables_say_so():
    folder = Path(models.__file__).parent
    names = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    # These work without, or say themselves what is missing.
    without = {"doctor", "evaluate", "purge", "redis_worker"}

    for name in names - without:
        module = __import__(f"{models.__package__}.{name}", fromlist=["Command"])
        assert issubclass(module.Command, DatabaseCommand), name
