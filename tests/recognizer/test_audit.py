"""`make audit` says what was found, and never that nothing was when nobody looked."""

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def audit(tmp_path):
    """Run with a pip-audit that writes this into its report, and ends so."""

    def run(*, report, status):
        stub = tmp_path / "pip-audit"
        stub.write_text(
            "#!/bin/sh\n"
            f'echo "$@" > {tmp_path}/asked\n'
            'while [ "$1" != --output ]; do shift; done\n'
            f"printf '%s' '{report}' > \"$2\"\n"
            f"exit {status}\n"
        )
        stub.chmod(0o700)
        return subprocess.run(
            [PROJECT / "scripts/audit", stub],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_nothing_known_is_said(audit, tmp_path):
    done = audit(report="", status=0)

    assert done.returncode == 0
    assert "No pinned package is known to be vulnerable" in done.stdout
    asked = (tmp_path / "asked").read_text()
    for part in ("requirements.txt", "requirements-dev.txt", "--strict"):
        assert part in asked


def test_what_is_known_is_shown(audit):
    done = audit(report="django 5.2.0 PYSEC-2026-1", status=1)

    assert done.returncode == 1
    assert "PYSEC-2026-1" in done.stdout
    assert "No pinned package" not in done.stdout


def test_without_the_service_no_result_is_claimed(audit):
    done = audit(report="", status=1)

    assert done.returncode == 2
    assert "No result" in done.stderr
    assert "vulnerable" not in done.stdout


def test_without_the_tool_no_result_is_claimed(tmp_path):
    done = subprocess.run(
        [PROJECT / "scripts/audit", tmp_path / "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "No result" in done.stderr
