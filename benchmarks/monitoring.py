"""Measures what log lines, figures and traces cost a preview.

A server for each, under gunicorn with two workers, driven in turns with the same
pictures by one client; so a machine that others share is slow for all of them. Prints
processor time a request and the median latency, both also as a ratio to "off".

    .venv/bin/python -m benchmarks.monitoring [--seconds 40] [--rounds 20]
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks.load import Load, Target, UnexpectedAnswer, drive
from benchmarks.pictures import make_pictures
from benchmarks.servers import Server, digitsite

PICTURES = 60
OFF = "off"
JSON = {"DIGITS_LOG": "json"}
METRICS = {"DIGITS_METRICS": "on", "DIGITS_METRICS_TOKEN": "of-the-benchmark-alone"}


@dataclass
class Side:
    """A running server, and of each round its p50 and its processor time a request."""

    name: str
    server: Server
    p50_ms: list[float] = field(default_factory=list)
    work_ms: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=40, help="for each server")
    parser.add_argument(
        "--rounds", type=int, default=20, help="in which they take turns"
    )
    options = parser.parse_args(arguments)
    try:
        sides = _measure(options.seconds, options.rounds)
    except (UnexpectedAnswer, RuntimeError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    print(_as_markdown(sides))
    return 0


def _measure(seconds: float, rounds: int) -> list[Side]:
    pictures = make_pictures(PICTURES)
    load = Load(clients=1, seconds=seconds / rounds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        collector = stack.enter_context(_collector())
        sides = [
            Side(name, stack.enter_context(digitsite(folder / str(number), **settings)))
            for number, (name, settings) in enumerate(_settings(folder, collector))
        ]
        for _ in range(rounds):
            for side in sides:
                target = Target(side.server.port, "/api/predictions/?store=false", 200)
                before = side.server.work_s()
                run = drive(target, pictures, load)
                requests = len(run.latencies_s) + load.warm_up_requests
                side.work_ms.append((side.server.work_s() - before) * 1000 / requests)
                side.p50_ms.append(median(run.latencies_s) * 1000)
    return sides


def _settings(folder: Path, collector: str) -> list[tuple[str, dict[str, str]]]:
    metrics = METRICS | {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}
    both = METRICS | {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics-too")} | JSON
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    sampled = traces | {
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
    }
    return [
        (OFF, {}),
        ("JSON lines", JSON),
        ("figures", metrics),
        ("JSON lines and figures", both),
        ("traces, 1 in 100", sampled),
        ("traces, all", traces),
    ]


@contextmanager
def _collector() -> Iterator[str]:
    """Where traces go and nothing is made of them; its time is not the servers'."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _as_markdown(sides: Sequence[Side]) -> str:
    off = next(side for side in sides if side.name == OFF)
    lines = [
        "| switched on | processor time | ratio | p50 | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for side in sides:
        work, p50 = median(side.work_ms), median(side.p50_ms)
        lines.append(
            f"| {side.name} | {work:.2f} ms | {_ratio(side.work_ms, off.work_ms):.2f} "
            f"| {p50:.2f} ms | {_ratio(side.p50_ms, off.p50_ms):.2f} |"
        )
    cores = len(os.sched_getaffinity(0))
    lines += ["", f"{cores} cores; medians of {len(off.p50_ms)} rounds."]
    return "\n".join(lines)


def _ratio(own: Sequence[float], others: Sequence[float]) -> float:
    """Round by round, since a round is slow or quick for all of them."""
    return median(mine / its for mine, its in zip(own, others, strict=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
