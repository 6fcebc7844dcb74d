"""Measures how fast the site answers, beside the Flask app of the tutorials.

Both run under gunicorn with two workers on this machine, in turns, with the same
pictures and the same network. Prints a Markdown table, or JSON.

    .venv/bin/python -m benchmarks.serving [--seconds 10] [--json] [--check]
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.load import Load, Measured, Run, Target, UnexpectedAnswer, drive, sum_up
from benchmarks.pictures import make_pictures
from benchmarks.servers import PROJECT, Memory, Server, digitsite, flask_app

MODEL = PROJECT / "ml/weights/model.keras"
CLIENTS = (1, 8)
# Different ones, so that no cache can make an answer out of the last.
PICTURES = 60

# What the site promises, against the Flask app: requests a second at any number of
# clients, and memory for each worker.
STORED_AT_LEAST = 8.0
PREVIEW_AT_LEAST = 20.0
MEMORY_AT_MOST = 0.25


@dataclass(frozen=True, slots=True)
class Side:
    """A running server in one use: what it is asked, and the status it must answer."""

    name: str
    server: Server
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Row:
    """One server in one use, under each number of clients."""

    name: str
    measured: tuple[Measured, ...]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Ratios:
    """The site's figures as multiples of the Flask app's, for each CLIENTS."""

    stored: tuple[float, ...]
    preview: tuple[float, ...]
    memory: float

    def are_kept(self) -> bool:
        return (
            min(self.stored) >= STORED_AT_LEAST
            and min(self.preview) >= PREVIEW_AT_LEAST
            and self.memory <= MEMORY_AT_MOST
        )


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    if not options.model.is_file():
        print(f"Expected a Keras model at {options.model}. Received: none.")
        return 2
    try:
        rows = _measure(options)
    except (UnexpectedAnswer, RuntimeError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    ratios = _compare(*rows)
    print(_as_json(rows, ratios) if options.json else _as_markdown(rows, ratios))
    return 0 if ratios.are_kept() or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--seconds", type=float, default=10, help="for each of the six runs")
    add("--rounds", type=int, default=4, help="in which the runs take turns")
    add("--model", type=Path, default=MODEL, help="Keras file for the Flask app")
    add("--folder", type=Path, help="for database and pictures; else a temporary one")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace) -> list[Row]:
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(options.folder))
        flask = stack.enter_context(flask_app(options.model.resolve()))
        # A server each, so that the memory is that of this use.
        stored = stack.enter_context(digitsite(folder / "stored"))
        preview = stack.enter_context(digitsite(folder / "preview"))
        sides = [
            Side("Flask, model.predict", flask, "/predict", 200),
            Side("Digitsite, stored", stored, "/api/predictions/", 201),
            Side("Digitsite, preview", preview, "/api/predictions/?store=false", 200),
        ]
        return _take_turns(sides, options.seconds, options.rounds)


def _take_turns(sides: Sequence[Side], seconds: float, rounds: int) -> list[Row]:
    """Drive one server after the other, round by round.

    A machine that others share is slower at one time than at another; in turns it is
    so for all sides.
    """
    pictures = make_pictures(PICTURES)
    runs: dict[tuple[str, int], list[Run]] = {}
    for _ in range(rounds):
        for clients in CLIENTS:
            load = Load(clients=clients, seconds=seconds / rounds)
            for side in sides:
                target = Target(side.server.port, side.path, side.status)
                runs.setdefault((side.name, clients), []).append(
                    drive(target, pictures, load)
                )
    return [
        Row(
            side.name,
            tuple(sum_up(runs[side.name, clients]) for clients in CLIENTS),
            side.server.memory_per_worker(),
        )
        for side in sides
    ]


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="serving-", dir=given) as folder:
        yield Path(folder)


def _compare(flask: Row, stored: Row, preview: Row) -> Ratios:
    def faster(row: Row) -> tuple[float, ...]:
        pairs = zip(row.measured, flask.measured, strict=True)
        return tuple(own.requests_per_s / its.requests_per_s for own, its in pairs)

    heaviest = max(stored.memory.rss_mb, preview.memory.rss_mb)
    return Ratios(faster(stored), faster(preview), heaviest / flask.memory.rss_mb)


def _as_markdown(rows: Sequence[Row], ratios: Ratios) -> str:
    lines = [
        "| server | clients | requests/s | p50 ms | p99 ms | memory a worker, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.name} | {run.clients} | {run.requests_per_s:,.0f} | {run.p50_ms:.1f} "
        f"| {run.p99_ms:.1f} | {row.memory.rss_mb:.0f} (PSS {row.memory.pss_mb:.0f}) |"
        for row in rows
        for run in row.measured
    ]
    clients = " and ".join(str(count) for count in CLIENTS)
    lines += [
        "",
        f"| Digitsite against Flask, {clients} clients | ratio | promised |",
        "| --- | ---: | ---: |",
        f"| requests/s, stored | {_times(ratios.stored)} | ≥ {STORED_AT_LEAST:g} |",
        f"| requests/s, preview | {_times(ratios.preview)} | ≥ {PREVIEW_AT_LEAST:g} |",
        f"| memory a worker (RSS) | {ratios.memory:.2f} | ≤ {MEMORY_AT_MOST:g} |",
        "",
        f"{_machine()}; {PICTURES} different JPEGs of 90x140 pixels.",
        "Memory: RSS (and PSS) of a worker after its runs, mean of the workers.",
    ]
    return "\n".join(lines)


def _as_json(rows: Sequence[Row], ratios: Ratios) -> str:
    answer = {
        "machine": _machine(),
        "rows": [asdict(row) for row in rows],
        "ratios": asdict(ratios),
        "are_kept": ratios.are_kept(),
    }
    return json.dumps(answer, indent=2)


def _times(ratios: Sequence[float]) -> str:
    return " and ".join(f"{ratio:.1f}" for ratio in ratios)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
