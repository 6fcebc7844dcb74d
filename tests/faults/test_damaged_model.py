"""The files of the model that answers are damaged."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from recognizer.engine.live import RECHECK_S
from tests.faults.serving import serving
from tests.faults.traffic import create
from tests.recognizer.processes import Site, wait_until

SHIPPED = Path(__file__).resolve().parents[2] / "ml" / "weights"


@pytest.fixture
def model(site: Site) -> Path:
    """A folder with a model that is live, and not the shipped one."""
    folder = site.folder / "models" / "mine"
    shutil.copytree(SHIPPED, folder)
    imported = site.process(
        "manage.py",
        "shell",
        "-c",
        "from recognizer.models import ModelVersion; "
        "row = ModelVersion.objects.get(state='live'); "
        "ModelVersion.objects.update(state='retired'); "
        "row.pk, row.number, row.artifact_path = None, row.number + 1, 'mine'; "
        "row.save()",
    )
    assert imported.wait(timeout=60) == 0
    return folder / "model.tflite"


def test_who_has_it_goes_on_and_who_has_not_says_so(site, model):
    # One process: of two, one might not have loaded it before.
    with serving(site, workers=1) as served:
        assert create(served.port)[0] == 201
        whole = model.read_bytes()
        model.write_bytes(whole[:1000])
        # Longer than a process believes what it looked up.
        until_s = time.monotonic() + RECHECK_S + 1
        while time.monotonic() < until_s:
            assert create(served.port)[0] == 201

        for worker in served.workers:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: _status(served.port) == 503)
        status, answer = create(served.port)

        assert (status, answer["error"]["code"]) == (503, "artifact_damaged")
        assert "No model can read this" in answer["error"]["message"]
        model.write_bytes(whole)
        wait_until(lambda: _status(served.port) == 201)


def _status(port: int) -> int:
    try:
        return create(port)[0]
    except OSError:
        return 0
