"""Drives a site with mixed traffic for minutes: nothing may fail, be lost or grow.

Two web processes serve many visitors at once, who draw, keep some of it, and look at
their history and pictures. In the end there must be as many rows and files as answers
that said so, and the processes must be no larger than after the first fifth.

    .venv/bin/python -m benchmarks.endurance [--minutes 5] [--visitors 200] [--check]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import machine
from benchmarks.load import percentile
from benchmarks.pictures import make_canvases
from benchmarks.servers import Memory, Server, ask_manage, digitsite
from benchmarks.tables import table
from benchmarks.visitors import Diary, visit

DRAWINGS = 64
# The site grows while it is warmed up: the first fifth, a minute of five.
WARM_UP_SHARE = 0.2
GROWTH_AT_MOST = 0.05
WEIGHED_EVERY_S = 1.0
COUNTS = (
    "import json; from recognizer.models import *; print(json.dumps([[str(p) for p in"
    " Prediction.objects.values_list('public_id', flat=True)], Digit.objects.count()]))"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there in the end: public ids of rows, digits, and pictures' files."""

    rows: frozenset[str]
    digits: int
    files: int


@dataclass(frozen=True, slots=True)
class Weights:
    """Memory of a worker in MB each second, the mean of all workers."""

    rss_mb: list[float] = field(default_factory=list)
    own_mb: list[float] = field(default_factory=list)

    def add(self, memory: Memory) -> None:
        self.rss_mb.append(memory.rss_mb)
        self.own_mb.append(memory.own_mb)

    def are_flat(self) -> bool:
        """By RSS, which is what the machine must have for it."""
        return _growth(self.rss_mb) < GROWTH_AT_MOST

    def __str__(self) -> str:
        return (
            f"Memory of a worker: {_words('RSS', self.rss_mb)}; "
            f"{_words('without files', self.own_mb)}."
        )


def _words(name: str, weights: list[float]) -> str:
    before, after = _after_warm_up(weights), _in_the_end(weights)
    return (
        f"{name} {before:.1f} MB after the first fifth, {after:.1f} MB in the end: "
        f"{_growth(weights):+.1%}"
    )


def _growth(weights: list[float]) -> float:
    return _in_the_end(weights) / _after_warm_up(weights) - 1


def _after_warm_up(weights: list[float]) -> float:
    start = int(len(weights) * WARM_UP_SHARE)
    return median(weights[start : start + 10])


def _in_the_end(weights: list[float]) -> float:
    return median(weights[-10:])


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="endurance-") as temporary:
        folder = Path(temporary)
        settings = {"DATABASE_URL": options.database} if options.database else {}
        with digitsite(folder, **settings) as server:
            with _weighing(server) as weights:
                diary = asyncio.run(
                    visit(
                        server.port,
                        make_canvases(DRAWINGS),
                        visitors=options.visitors,
                        seconds=options.minutes * 60,
                    )
                )
            kept = _kept(server, folder / "media")
    print(_as_markdown(diary, kept, weights, options))
    return 0 if _is_kept(diary, kept, weights) or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--minutes", type=float, default=5)
    add("--visitors", type=int, default=200, help="each with a connection of his own")
    add("--database", help="DATABASE_URL of an empty database; else SQLite")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


@contextmanager
def _weighing(server: Server) -> Iterator[Weights]:
    """Weigh the workers each second meanwhile."""
    weights, is_over = Weights(), threading.Event()

    def weigh() -> None:
        while not is_over.wait(WEIGHED_EVERY_S):
            weights.add(server.memory_per_worker())

    weighing = threading.Thread(target=weigh)
    weighing.start()
    try:
        yield weights
    finally:
        is_over.set()
        weighing.join()


def _kept(server: Server, media: Path) -> Kept:
    rows, digits = json.loads(
        ask_manage(server.environment, "shell", "--no-imports", "--command", COUNTS)
    )
    files = sum(path.is_file() for path in media.rglob("*"))
    return Kept(frozenset(rows), digits, files)


def _is_kept(diary: Diary, kept: Kept, weights: Weights) -> bool:
    answered = len(diary.stored)
    return (
        not diary.errors
        and kept.rows == frozenset(diary.stored)
        and len(kept.rows) == kept.digits == kept.files == answered > 0
        and weights.are_flat()
    )


def _as_markdown(
    diary: Diary, kept: Kept, weights: Weights, options: argparse.Namespace
) -> str:
    seconds = options.minutes * 60
    rows = []
    for kind, taken in sorted(diary.seconds.items()):
        ordered = sorted(1000 * each for each in taken)
        figures = [f"{percentile(ordered, share):,.0f}" for share in (0.5, 0.99, 1.0)]
        rows.append([kind, f"{len(taken):,}", f"{len(taken) / seconds:,.0f}", *figures])
    head = ["asked for", "answers", "a second", "p50 ms", "p99 ms", "most"]
    traffic = (
        f"{options.visitors} visitors, {seconds:g} s: {diary.answers:,} answers, "
        f"{diary.errors.total()} errors, {diary.reopened} connections opened again."
    )
    lost = len(frozenset(diary.stored) - kept.rows)
    what_is_kept = (
        f"Kept: {len(diary.stored):,} answers, {len(kept.rows):,} rows, {lost} lost, "
        f"{kept.digits:,} digits, {kept.files:,} files."
    )
    errors = [f"- {n} times: {words}" for words, n in diary.errors.most_common(10)]
    where = f"{machine.describe()}, {time.strftime('%Y-%m-%d')}."
    parts = [table(head, rows), traffic, what_is_kept, str(weights), *errors, where]
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
