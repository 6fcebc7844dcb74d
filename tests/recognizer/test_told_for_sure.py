"""Webhooks and workers that are killed: real processes, and a real receiver."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django_tasks_db.models import DBTaskResult

from recognizer.services.webhook_messages import secret_make
from tests.recognizer.processes import Site, wait_until
from tests.recognizer.receivers import Receiver, listening


@dataclass(frozen=True)
class TellingSite(Site):
    """One whose webhooks may call this machine."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"DIGITS_WEBHOOK_PRIVATE": "on"}

    @property
    def deliveries(self) -> list[tuple[str, int]]:
        return self.rows("SELECT status, attempts FROM recognizer_webhookdelivery")

    def let_the_lease_pass(self) -> None:
        """For what was taken on, and for the task that looks after it."""
        minute = "datetime({0}, '-61 seconds')"
        for table, when in (
            ("recognizer_webhookdelivery", "next_attempt_at"),
            (DBTaskResult._meta.db_table, "run_after"),
        ):
            # Without the tasks that are for no time at all, of the year 9999.
            self.rows(
                f"UPDATE {table} SET {when} = {minute.format(when)} "  # noqa: S608  (names of ours)
                f"WHERE {when} < '9999-'"
            )


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> TellingSite:
    shutil.copytree(prepared, tmp_path / "site")
    return TellingSite(tmp_path / "site")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver
        if receiver.hold is not None:
            receiver.hold.set()


@contextmanager
def worker_of(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    process = site.process(
        "manage.py", "db_worker", "--queue-name=default", "--no-startup-delay"
    )
    yield process
    process.kill()
    process.wait()


def tell(site: Site, receiver: Receiver, *, times: int = 1) -> str:
    """Have something happen; returns the secret that signs."""
    secret = secret_make()
    what = (receiver.url, secret, str(times))
    telling = site.process("-m", "tests.recognizer.telling", *what)
    assert telling.wait(timeout=60) == 0
    return secret


def test_the_worker_tells_what_happened(site, receiver):
    secret = tell(site, receiver)

    with worker_of(site):
        wait_until(lambda: site.deliveries == [("delivered", 1)])

    assert receiver.heard[0].verified(secret)["data"] == {"batch": 0}


def test_what_a_killed_worker_was_sending_another_one_sends(site, receiver):
    receiver.hold = threading.Event()
    secret = tell(site, receiver)
    with worker_of(site) as worker:
        wait_until(lambda: receiver.heard)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    left = site.deliveries
    receiver.hold.set()

    site.let_the_lease_pass()
    with worker_of(site):
        wait_until(lambda: site.deliveries == [("delivered", 2)])

    assert left == [("waiting", 1)]
    first, second = receiver.heard
    assert second.verified(secret)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_two_workers_tell_everything_once(site, receiver):
    tell(site, receiver, times=40)

    with worker_of(site), worker_of(site):
        wait_until(lambda: site.deliveries == [("delivered", 1)] * 40)

    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 40
    assert len(receiver.heard) == 40
