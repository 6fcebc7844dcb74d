"""How fast workers read batches, and what a picture in one costs."""

import io
import time
import zipfile
from dataclasses import dataclass

from benchmarks.api_client import Client
from benchmarks.engines import Engines
from benchmarks.pictures import make_pictures
from benchmarks.scaling_costs import Cost, Meter
from benchmarks.servers import Server, mean_memory, redis_workers

BATCHES = "/api/batches/"
# One worker at a time reads a batch: so many, that none of four has nothing to do.
BATCHES_AT_ONCE = 8
WITHIN_S = 240.0
LOOK_EVERY_S = 0.1
WAITING = "SELECT count(*) FROM recognizer_batchitem WHERE status = 'waiting'"


@dataclass(frozen=True, slots=True)
class Reading:
    """What so many workers read of batches, and what a picture costs them."""

    workers: int
    pictures: int
    pictures_per_s: float
    cost: Cost
    memory_mb: float


def read_batches(
    server: Server, there: Engines, workers: int, pictures: int
) -> Reading:
    """Send batches with so many pictures in all, and let so many workers read them.

    The clock begins when all are sent and what is read by then is not counted.
    """
    count = pictures // BATCHES_AT_ONCE
    archives = [_archive(count, seed) for seed in range(BATCHES_AT_ONCE)]
    client = Client(server.port)
    with redis_workers(server, workers) as pids:
        for archive in archives:
            client.post_archive(BATCHES, archive)
        meter, started = Meter(pids, there), time.monotonic()
        waiting = there.one(WAITING)
        _wait_until_read(there)
        seconds = time.monotonic() - started
        cost = meter.cost(waiting)
        memory = mean_memory(pids).rss_mb
    return Reading(workers, waiting, waiting / seconds, cost, memory)


def _archive(count: int, seed: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number, picture in enumerate(make_pictures(count, seed=seed)):
            file.writestr(f"{number}.jpg", picture)
    return buffer.getvalue()


def _wait_until_read(there: Engines) -> None:
    deadline = time.monotonic() + WITHIN_S
    while there.one(WAITING):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The batches were not read within {WITHIN_S:g} s.")
        time.sleep(LOOK_EVERY_S)
