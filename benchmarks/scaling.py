"""Measures how a site on PostgreSQL and Redis grows, and what each answer costs it.

One, two and four web processes keep pictures and read them without keeping them; one,
two and four workers read batches. All of it, clients, PostgreSQL and Redis as well,
shares this machine. Prints Markdown tables, or JSON, which `benchmarks.capacity` takes.

    .venv/bin/python -m benchmarks.scaling --database URL --redis URL [--json]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.engines import Engines, NotEmpty, engines
from benchmarks.load import Load, Measured, Target, drive, sum_up
from benchmarks.pictures import make_pictures
from benchmarks.scaling_batches import Reading, read_batches
from benchmarks.scaling_costs import Cost, Costs, Meter, cost_of_looking
from benchmarks.scaling_tables import as_markdown
from benchmarks.servers import digitsite

COUNTS = (1, 2, 4)
# Of those counts, the one that is nearest to what the machine has.
CORES = min(COUNTS, key=lambda count: abs(count - len(os.sched_getaffinity(0))))
CLIENTS = 8
# For each number of processes others, and for each client: few digits are copies of
# others, which an index would keep once.
PICTURES = 4000
WARM_UP = Load(CLIENTS, seconds=1, warm_up_requests=3)
KINDS = {
    "preview": ("/api/predictions/?store=false", 200),
    "stored": ("/api/predictions/", 201),
}
# Never reached, and counted as those of a site in use are.
LIMITS = {
    "DIGITS_THROTTLE": "on",
    **{
        f"DIGITS_RATE_{who}": "100000/s"
        for who in ("ANONYMOUS", "USER", "PREVIEW", "LOGIN")
    },
}


@dataclass(frozen=True, slots=True)
class Serving:
    """What so many web processes answer, and what an answer costs."""

    processes: int
    kind: str
    measured: Measured
    cost: Cost
    memory_mb: float
    connections: int


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    try:
        with (
            engines(options.database, options.redis) as there,
            tempfile.TemporaryDirectory(prefix="scaling-") as folder,
        ):
            serving, costs = _serve(Path(folder), there, options.seconds)
            reading = _read(Path(folder), there, options.pictures)
    except NotEmpty as error:
        print(error, file=sys.stderr)
        return 2
    measured = _measured(serving, reading, costs)
    print(json.dumps(measured, indent=2) if options.json else as_markdown(measured))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--database", required=True, help="URL of an empty one, on this machine")
    add("--redis", required=True, help="URL of an empty one; emptied in the end")
    add("--seconds", type=float, default=10, help="for each of the six runs")
    add("--pictures", type=int, default=8000, help="in batches, for each of the three")
    add("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args(arguments)


def _serve(folder: Path, there: Engines, seconds: float) -> tuple[list[Serving], Costs]:
    serving, looking = [], {}
    for count in COUNTS:
        pictures = make_pictures(PICTURES, seed=count)
        with digitsite(folder, **_settings(there, count)) as server:
            for kind, (path, status) in KINDS.items():
                target = Target(server.port, path, status)
                drive(target, pictures, WARM_UP)
                meter = Meter(server.workers(), there)
                run = sum_up([drive(target, pictures, Load(CLIENTS, seconds))])
                # Those that warm up are not in the latencies, but have cost as much.
                asked = run.requests + CLIENTS * Load(CLIENTS, 0).warm_up_requests
                cost = meter.cost(asked)
                memory = server.memory_per_worker().rss_mb
                held = there.connections()
                serving.append(Serving(count, kind, run, cost, memory, held))
            if count == 1:
                looking = cost_of_looking(server, there)
    # As a site is meant to run: one process a core.
    answers = {each.kind: each.cost for each in serving if each.processes == CORES}
    costs = Costs.measured(answers | looking, there, folder / "media")
    return serving, costs


def _read(folder: Path, there: Engines, pictures: int) -> list[Reading]:
    with digitsite(folder, **_settings(there, 1)) as server:
        return [read_batches(server, there, count, pictures) for count in COUNTS]


def _settings(there: Engines, processes: int) -> dict[str, str]:
    return LIMITS | {
        "DATABASE_URL": there.database_url,
        "REDIS_URL": there.redis_url,
        "WEB_CONCURRENCY": str(processes),
    }


def _measured(
    serving: Sequence[Serving], reading: Sequence[Reading], costs: Costs
) -> dict[str, Any]:
    return {
        "machine": machine.describe(),
        "date": time.strftime("%Y-%m-%d"),
        "clients": CLIENTS,
        "serving": [asdict(each) for each in serving],
        "reading": [asdict(each) for each in reading],
        "costs": asdict(costs),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
