"""The worker, and what `make run` starts it with: real processes that are killed."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.factories import make_image
from tests.recognizer.processes import (
    Site,
    children,
    is_alive,
    is_answering,
    serve,
    wait_until,
    workers,
)


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Site:
    """One that was asked to train, and cannot fetch MNIST."""
    shutil.copytree(prepared, tmp_path / "site")
    site = Site(tmp_path / "site")
    assert site.dying("ask") == 0
    return site


@pytest.fixture
def stalled(site: Site) -> Iterator[Site]:
    """One whose training waits for MNIST, on a line that has gone dead."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        yield replace(site, proxy=f"http://127.0.0.1:{port}")


@contextmanager
def worker_of(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    process = site.process(
        "manage.py", "db_worker", "--queue-name=training", "--no-startup-delay"
    )
    yield process
    started = [*children(process.pid)] if is_alive(process.pid) else []
    for pid in (process.pid, *started):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def worker(stalled: Site) -> Iterator[subprocess.Popen[bytes]]:
    with worker_of(stalled) as process:
        yield process


def trainer(worker: subprocess.Popen[bytes], site: Site) -> int:
    """The process in which the worker trains, once it has begun."""
    wait_until(lambda: site.rows("SELECT phase FROM recognizer_trainingrun") != [("",)])
    found: list[int] = []

    def look() -> bool:
        commands = children(worker.pid)
        found[:] = [pid for pid, line in commands.items() if "carry_out" in line]
        return bool(found)

    wait_until(look)
    return found[0]


def test_the_worker_says_how_a_training_failed(site):
    with worker_of(site):
        wait_until(lambda: site.runs[0][0] == "failed")

    assert "could not be fetched" in site.runs[0][1]
    assert site.versions == [(1, "live")]


def test_a_killed_training_is_marked_at_once_and_the_worker_lives(stalled, worker):
    os.kill(trainer(worker, stalled), signal.SIGKILL)

    wait_until(lambda: stalled.runs[0][0] == "failed")

    assert "killed (signal 9)" in stalled.runs[0][1]
    assert worker.poll() is None
    assert (stalled.versions, stalled.folders) == ([(1, "live")], [])


def test_a_training_whose_worker_is_killed_ends_and_says_so(stalled, worker):
    pid = trainer(worker, stalled)

    os.kill(worker.pid, signal.SIGKILL)

    wait_until(lambda: not is_alive(pid))
    [(status, note)] = stalled.runs
    assert status == "failed"
    assert "without a word" in note
    assert (stalled.versions, stalled.folders) == ([(1, "live")], [])


def test_a_cancelled_training_ends_although_it_waits(stalled, worker):
    pid = trainer(worker, stalled)

    assert stalled.dying("cancel") == 0

    wait_until(lambda: not is_alive(pid))
    assert stalled.runs == [("cancelled", "It was cancelled.")]
    assert worker.poll() is None


@pytest.fixture
def served(site: Site) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The same, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = serve(site, PORT=str(port))
    yield process, f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=60)


@pytest.mark.parametrize("queue", ["default", "training"])
def test_a_killed_worker_is_started_anew_while_the_site_answers(served, queue):
    process, url = served
    wait_until(lambda: is_answering(url) and workers(process, queue))
    [killed] = workers(process, queue)

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: not is_alive(killed) and workers(process, queue))
    assert is_answering(url)


def test_nobodys_batch_waits_for_a_training(served):
    process, _ = served

    wait_until(lambda: len(workers(process)) == 2)

    assert len(workers(process, "default")) == len(workers(process, "training")) == 1


def test_what_make_run_started_ends_with_it(served):
    process, url = served
    wait_until(lambda: is_answering(url) and workers(process))
    started = children(process.pid)

    process.terminate()

    assert process.wait(timeout=60) == 0
    assert not any(is_alive(pid) for pid in started)


def test_a_site_that_cannot_start_leaves_nothing_running(site):
    process = serve(site, WEB_CONCURRENCY="several")
    wait_until(lambda: workers(process))
    started = children(process.pid)

    assert process.wait(timeout=60) == 1
    assert not any(is_alive(pid) for pid in started)


def version_that_reads(url: str) -> int:
    """Which version answers a preview; a connection of its own, so any web worker."""
    body = json.dumps({"image": base64.b64encode(make_image()).decode()})
    request = Request(
        f"{url}/api/predictions/?store=false",
        body.encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=20) as response:
        return int(json.load(response)["model_version"])


def test_a_promotion_reaches_every_web_worker_and_drops_no_request(served, site):
    _, url = served
    wait_until(lambda: is_answering(url))
    # So that both have loaded the first.
    assert {version_that_reads(url) for _ in range(20)} == {1}

    promoting = site.process("-m", "tests.recognizer.dying", "promote")
    while promoting.poll() is None:
        assert version_that_reads(url) in {1, 2}
    promoted_at = time.monotonic()
    read_by = [(time.monotonic(), version_that_reads(url))]
    while time.monotonic() < promoted_at + 7:
        read_by.append((time.monotonic(), version_that_reads(url)))

    assert promoting.returncode == 0
    # Each request was answered, or `urlopen` had raised.
    late = {version for at, version in read_by if at > promoted_at + 5}
    assert late == {2}
