"""Calculates what a site needs for so many requests and predictions, and what breaks.

From what `benchmarks.scaling` measured: processor time and bytes of one answer, times
how many there are. Nothing is simulated: where waiting and contention come in, only how
full a processor may be (`FULL`) stands for them. Prints the tables of docs/scaling.md.

    .venv/bin/python -m benchmarks.scaling ... --json >FILE
    .venv/bin/python -m benchmarks.capacity [--costs FILE]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scaling_costs import Cost, Costs
from benchmarks.tables import table

MEASURED = Path(__file__).with_name("measured_costs.json")
RATES = (10, 100, 1_000, 10_000)
STOCKS = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
# What visitors of `benchmarks.visitors` do.
MIX = {
    "preview": 0.50,
    "stored": 0.20,
    "image": 0.15,
    "history page": 0.10,
    "one prediction": 0.05,
}
# Of a processor's time. Above, waiting for it takes longer than what one waits for.
FULL = 0.6
THREADS = 4
GB, MB, DAY_S = 1e9, 1e6, 86_400


@dataclass(frozen=True, slots=True)
class Need:
    """What so many requests a second need, in that mix; without copies of anything.

    Attributes:
        cores, database_cores, redis_cores: of the web machines, PostgreSQL's, Redis's.
        processes: of the web, one a core.
        connections: of all their threads to the database.
        log_mb_per_s: PostgreSQL's log of changes, which goes to each replica, too.
    """

    requests_per_s: float
    cores: float
    database_cores: float
    redis_cores: float
    processes: int
    memory_gb: float
    connections: int
    log_mb_per_s: float
    predictions_per_day: float
    rows_gb_per_day: float
    files_gb_per_day: float


@dataclass(frozen=True, slots=True)
class Stock:
    """What so many predictions take on disks."""

    predictions: float
    tables_gb: float
    indexes_gb: float
    largest_index_gb: float
    files_gb: float
    files_in_a_folder: float


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that there is so much of, and how far it reaches."""

    name: str
    reaches: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a run of `benchmarks.scaling` has found out, as far as it is needed here."""

    costs: Costs
    process_mb: float
    picture: Cost

    @classmethod
    def of(cls, measured: Mapping[str, Any]) -> "Measurement":
        costs = dict(measured["costs"])
        costs["answers"] = {k: Cost(**each) for k, each in costs["answers"].items()}
        heaviest = max(each["memory_mb"] for each in measured["serving"])
        return cls(Costs(**costs), heaviest, Cost(**measured["reading"][0]["cost"]))

    def mean(self, what: str) -> float:
        """Of an answer in the mix, one of the figures of a `Cost`."""
        return sum(
            share * float(getattr(self.costs.answers[kind], what))
            for kind, share in MIX.items()
        )


def need(measured: Measurement, requests_per_s: float) -> Need:
    def cores(what: str) -> float:
        return requests_per_s * measured.mean(what) / 1000 / FULL

    processes = max(1, -(-cores("site_ms") // 1))
    kept = requests_per_s * MIX["stored"] * DAY_S
    costs = measured.costs
    return Need(
        requests_per_s=requests_per_s,
        cores=cores("site_ms"),
        database_cores=cores("database_ms"),
        redis_cores=cores("redis_ms"),
        processes=int(processes),
        memory_gb=processes * measured.process_mb * MB / GB,
        connections=int(processes) * THREADS,
        log_mb_per_s=requests_per_s * measured.mean("log_bytes") / MB,
        predictions_per_day=kept,
        rows_gb_per_day=kept * costs.row_bytes / GB,
        files_gb_per_day=kept * costs.file_blocks_bytes / GB,
    )


def stock(costs: Costs, predictions: float) -> Stock:
    return Stock(
        predictions=predictions,
        tables_gb=predictions * sum(costs.tables.values()) / GB,
        indexes_gb=predictions * sum(costs.indexes.values()) / GB,
        largest_index_gb=predictions * max(costs.indexes.values()) / GB,
        files_gb=predictions * costs.file_blocks_bytes / GB,
        files_in_a_folder=predictions / 256,
    )


def limits_of_rate(measured: Measurement) -> list[Limit]:
    """In requests a second, what is reached first."""

    def reached(what: str, there_is: float) -> float:
        return there_is / measured.mean(what)

    site, database, redis = "site_ms", "database_ms", "redis_ms"
    together_ms = sum(map(measured.mean, (site, database, redis)))
    # Three are kept for superusers.
    processes = (100 - 3) // THREADS
    found = [
        Limit("2 cores with everything on them", 2000 * FULL / together_ms),
        Limit(
            "`max_connections = 100`, as PostgreSQL comes",
            processes * 1000 * FULL / measured.mean(site),
        ),
        Limit("a database of 8 cores", reached(database, 8000 * FULL)),
        Limit("a database of 64 cores", reached(database, 64_000 * FULL)),
        Limit("Redis, which uses one core", reached(redis, 1000 * FULL)),
        Limit("a log of 100 MB/s (1 Gbit/s)", reached("log_bytes", 100 * MB)),
    ]
    return sorted(found, key=lambda each: each.reaches)


def limits_of_stock(costs: Costs) -> list[Limit]:
    """In predictions, what is reached first."""
    indexes = sum(costs.indexes.values())
    found = [
        Limit("indexes in 16 GB of memory", 16 * GB / indexes),
        Limit("indexes in 256 GB of memory", 256 * GB / indexes),
        Limit("pictures on a disk of 1 TB", 1000 * GB / costs.file_blocks_bytes),
        Limit("rows and indexes on a disk of 1 TB", 1000 * GB / costs.row_bytes),
        Limit("a table of 32 TB (of digits)", 2**45 / max(costs.tables.values())),
        Limit("keys of 63 bits", 2.0**63),
    ]
    return sorted(found, key=lambda each: each.reaches)


def as_markdown(measured: Measurement) -> str:
    needs = [need(measured, rate) for rate in RATES]
    stocks = [stock(measured.costs, predictions) for predictions in STOCKS]
    rate_head = ["requests a second", *(f"{rate:,}" for rate in RATES)]
    stock_head = ["predictions", *(f"{each:,}" for each in STOCKS)]
    rates, predictions = limits_of_rate(measured), limits_of_stock(measured.costs)
    return "\n\n".join(
        [
            table(rate_head, _need_rows(needs)),
            table(["what is full", "at requests a second"], _limit_rows(rates)),
            table(stock_head, _stock_rows(stocks)),
            table(["what is full", "at predictions"], _limit_rows(predictions)),
        ]
    )


def _need_rows(needs: Sequence[Need]) -> Iterator[list[str]]:
    names = {
        "web, cores": "cores",
        "PostgreSQL, cores": "database_cores",
        "Redis, cores": "redis_cores",
        "web processes": "processes",
        "their memory, GB": "memory_gb",
        "connections to PostgreSQL": "connections",
        "log of changes, MB/s": "log_mb_per_s",
        "predictions a day": "predictions_per_day",
        "rows and indexes a day, GB": "rows_gb_per_day",
        "files a day, GB": "files_gb_per_day",
    }
    for words, name in names.items():
        yield [words, *(figure(getattr(each, name)) for each in needs)]
    days = [1e9 / each.predictions_per_day for each in needs]
    yield ["days until a billion predictions", *map(figure, days)]


def _stock_rows(stocks: Sequence[Stock]) -> Iterator[list[str]]:
    names = {
        "tables, GB": "tables_gb",
        "indexes, GB": "indexes_gb",
        "the largest index, GB": "largest_index_gb",
        "files, GB": "files_gb",
        "files in one of 256 folders": "files_in_a_folder",
    }
    for words, name in names.items():
        yield [words, *(figure(getattr(each, name)) for each in stocks)]


def _limit_rows(limits: Sequence[Limit]) -> Iterator[list[str]]:
    for each in limits:
        yield [each.name, figure(each.reaches)]


def figure(value: float) -> str:
    """With two digits that count, and no more where it is large."""
    if value >= 1e15:
        return f"{value:.1e}"
    if value >= 10:
        size = 10 ** (len(str(int(value))) - 2)
        return f"{round(value / size) * size:,}"
    return f"{value:.2g}" if value >= 0.01 else "< 0.01"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--costs", type=Path, default=MEASURED)
    measured = json.loads(parser.parse_args(arguments).costs.read_text("utf-8"))
    print(as_markdown(Measurement.of(measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
