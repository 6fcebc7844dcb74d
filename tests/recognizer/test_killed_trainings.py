"""Trainings that are killed at any moment: nothing half-done stays.

Real processes, real signals and a real training, but for how much there is to learn.
"""

import shutil
import signal
from pathlib import Path

import pytest

from tests.recognizer.processes import Site


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Site:
    shutil.copytree(prepared, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.mark.parametrize("moment", ["epoch1", "epoch2", "writing", "promotion"])
def test_a_killed_training_leaves_the_live_model_and_no_version(site, moment):
    assert site.dying(moment) == -signal.SIGKILL

    assert site.versions == [(1, "live")]
    assert site.runs == [("running", "")]


def test_what_a_killed_training_left_makes_way_for_the_next(site):
    site.dying("writing")
    half = site.folders
    site.let_a_minute_pass()

    assert site.dying("never") == 0

    assert [status for status, _ in site.runs] == ["failed", "succeeded"]
    assert "without a word" in site.runs[0][1]
    assert site.versions == [(1, "retired"), (2, "live")]
    assert len(half) == 1
    assert len(site.folders) == 1
    assert half[0] not in site.folders
