import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/require_free_port.py"


def run(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT],
        env=os.environ | {"HOST": "127.0.0.1", "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_named_with_a_way_out(listening):
    done = run(listening)

    assert done.returncode == 1
    assert f"127.0.0.1:{listening}" in done.stderr
    assert "make run PORT=8001" in done.stderr


def test_a_free_port_is_passed_without_a_word():
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]

    done = run(free)

    assert (done.returncode, done.stderr) == (0, "")
