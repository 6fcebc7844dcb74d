"""Batches whose workers are killed, and that others finish: real processes."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.services.batch_claims import MOST_ATTEMPTS
from tests.recognizer.processes import Site, wait_until

MANY, SOME = 200, 90
# One is text, and one would kill the worker of `filling`; for others it is no picture.
BAD = 2


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Site:
    shutil.copytree(prepared, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test started, which is ended after it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def before(site: Site) -> int:
    """How many predictions there were."""
    return predictions(site)


def fill(site: Site, *words: str) -> None:
    process = site.process("-m", "tests.recognizer.filling", *words)
    assert process.wait(timeout=120) == 0


def start_worker(site: Site) -> subprocess.Popen[bytes]:
    return site.process(
        "manage.py", "db_worker", "--interval=0.1", "--no-startup-delay"
    )


def predictions(site: Site) -> int:
    return int(site.rows("SELECT count(*) FROM recognizer_prediction")[0][0])


def counts(site: Site) -> dict[str, int]:
    query = "SELECT status, count(*) FROM recognizer_batchitem GROUP BY status"
    return dict(site.rows(query))


def status(site: Site) -> str:
    return str(site.rows("SELECT status FROM recognizer_batch")[0][0])


def let_a_minute_pass(site: Site) -> None:
    """For those who look at how long a worker has been silent."""
    site.rows(
        "UPDATE recognizer_batch "
        "SET heartbeat_at = datetime(heartbeat_at, '-60 seconds')"
    )
    site.rows(
        "UPDATE recognizer_batchitem "
        "SET claimed_until = datetime(claimed_until, '-60 seconds')"
    )
    site.rows(
        "UPDATE django_tasks_database_dbtaskresult "
        "SET run_after = datetime(run_after, '-60 seconds') WHERE run_after < '9999'"
    )


def assert_each_was_read_once(site: Site, *, files: int, before: int) -> None:
    good = files - BAD
    assert counts(site) == {"read": good, "failed": BAD}
    assert predictions(site) == before + good
    named = site.rows(
        "SELECT count(DISTINCT prediction_id) FROM recognizer_batchitem "
        "WHERE prediction_id IS NOT NULL"
    )
    assert named == [(good,)]
    pictures = {
        name
        for (name,) in site.rows(
            "SELECT p.image FROM recognizer_prediction p "
            "JOIN recognizer_batchitem i ON i.prediction_id = p.id"
        )
    }
    assert all((site.folder / "media" / name).is_file() for name in pictures)
    assert len(pictures) == good
    assert [*(site.folder / "media/batches").glob("*")] == []


def test_a_killed_worker_loses_nothing_and_another_goes_on(site, processes, before):
    fill(site, "send", str(MANY))
    killed = site.process("-m", "tests.recognizer.filling", "hanging")
    processes.append(killed)
    wait_until(lambda: counts(site).get("read", 0) > 0)

    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert status(site) == "running"
    assert 0 < counts(site)["waiting"] < MANY

    # By itself, in real time: nobody asks, nothing is put forward.
    processes.append(start_worker(site))
    wait_until(lambda: status(site) == "finished")
    assert_each_was_read_once(site, files=MANY, before=before)


def test_workers_killed_again_and_again_lose_nothing(site, processes, before):
    fill(site, "send", str(SOME))
    # Any file may be the one that all of them die over, and then is given up.
    for _ in range(MOST_ATTEMPTS - 1):
        worker = start_worker(site)
        processes.append(worker)
        seen = counts(site)
        wait_until(lambda seen=seen: counts(site) != seen or status(site) == "finished")
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        let_a_minute_pass(site)

    processes.append(start_worker(site))
    wait_until(lambda: status(site) == "finished")

    assert_each_was_read_once(site, files=SOME, before=before)


def test_two_workers_share_a_batch_and_read_each_file_once(site, processes, before):
    fill(site, "send", str(SOME))
    # As if the chain had been begun anew: both workers have something to do.
    fill(site, "again")

    processes += [start_worker(site), start_worker(site)]
    wait_until(lambda: status(site) == "finished")

    assert_each_was_read_once(site, files=SOME, before=before)


def test_a_batch_that_is_cancelled_while_it_is_read_stops(site, processes, before):
    fill(site, "send", str(MANY))
    cancelling = site.process("-m", "tests.recognizer.filling", "cancel")
    worker = start_worker(site)
    processes += [cancelling, worker]

    assert cancelling.wait(timeout=120) == 0
    read = counts(site)["read"]
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)

    assert (status(site), counts(site)["read"]) == ("cancelled", read)
    assert counts(site)["waiting"] > 0
    assert predictions(site) == before + read
    assert [*(site.folder / "media/batches").glob("*")] == []


def test_a_file_that_kills_every_worker_is_given_up(site, processes):
    fill(site, "send", "12")
    for _ in range(3):
        worker = site.process("-m", "tests.recognizer.filling", "poisonous")
        processes.append(worker)
        assert worker.wait(timeout=120) == -signal.SIGKILL
        let_a_minute_pass(site)

    processes.append(site.process("-m", "tests.recognizer.filling", "poisonous"))
    wait_until(lambda: status(site) == "finished")

    assert counts(site) == {"read": 10, "failed": 2}
    poison = site.rows(
        "SELECT error_code, attempts FROM recognizer_batchitem "
        "WHERE name = 'poison.png'"
    )
    assert poison == [("unreadable_image", 3)]
