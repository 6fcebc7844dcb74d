"""What `make run` does before the server starts."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/prepare"
# Stands for Python; writes down which command it was given.
PYTHON = """#!/bin/sh
echo "$2" >> commands
if [ "$2" = collectstatic ]; then mkdir -p var/static && : > var/static/staticfiles.json
fi
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of which nothing but the script is real."""
    for folder in (".venv/bin", "digitsite", "scripts", "static"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("requirements.txt", "digitsite/settings.py"):
        (tmp_path / file).touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    shutil.copy(SCRIPT, tmp_path / "scripts")
    return tmp_path


def commands_of_a_start(project: Path) -> set[str]:
    (project / "commands").unlink(missing_ok=True)
    subprocess.run([project / "scripts/prepare"], check=True, capture_output=True)
    return set((project / "commands").read_text().split())


def test_the_first_start_collects_the_static_files(project):
    assert commands_of_a_start(project) == {"migrate", "collectstatic"}


def test_the_next_start_does_not_collect_them_again(project):
    commands_of_a_start(project)

    assert commands_of_a_start(project) == {"migrate"}


def test_static_files_that_were_deleted_are_collected_again(project):
    commands_of_a_start(project)
    shutil.rmtree(project / "var/static")

    assert "collectstatic" in commands_of_a_start(project)
