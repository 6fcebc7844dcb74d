"""Measures what a labelling team gets: how much a site learns from 200 of its labels.

A team plays against a running site through the API alone: it uploads half of a folder
of handwriting, labels what the review queue gives it and has the site train. The other
half and MNIST's test set are measured before and after.

    .venv/bin/python -m benchmarks.learning --data DIR [--json] [--check]
    .venv/bin/python -m benchmarks.learning --data DIR --story scans [--wrong 0.3]
    .venv/bin/python -m benchmarks.learning --data DIR --time-only 200
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import CalledProcessError
from typing import TypeVar

from benchmarks import machine
from benchmarks.api_client import UnexpectedStatus
from benchmarks.learning_stories import (
    QUEUE,
    STORIES,
    QueueRound,
    Round,
    Timing,
    Wish,
    play,
    play_queue,
    time_training,
)
from benchmarks.learning_tables import Line, as_markdown, lines_of
from ml.architectures import ARCHITECTURES
from ml.errors import MlError
from ml.recipes import Recipe

CORES = 2
LABELS, SEEDS, WRONG = 200, 3, 0.3
TIMED = (200, 20_000)
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "digitsite"

Result = TypeVar("Result", Round, QueueRound, Timing)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    machine.hold_to_cores(CORES)
    machine.quiet_tensorflow()
    try:
        rounds, queues, timings = _measure(options)
    except (MlError, UnexpectedStatus, CalledProcessError, RuntimeError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    lines = lines_of(rounds, queues, timings)
    if options.json:
        print(_as_json(rounds, queues, timings, lines))
    else:
        print(as_markdown(rounds, queues, timings, lines))
    is_kept = all(line.is_kept for line in lines)
    return 0 if is_kept or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder with scans, historical, ...")
    add("--mnist", type=Path, help="MNIST's folder (default: mnist in --data)")
    add(
        "--story",
        choices=[*STORIES, QUEUE],
        action="append",
        help="only this one; may be given again (default: all, and the times)",
    )
    add("--seeds", type=int, default=SEEDS, help="rounds of each story")
    add("--first-seed", type=int, default=1, help="of the rounds")
    add("--labels", type=int, default=LABELS, help="that the team gives")
    add("--wrong", type=float, help=f"share of wrong labels (default: 0, then {WRONG})")
    add(
        "--time-only",
        type=int,
        action="append",
        metavar="N",
        help="only time a training with N labels",
    )
    add("--quick", action="store_true", help="one seed, and only 200 labels are timed")
    add("--cache", type=Path, default=CACHE, help="where the MNIST-only model is kept")
    add(
        "--architecture",
        choices=sorted(ARCHITECTURES),
        default=Recipe().architecture,
        help="of the MNIST-only model (default: %(default)s)",
    )
    add("--json", action="store_true", help="print JSON instead of tables")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


def _measure(
    options: argparse.Namespace,
) -> tuple[list[Round], list[QueueRound], list[Timing]]:
    mnist = options.mnist or options.data / "mnist"
    seeds = range(options.first_seed, options.first_seed + _seeds(options))
    stories = options.story or ([] if options.time_only else [*STORIES, QUEUE])
    rounds = [
        _told(play(STORIES[name], _wish(options, mnist, seed, wrong)))
        for name in stories
        if name in STORIES
        for wrong in _shares(options)
        for seed in seeds
    ]
    queues = [
        _told(play_queue(_wish(options, mnist, seed, 0.0)))
        for seed in (seeds if QUEUE in stories else ())
    ]
    timings = [_told(time_training(mnist, count)) for count in _timed(options)]
    return rounds, queues, timings


def _wish(options: argparse.Namespace, mnist: Path, seed: int, wrong: float) -> Wish:
    return Wish(
        data=options.data,
        mnist=mnist,
        cache=options.cache,
        architecture=options.architecture,
        labels=options.labels,
        wrong=wrong,
        seed=seed,
    )


def _seeds(options: argparse.Namespace) -> int:
    return 1 if options.quick else int(options.seeds)


def _shares(options: argparse.Namespace) -> tuple[float, ...]:
    return (0.0, WRONG) if options.wrong is None else (options.wrong,)


def _timed(options: argparse.Namespace) -> Sequence[int]:
    if options.time_only:
        return list(options.time_only)
    if options.story:
        return ()
    return TIMED[:1] if options.quick else TIMED


def _told(result: Result) -> Result:
    print(result, file=sys.stderr)
    return result


def _as_json(
    rounds: Sequence[Round],
    queues: Sequence[QueueRound],
    timings: Sequence[Timing],
    lines: Sequence[Line],
) -> str:
    answer = {
        "machine": machine.describe(),
        "rounds": [asdict(each) for each in rounds],
        "queues": [asdict(each) for each in queues],
        "timings": [asdict(each) for each in timings],
        "promises": [asdict(line) for line in lines],
    }
    return json.dumps(answer, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
