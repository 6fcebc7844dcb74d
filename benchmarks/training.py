"""Measures how many seconds of training reach 99.0 and 99.4 % of MNIST's test set.

Our training loop and the CNN of most Keras tutorials take turns, each run in a process
of its own on two cores. The weights after every epoch are measured when a run is over.

    .venv/bin/python -m benchmarks.training --mnist DIR [--runs 2] [--json]
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.tables import table
from benchmarks.trainings import (
    QUICK,
    Epoch,
    Train,
    run_training,
    train_ours,
    train_tutorial,
)
from ml.datasets import LabelledImages, load_mnist
from ml.errors import MlError

CORES = 2
LEVELS = (0.990, 0.994)
OURS, TUTORIAL = "Digitsite, quick recipe", "Keras tutorial's CNN"
SIDES: dict[str, Train] = {OURS: train_ours, TUTORIAL: train_tutorial}


@dataclass(frozen=True, slots=True)
class Run:
    """One training: its epochs, and the machine's speed just before it."""

    side: str
    seed: int
    probe_s: float
    epochs: list[Epoch]

    def first_at(self, level: float) -> Epoch | None:
        """The first epoch after which the level is reached."""
        reached = (epoch for epoch in self.epochs if epoch.accuracy >= level)
        return next(reached, None)


@dataclass(frozen=True, slots=True)
class Reached:
    """When the runs of a side reached a level.

    Attributes:
        side, level: which and what.
        runs, reached_in: how many there were, and how many of them reached it.
        seconds: median; of the whole runs where not all reached it.
        epochs: the same.
    """

    side: str
    level: float
    runs: int
    reached_in: int
    seconds: float
    epochs: float

    @property
    def is_reached(self) -> bool:
        return self.reached_in == self.runs


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    machine.hold_to_cores(CORES)
    machine.quiet_tensorflow()
    try:
        mnist = load_mnist(options.mnist)
    except MlError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    sets = _first(mnist.train, options.limit), mnist.test
    seeds = range(1, options.runs + 1)
    try:
        runs = [_run(side, sets, seed) for seed in seeds for side in SIDES]
    except RuntimeError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    rows = [_reached(runs, side, level) for level in LEVELS for side in SIDES]
    print(_as_json(runs, rows) if options.json else _as_markdown(runs, rows))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    mnist = os.environ.get("MNIST_DIR")
    add("--mnist", type=Path, default=mnist, help="MNIST's folder; else it is fetched")
    add("--runs", type=int, default=2, help="of each training, with seeds 1, 2 ...")
    add("--limit", type=int, help="train on so many digits only, to try it out")
    add("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args(arguments)


def _first(images: LabelledImages, count: int | None) -> LabelledImages:
    return LabelledImages(images.images[:count], images.labels[:count], images.name)


def _run(side: str, sets: tuple[LabelledImages, LabelledImages], seed: int) -> Run:
    probe_s = _probe()
    # Not a pool: its processes may have no children, and ours has one that draws.
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(SIDES[side], sets, seed, sender))
    process.start()
    sender.close()
    try:
        epochs: list[Epoch] = receiver.recv()
    except EOFError as error:
        raise RuntimeError(f"The training of {side} ended early.") from error
    finally:
        process.join()
    best = _percent(max(epoch.accuracy for epoch in epochs))
    print(f"{side}, seed {seed}: {best} at best", file=sys.stderr)
    return Run(side, seed, probe_s, epochs)


def _train(
    train: Train,
    sets: tuple[LabelledImages, LabelledImages],
    seed: int,
    sender: Connection,
) -> None:
    sender.send(run_training(train, sets, seed))


def _probe() -> float:
    """Seconds of a fixed piece of work: what the machine can do at this time."""
    matrix = np.random.default_rng(1).random((1500, 1500), np.float32)
    started = time.perf_counter()
    for _ in range(20):
        matrix @ matrix
    return time.perf_counter() - started


def _reached(runs: Sequence[Run], side: str, level: float) -> Reached:
    own = [run for run in runs if run.side == side]
    firsts = [epoch for run in own if (epoch := run.first_at(level))]
    counted = firsts if len(firsts) == len(own) else [run.epochs[-1] for run in own]
    return Reached(
        side,
        level,
        len(own),
        len(firsts),
        statistics.median(epoch.seconds for epoch in counted),
        statistics.median(epoch.number for epoch in counted),
    )


def _ratio(ours: Reached, tutorial: Reached) -> str:
    if not ours.is_reached:
        return ""
    ratio = f"{tutorial.seconds / ours.seconds:.1f}"
    return ratio if tutorial.is_reached else f"more than {ratio}"


def _as_markdown(runs: Sequence[Run], rows: Sequence[Reached]) -> str:
    lines = []
    for level in LEVELS:
        ours, tutorial = (row for row in rows if row.level == level)
        words = _percent(level), _words(ours), _words(tutorial), _ratio(ours, tutorial)
        lines.append(words)
    note = (
        f"{machine.describe()}. Medians of the runs ({rows[0].runs} of each); a level "
        "counts as reached if every run reaches it. Probe: seconds of a fixed piece "
        "of work before the run, a measure of what the machine could do then."
    )
    head = ("MNIST's test set", OURS, TUTORIAL, "ratio of seconds")
    return "\n\n".join((table(head, lines), _table_of_runs(runs), note))


def _table_of_runs(runs: Sequence[Run]) -> str:
    rows = [
        (
            f"{run.side}, seed {run.seed}",
            f"{run.probe_s:.2f}",
            f"{run.epochs[-1].seconds:.0f}",
            " ".join(f"{epoch.accuracy * 100:.2f}" for epoch in run.epochs),
        )
        for run in runs
    ]
    return table(("run", "probe, s", "seconds", "% after each epoch"), rows)


def _words(row: Reached) -> str:
    if row.is_reached:
        return f"{row.seconds:.0f} s ({row.epochs:g} epochs)"
    words = f"not reached within {row.epochs:g} epochs ({row.seconds:.0f} s)"
    return f"{words} in {row.runs - row.reached_in} of {row.runs} runs"


def _percent(share: float) -> str:
    return f"{share * 100:.2f} %"


def _as_json(runs: Sequence[Run], rows: Sequence[Reached]) -> str:
    answer = {
        "machine": machine.describe(),
        "recipe": asdict(QUICK),
        "runs": [asdict(run) for run in runs],
        "reached": [asdict(row) | {"is_reached": row.is_reached} for row in rows],
    }
    return json.dumps(answer, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
