"""The figures of `benchmarks.scaling` as Markdown, out of its JSON.

python -m benchmarks.scaling_tables FILE
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.tables import table

COST_HEAD = ["site, ms", "PostgreSQL, ms", "Redis, ms", "log, bytes", "transactions"]


def as_markdown(measured: Mapping[str, Any]) -> str:
    costs = measured["costs"]
    where = f"{measured['machine']}, {measured['date']}"
    answers = [[name, *_cost(each)] for name, each in costs["answers"].items()]
    return "\n\n".join(
        [
            _served(measured["serving"]),
            _read(measured["reading"]),
            table(["one answer", *COST_HEAD], answers),
            _sizes(costs),
            f"{measured['clients']} clients, {where}.",
        ]
    )


def _served(serving: Iterable[Mapping[str, Any]]) -> str:
    head = ["asked for", "web processes", "a second", "p50 ms", "p99 ms"]
    head += ["site, ms", "PostgreSQL, ms", "memory of one, MB", "connections"]
    rows = [
        [
            each["kind"],
            str(each["processes"]),
            f"{each['measured']['requests_per_s']:,.0f}",
            f"{each['measured']['p50_ms']:.1f}",
            f"{each['measured']['p99_ms']:.1f}",
            f"{each['cost']['site_ms']:.2f}",
            f"{each['cost']['database_ms']:.2f}",
            f"{each['memory_mb']:.0f}",
            str(each["connections"]),
        ]
        for each in sorted(serving, key=lambda each: (each["kind"], each["processes"]))
    ]
    return table(head, rows)


def _read(reading: Iterable[Mapping[str, Any]]) -> str:
    head = ["workers that read batches", "pictures a second"]
    rows = [
        [
            str(each["workers"]),
            f"{each['pictures_per_s']:,.0f}",
            *_cost(each["cost"]),
            f"{each['memory_mb']:.0f}",
        ]
        for each in reading
    ]
    return table([*head, *COST_HEAD, "memory of one, MB"], rows)


def _cost(cost: Mapping[str, float]) -> list[str]:
    times = [cost["site_ms"], cost["database_ms"], cost["redis_ms"]]
    return [
        *(f"{each:.2f}" for each in times),
        f"{cost['log_bytes']:,.0f}",
        f"{cost['transactions']:.2f}",
    ]


def _sizes(costs: Mapping[str, Any]) -> str:
    tables, indexes = costs["tables"], costs["indexes"]
    rows = [
        *([f"table `{name}`", f"{size:,.0f}"] for name, size in tables.items()),
        *([f"index `{name}`", f"{size:,.0f}"] for name, size in indexes.items()),
        ["all tables", f"{sum(tables.values()):,.0f}"],
        ["all indexes", f"{sum(indexes.values()):,.0f}"],
        ["its file", f"{costs['file_bytes']:,.0f}"],
        ["its file, in blocks of a disk", f"{costs['file_blocks_bytes']:,.0f}"],
    ]
    return table(["one prediction", "bytes"], rows)


def main(arguments: Sequence[str]) -> int:
    print(as_markdown(json.loads(Path(arguments[0]).read_text("utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
