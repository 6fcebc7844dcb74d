"""Measures the API: many pictures at once against one by one, and long histories.

A site of two workers is driven on this machine. Prints Markdown tables, or JSON.

    .venv/bin/python -m benchmarks.api [--rows 1000000] [--database URL] [--check]

Filling a history takes far longer than reading it: with `--database` the rows stay
there, and another run takes them as they are.
"""

import argparse
import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.api_client import Client
from benchmarks.load import Load, Run, Target, drive, percentile, sum_up
from benchmarks.pictures import make_pictures
from benchmarks.servers import PROJECT, Server, digitsite
from benchmarks.tables import table

LIST = "/api/predictions/"
HISTORY = "/predictions/"
TOGETHER = 64
CLIENTS = (1, 4)
# What the API promises.
FASTER_AT_LEAST = 3.0
PAGE_MS_AT_MOST = 30.0
REPEATS = 40
# What takes long is asked for less often.
LONGEST_S = 5.0
DEPTH_NAMES = ("first", "in the middle", "at 99 %")
FILTERS: dict[str, dict[str, str]] = {
    "outcome=unsure": {"outcome": "unsure"},
    "outcome=not_a_digit": {"outcome": "not_a_digit"},
    "digit=7": {"digit": "7"},
    "is_corrected=true": {"is_corrected": "true"},
    "is_corrected=false": {"is_corrected": "false"},
    "confidence_max=0.1": {"confidence_max": "0.1"},
    "confidence_max=0.1, by confidence": {
        "confidence_max": "0.1",
        "ordering": "confidence",
    },
    "confidence_min=0.5": {"confidence_min": "0.5"},
    "confidence 0.5 to 0.95": {"confidence_min": "0.5", "confidence_max": "0.95"},
    "source=import (none)": {"source": "import"},
    "source=import, by confidence": {"source": "import", "ordering": "confidence"},
    "outcome=blank (none), digit=7": {"outcome": "blank", "digit": "7"},
    "outcome=unsure, surest first": {"outcome": "unsure", "ordering": "-confidence"},
    "model_version=1 (the older 80 %)": {"model_version": "1"},
    "model_version=1, source=api": {"model_version": "1", "source": "api"},
    "model_version=1, source=api, by confidence": {
        "model_version": "1",
        "source": "api",
        "ordering": "confidence",
    },
    "model_version=2, source=api, oldest first": {
        "model_version": "2",
        "source": "api",
        "ordering": "created_at",
    },
    "outcome=unsure, source=api": {"outcome": "unsure", "source": "api"},
    "is_corrected=true, source=api": {"is_corrected": "true", "source": "api"},
    "outcome=not_a_digit, digit=7 (none)": {"outcome": "not_a_digit", "digit": "7"},
    "one day": {
        "created_from": "2025-03-01T00:00:00Z",
        "created_before": "2025-03-02T00:00:00Z",
    },
    "a year, by confidence": {
        "created_from": "2025-03-01T00:00:00Z",
        "created_before": "2026-03-01T00:00:00Z",
        "ordering": "confidence",
    },
}
ALL_BUT_TWO_MONTHS = {"created_before": "2026-09-01T00:00:00Z"}


@dataclass(frozen=True, slots=True)
class Speed:
    """Pictures a second, one by one and together, for one number of clients."""

    clients: int
    single: float
    together: float

    @property
    def ratio(self) -> float:
        return self.together / self.single


@dataclass(frozen=True, slots=True)
class Page:
    """How long one page of a list takes, in ms."""

    name: str
    p50_ms: float
    p99_ms: float


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="api-", dir=options.folder) as folder:
        speeds = [] if options.only_lists else _speeds(Path(folder), options)
        pages = _pages(Path(folder), options) if options.rows else []
    print(_as_markdown(speeds, pages, options))
    return 0 if _are_kept(speeds, pages) or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000, help="in the history; 0: no lists")
    add("--seconds", type=float, default=8, help="for each of the runs")
    add("--rounds", type=int, default=4, help="in which the runs take turns")
    add("--database", help="DATABASE_URL of an empty database for the lists")
    add("--only-lists", action="store_true", help="no pictures at once")
    add("--folder", type=Path, help="for database and pictures; else a temporary one")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


def _speeds(folder: Path, options: argparse.Namespace) -> list[Speed]:
    pictures = make_pictures(TOGETHER)
    sent: dict[str, Sequence[bytes | Sequence[bytes]]] = {
        "single": pictures,
        "together": [pictures],
    }
    runs: dict[tuple[int, str], list[Run]] = {}
    with digitsite(folder / "speed") as server:
        target = Target(server.port, LIST, 201)
        # In turns: a machine that others share is slower at one time than at another.
        for _ in range(options.rounds):
            for clients in CLIENTS:
                for name, bodies in sent.items():
                    load = Load(
                        clients, options.seconds / options.rounds, warm_up_requests=3
                    )
                    run = drive(target, bodies, load)
                    runs.setdefault((clients, name), []).append(run)
    return [
        Speed(
            clients,
            single=sum_up(runs[clients, "single"]).requests_per_s,
            together=sum_up(runs[clients, "together"]).requests_per_s * TOGETHER,
        )
        for clients in CLIENTS
    ]


def _pages(folder: Path, options: argparse.Namespace) -> list[Page]:
    settings = {"DATABASE_URL": options.database} if options.database else {}
    with digitsite(folder / "lists", **settings) as server:
        Client(server.port).post_picture(LIST, make_pictures(1)[0])
        filled = _fill(server, options.rows)
        cookie, cursors = filled["cookie"], filled["cursors"]
        asked = {
            f"{order}, {depth}": {"ordering": order} | before
            for order, deep in cursors.items()
            for depth, before in _depths(deep)
        }
        newest_first = cursors["-created_at"]
        asked["before a day, at 99 %"] = ALL_BUT_TWO_MONTHS | {
            "before": newest_first[-1]
        }
        pages = [
            _page(name, server, cookie, f"{LIST}?{urlencode(query)}")
            for name, query in (asked | FILTERS).items()
        ]
        return pages + [
            _page(f"on the web, {depth}", server, cookie, HISTORY + _query(before))
            for depth, before in _depths(newest_first)
        ]


def _depths(cursors: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """How deep a page is, and what it is asked for besides."""
    before = [{}, *({"before": cursor} for cursor in cursors)]
    return zip(DEPTH_NAMES, before, strict=True)


def _query(asked: dict[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""


def _fill(server: Server, rows: int) -> Any:
    environment = server.environment | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    command = [sys.executable, "-m", "benchmarks.many_rows", "--rows", str(rows)]
    filled = subprocess.run(
        command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    )
    return json.loads(filled.stdout)


def _page(name: str, server: Server, cookie: str, path: str) -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, 60)
    took: list[float] = []
    while len(took) < REPEATS and sum(took) < LONGEST_S:
        started = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - started)
        if answer.status != http.client.OK:
            raise RuntimeError(f"{name}: {answer.status} {body!r}")
    connection.close()
    took.sort()
    return Page(name, percentile(took, 0.5) * 1000, percentile(took, 0.99) * 1000)


def _are_kept(speeds: Sequence[Speed], pages: Sequence[Page]) -> bool:
    return all(each.ratio >= FASTER_AT_LEAST for each in speeds) and all(
        each.p50_ms <= PAGE_MS_AT_MOST for each in pages
    )


def _as_markdown(
    speeds: Sequence[Speed], pages: Sequence[Page], options: argparse.Namespace
) -> str:
    cores = len(os.sched_getaffinity(0))
    speed = [
        table(
            ["clients", "one by one, pictures/s", f"{TOGETHER} at once", "times"],
            [
                [
                    str(each.clients),
                    f"{each.single:,.0f}",
                    f"{each.together:,.0f}",
                    f"{each.ratio:.1f}",
                ]
                for each in speeds
            ],
        )
    ]
    parts = [
        *(speed if speeds else []),
        table(
            [f"page of 25 of {options.rows:,}", "p50 ms", "p99 ms"],
            [[each.name, f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}"] for each in pages],
        ),
        f"{cores} cores, {platform.machine()}, Python {platform.python_version()}.",
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
