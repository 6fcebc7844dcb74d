"""Being told to end: what is under way is finished, or can be taken up by others."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.sock import TCPSocket

from digitsite import gunicorn
from digitsite.finishing import FinishingWorker
from recognizer.services import batch_reading, webhook_deliveries
from tests.factories import make_image
from tests.recognizer.processes import (
    ROOT,
    Site,
    is_answering,
    serve,
    wait_until,
)
from tests.recognizer.receivers import behaving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Longer than supervisord waits unless it is told to, and less than a receiver may take.
HELD_UP_S = 12.0


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Site:
    shutil.copytree(prepared, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test started, which is ended after it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.terminate()
        process.wait(timeout=60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def supervised(site: Site, started: list[Any], **settings: str) -> tuple[Any, int]:
    """What `make run` starts, once it answers, and its port."""
    port = free_port()
    process = serve(site, PORT=str(port), **settings)
    started.append(process)
    wait_until(lambda: is_answering(f"http://127.0.0.1:{port}"))
    return process, port


def is_refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def tasks(site: Site) -> dict[str, int]:
    query = (
        "SELECT status, count(*) FROM django_tasks_database_dbtaskresult "
        "GROUP BY status"
    )
    return dict(site.rows(query))


def predictions(site: Site) -> int:
    return int(site.rows("SELECT count(*) FROM recognizer_prediction")[0][0])


def test_a_picture_under_way_is_read_and_kept(site, started):
    process, port = supervised(site, started)
    before, image = predictions(site), make_image()
    head = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n"
    )
    body = head + image + b"\r\n--x--\r\n"

    with socket.create_connection(("127.0.0.1", port), timeout=60) as sending:
        sending.sendall(
            b"POST /api/predictions/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body[:100]
        )
        # Or the server might end before it has taken the connection on.
        with socket.create_connection(("127.0.0.1", port), timeout=60) as asking:
            asking.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert asking.recv(100)
        process.terminate()
        wait_until(lambda: is_refused(port))
        sending.sendall(body[100:])
        answer = sending.recv(65536)

    assert answer.startswith(b"HTTP/1.1 201 ")
    assert predictions(site) == before + 1
    assert process.wait(timeout=60) == 0


def test_who_comes_before_the_door_closes_is_taken_in(monkeypatch):
    monkeypatch.setattr(FinishingWorker, "enqueue_req", lambda self, conn: None)
    listener = TCPSocket(("127.0.0.1", 0), Config(), None)
    worker = FinishingWorker(1, 1, [listener], None, 30, Config(), None)
    worker.alive = False
    address = listener.getsockname()

    with socket.create_connection(address), socket.create_connection(address):
        worker.set_accept_enabled(False)

    assert worker.nr_conns == 2
    assert is_refused(address[1])


def test_a_worker_finishes_its_task_and_another_goes_on(site, started):
    filling = site.process("-m", "tests.recognizer.filling", "send", "200")
    assert filling.wait(timeout=120) == 0
    command = ("manage.py", "db_worker", "--interval=0.1", "--no-startup-delay")
    told = site.process(*command)
    started.append(told)
    items = "SELECT count(*) FROM recognizer_batchitem WHERE "
    wait_until(lambda: site.rows(f"{items} status = 'read'") != [(0,)])

    told.terminate()

    assert told.wait(timeout=60) == 0
    assert "RUNNING" not in tasks(site)
    # Nothing is claimed by somebody who is gone.
    assert site.rows(f"{items} claim IS NOT NULL") == [(0,)]
    started.append(site.process(*command))
    wait_until(
        lambda: site.rows("SELECT status FROM recognizer_batch")[0][0] == "finished"
    )
    assert site.rows(f"{items} attempts > 1") == [(0,)]


def test_what_a_webhook_is_being_told_is_told_once(site, started):
    is_heard = threading.Event()

    def answer_slowly(connected: socket.socket) -> None:
        is_heard.set()
        connected.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(4):
            time.sleep(HELD_UP_S / 4)
            connected.sendall(b"X-More: to come\r\n")
        connected.sendall(b"Content-Length: 0\r\n\r\n")

    with behaving(answer_slowly) as url:
        process, _ = supervised(site, started, DIGITS_WEBHOOK_PRIVATE="on")
        telling = site.process("-m", "tests.recognizer.telling", url, SECRET, "1")
        assert telling.wait(timeout=60) == 0
        wait_until(is_heard.is_set)

        process.terminate()

        assert process.wait(timeout=90) == 0
    delivered = site.rows("SELECT status, attempts FROM recognizer_webhookdelivery")
    assert delivered == [("delivered", 1)]
    assert "RUNNING" not in tasks(site)


def test_a_training_under_way_says_that_it_was_stopped(site, started):
    assert site.dying("ask") == 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # It waits for MNIST on a line that has gone dead.
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stalled = Site(site.folder, proxy=proxy)
        process, _ = supervised(stalled, started)
        phases = "SELECT phase FROM recognizer_trainingrun"
        wait_until(lambda: site.rows(phases) != [("",)])

        process.terminate()

        assert process.wait(timeout=60) == 0
    [(status, note)] = site.runs
    assert (status, note) == ("failed", "It was stopped from outside. Start it again.")
    assert site.folders == []
    assert "RUNNING" not in tasks(site)


def test_everybody_has_as_long_as_he_may_need():
    supervisor = RawConfigParser(inline_comment_prefixes=(";",))
    supervisor.read(ROOT / "digitsite/supervisord.conf")
    wait_s = {
        name: supervisor.getint(f"program:{name}", "stopwaitsecs")
        for name in ("web", "worker", "trainer")
    }

    # What is begun in the last second of a sweep or slice goes on after it.
    sweep_s = webhook_deliveries.SWEEP_S + webhook_deliveries.STUCK_S
    assert wait_s["web"] > gunicorn.graceful_timeout
    assert wait_s["worker"] > max(sweep_s, batch_reading.SLICE_S)
