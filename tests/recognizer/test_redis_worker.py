"""Workers on Redis, and what is lost when they or Redis are killed: real processes."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recognizer.services.webhook_messages import secret_make
from tests.recognizer.processes import ROOT, Site, children, is_alive, wait_until
from tests.recognizer.receivers import listening

MANY = 200
# One is text, and one would kill the worker of `filling`; for others it is no picture.
BAD = 2


@pytest.fixture
def site(prepared: Path, tmp_path: Path, redis) -> Site:
    shutil.copytree(prepared, tmp_path / "site")
    return Site(tmp_path / "site", redis_url=redis.url)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended after the test, with all that they started."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        below = children(process.pid) if is_alive(process.pid) else {}
        for pid in (process.pid, *below):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def do(site: Site, *words: str) -> None:
    process = site.process("-m", *words)
    assert process.wait(timeout=120) == 0


def send(site: Site, count: int) -> None:
    do(site, "tests.recognizer.filling", "send", str(count))


def status(site: Site) -> str:
    return str(site.rows("SELECT status FROM recognizer_batch")[0][0])


def counts(site: Site) -> dict[str, int]:
    query = "SELECT status, count(*) FROM recognizer_batchitem GROUP BY status"
    return dict(site.rows(query))


def predictions_of_the_batch(site: Site) -> int:
    query = "SELECT count(DISTINCT prediction_id) FROM recognizer_batchitem"
    return int(site.rows(query)[0][0])


def let_a_minute_pass(site: Site) -> None:
    """For those who look at how long a batch has been silent, and who claimed it."""
    for table, column in (("batch", "heartbeat_at"), ("batchitem", "claimed_until")):
        site.rows(
            f"UPDATE recognizer_{table} "  # noqa: S608  (names of ours)
            f"SET {column} = datetime({column}, '-60 seconds')"
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_a_killed_worker_loses_nothing_and_another_goes_on(site, started):
    send(site, MANY)
    killed = site.process("-m", "tests.recognizer.filling", "hanging")
    started.append(killed)
    wait_until(lambda: counts(site).get("read", 0) > 0)
    kill(killed)
    assert (status(site), counts(site)["waiting"] > 0) == ("running", True)

    let_a_minute_pass(site)
    started.append(site.worker())
    wait_until(lambda: status(site) == "finished")

    assert counts(site) == {"read": MANY - BAD, "failed": BAD}
    assert predictions_of_the_batch(site) == MANY - BAD
    assert [*(site.folder / "media/batches").glob("*")] == []


def test_workers_share_what_waits_and_read_each_file_once(site, started):
    send(site, 90)
    do(site, "tests.recognizer.filling", "again")

    started += [site.worker(), site.worker(), site.worker()]
    wait_until(lambda: status(site) == "finished")

    assert counts(site) == {"read": 90 - BAD, "failed": BAD}
    assert predictions_of_the_batch(site) == 90 - BAD


def test_a_redis_that_lost_everything_costs_only_time(site, started, redis):
    send(site, 12)
    redis.client().flushall()
    let_a_minute_pass(site)

    started.append(site.worker())

    wait_until(lambda: status(site) == "finished")


def test_a_worker_outlives_a_redis_that_is_killed(site, started, redis):
    worker = site.worker()
    started.append(worker)
    wait_until(lambda: redis.client().smembers("rq:workers"))

    redis.stop()
    send(site, 12)
    redis.start()
    let_a_minute_pass(site)

    wait_until(lambda: status(site) == "finished")
    assert worker.poll() is None


def test_a_worker_waits_for_redis_to_be_started(site, started, redis):
    send(site, 12)
    redis.stop()
    started.append(site.worker())

    with pytest.raises(subprocess.TimeoutExpired):
        started[0].wait(timeout=5)
    redis.start()
    let_a_minute_pass(site)

    wait_until(lambda: status(site) == "finished")


def test_a_worker_that_is_told_to_end_does(site, started, redis):
    worker = site.worker()
    started.append(worker)
    wait_until(lambda: redis.client().smembers("rq:workers"))

    worker.terminate()

    assert worker.wait(timeout=20) == 0
    assert redis.client().smembers("rq:workers") == set()


class CallingSite(Site):
    """One whose webhooks may call this machine."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"DIGITS_WEBHOOK_PRIVATE": "on"}


def test_a_message_that_failed_is_sent_again_when_it_is_due(site, started):
    calling = CallingSite(site.folder, redis_url=site.redis_url)
    query = "SELECT status, attempts FROM recognizer_webhookdelivery"
    with listening() as receiver:
        receiver.answers = [500]
        do(calling, "tests.recognizer.telling", receiver.url, secret_make(), "1")

        started.append(calling.worker())
        wait_until(lambda: site.rows(query) == [("delivered", 2)])

    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.fixture
def stalled(site: Site) -> Iterator[Site]:
    """One whose training waits for MNIST, on a line that has gone dead."""
    do(site, "tests.recognizer.dying", "ask")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        yield replace(site, proxy=f"http://127.0.0.1:{port}")


def trainer(worker: subprocess.Popen[bytes]) -> int:
    """The process in which the worker trains, once it has begun."""
    found: list[int] = []

    def look() -> bool:
        below = children(worker.pid).items()
        found[:] = [pid for pid, line in below if "carry_out" in line]
        return bool(found)

    wait_until(look)
    return found[0]


def test_a_killed_training_is_marked_at_once_and_the_worker_lives(stalled, started):
    worker = stalled.worker("training")
    started.append(worker)

    os.kill(trainer(worker), signal.SIGKILL)
    wait_until(lambda: stalled.runs[0][0] == "failed")

    assert "killed (signal 9)" in stalled.runs[0][1]
    assert worker.poll() is None


def test_a_training_whose_worker_is_killed_ends_and_says_so(stalled, started):
    worker = stalled.worker("training")
    started.append(worker)
    pid = trainer(worker)
    wait_until(
        lambda: stalled.rows("SELECT phase FROM recognizer_trainingrun") != [("",)]
    )

    kill(worker)

    wait_until(lambda: not is_alive(pid))
    [(ended, note)] = stalled.runs
    assert ended == "failed"
    assert "without a word" in note


def test_make_run_starts_the_workers_that_redis_needs(site, started):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [ROOT / "scripts/serve"],
        env=site.environment | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started.append(process)
    send(site, 12)

    wait_until(lambda: status(site) == "finished")

    commands = [line for line in children(process.pid).values() if "manage.py" in line]
    kinds = {line.split("manage.py ")[1].strip() for line in commands}
    assert kinds == {
        "redis_worker --queue-name default",
        "redis_worker --queue-name training",
    }
    process.terminate()
    assert process.wait(timeout=60) == 0
