"""Measures how fast a picture is read, and how many glyphs a second, on one core.

Decoding, preprocessing and the network are timed one by one and together. Batches are
read in turns by ours, a bare LiteRT and Keras, all with the same network.

    .venv/bin/python -m benchmarks.recogniser [--seconds 8] [--json] [--check]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.pictures import make_canvases, make_photos, make_pictures
from benchmarks.readers import (
    Glyphs,
    bare_litert,
    full_litert,
    keras_ways,
    memory_of_reading,
    multiplications_of,
    ours,
    reader_process,
)
from benchmarks.stages import (
    Misread,
    StageTimes,
    Timing,
    time_explanations,
    time_stages,
)
from benchmarks.tables import table
from ml.artifacts import LITERT_FILE, SHIPPED
from ml.errors import MlError
from ml.imaging import decode_image
from ml.inference import Recognizer
from ml.preprocessing import find_glyph

CANVAS = "PNG of the drawing page, 280x280"
SCAN = "JPEG of a scan, 90x140"
PHOTO = "JPEG of a phone, 12 megapixels"
# Different ones of each, so that no cache can make an answer out of the last.
PICTURES = 30
PHOTOS = 4
# A photo takes twenty times as long as a drawing.
READINGS_OF_A_PHOTO = 0.1

BATCHES = (1, 8, 64, 256)
ROUNDS = 4
# Of what two readers read; weights of 8 bits decide some close calls otherwise.
MOST_APART = 0.01


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and what is promised of it at most, if anything is."""

    name: str
    value: float
    unit: str
    at_most: float | None = None

    def is_kept(self) -> bool:
        return self.at_most is None or self.value <= self.at_most


@dataclass(frozen=True, slots=True)
class Throughput:
    """Glyphs a second of one way of reading, for each of BATCHES."""

    way: str
    per_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything measured; our own way of reading is the first."""

    stages: dict[str, StageTimes]
    throughputs: list[Throughput]
    figures: list[Figure]

    def is_kept(self) -> bool:
        return all(figure.is_kept() for figure in self.figures)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    machine.hold_to_cores(1)
    machine.quiet_tensorflow()
    try:
        report = _measure(options)
    except (MlError, Misread, RuntimeError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    print(_as_json(report) if options.json else _as_markdown(report))
    return 0 if report.is_kept() or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--readings", type=int, default=1000, help="of a small picture; photos 100")
    add("--seconds", type=float, default=8, help="for each reader and size of batch")
    add("--model", type=Path, default=SHIPPED, help="folder of the model that reads")
    add("--json", action="store_true", help="print JSON instead of tables")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace) -> Report:
    recognizer = Recognizer.load(options.model)
    pictures = {
        CANVAS: make_canvases(PICTURES),
        SCAN: make_pictures(PICTURES),
        PHOTO: make_photos(PHOTOS),
    }
    counts = dict.fromkeys(pictures, options.readings)
    counts[PHOTO] = max(1, round(options.readings * READINGS_OF_A_PHOTO))
    stages = time_stages(recognizer, pictures, counts)
    explained = time_explanations(recognizer, pictures[SCAN], counts[PHOTO])
    figures = [
        *_figures_of_time(stages, explained),
        *_figures_of_size(options.model, pictures),
    ]
    return Report(stages, _take_turns(options), figures)


def _figures_of_time(stages: dict[str, StageTimes], explained: Timing) -> list[Figure]:
    drawing, photo = stages[CANVAS], stages[PHOTO]
    return [
        Figure("drawing, end to end, p50", drawing.whole.p50_ms, "ms", 3),
        Figure("of which network, p50", drawing.network.p50_ms, "ms", 0.3),
        Figure("phone photo, end to end, p50", photo.whole.p50_ms, "ms", 120),
        Figure("explanation, p50", explained.p50_ms, "ms", 50),
        Figure("explanation, p99", explained.p99_ms, "ms"),
    ]


def _figures_of_size(model: Path, pictures: dict[str, list[bytes]]) -> list[Figure]:
    small = [*pictures[CANVAS], *pictures[SCAN]]
    photos = pictures[PHOTO]
    weights = (model / LITERT_FILE).stat().st_size / 1e6
    products = multiplications_of(model) / 1e6
    return [
        Figure(LITERT_FILE, weights, "MB", 2),
        Figure("multiply-accumulates a glyph", products, "million", 30),
        Figure("memory, small pictures", memory_of_reading(model, small), "MB"),
        Figure("memory, phone photos", memory_of_reading(model, photos), "MB"),
    ]


def _take_turns(options: argparse.Namespace) -> list[Throughput]:
    """Let the readers read batches one after the other, round by round.

    Raises:
        RuntimeError: one of them does not read what the others read.
    """
    glyphs = _make_glyphs(max(BATCHES))
    done: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        readers = [
            stack.enter_context(reader_process(prepare, options.model))
            for prepare in (ours, bare_litert, full_litert, keras_ways)
        ]
        ways = [(reader, way) for reader in readers for way in reader.ways]
        for _ in range(ROUNDS):
            for batch in BATCHES:
                turns = {
                    way: reader.read(way, glyphs[:batch], options.seconds / ROUNDS)
                    for reader, way in ways
                }
                _require_agreement([turn.digits for turn in turns.values()])
                for way, turn in turns.items():
                    sums = done.setdefault((way, batch), [0.0, 0.0])
                    sums[0] += turn.glyphs
                    sums[1] += turn.seconds
    return [
        Throughput(way, tuple(done[way, n][0] / done[way, n][1] for n in BATCHES))
        for _, way in ways
    ]


def _make_glyphs(count: int) -> Glyphs:
    found = (find_glyph(decode_image(data)) for data in make_pictures(count))
    return np.stack([each.glyph for each in found if each is not None])


def _require_agreement(answers: Sequence[list[int]]) -> None:
    """Fail where one reads other digits; rounded weights may tip one in a hundred."""
    for answer in answers:
        pairs = zip(answer, answers[0], strict=True)
        differing = sum(one != other for one, other in pairs)
        if differing > MOST_APART * len(answer):
            raise RuntimeError(f"Expected the same digits of all. Received: {answers}")


def _as_markdown(report: Report) -> str:
    batches = [f"{batch}" for batch in BATCHES]
    own = report.throughputs[0]
    speeds = [
        (each.way, *(f"{value:,.0f}" for value in each.per_s))
        for each in report.throughputs
    ]
    ratios = [
        (each.way, *(f"{value:.1f}" for value in _multiples(own, each)))
        for each in report.throughputs[1:]
    ]
    note = f"{machine.describe()}. Promised are times of half the pictures, p50."
    parts = (
        _table_of_stages(report.stages),
        table(("glyphs/s, in batches of", *batches), speeds),
        table(("ours as a multiple of", *batches), ratios),
        _table_of_figures(report.figures),
        note,
    )
    return "\n\n".join(parts)


def _table_of_stages(stages: dict[str, StageTimes]) -> str:
    head = ("p50 (p99) in ms", "decode", "preprocess", "network", "end to end", "n")
    rows = [
        (
            kind,
            *map(_words, (row.decode, row.preprocess, row.network, row.whole)),
            f"{row.count:,}",
        )
        for kind, row in stages.items()
    ]
    return table(head, rows)


def _table_of_figures(figures: Sequence[Figure]) -> str:
    rows = [
        (
            figure.name,
            f"{figure.value:.3g} {figure.unit}",
            f"≤ {figure.at_most:g} {figure.unit}" if figure.at_most else "",
        )
        for figure in figures
    ]
    return table(("figure", "measured", "promised"), rows)


def _words(timing: Timing) -> str:
    return f"{timing.p50_ms:.2f} ({timing.p99_ms:.2f})"


def _multiples(own: Throughput, other: Throughput) -> list[float]:
    pairs = zip(own.per_s, other.per_s, strict=True)
    return [mine / theirs for mine, theirs in pairs]


def _as_json(report: Report) -> str:
    own = report.throughputs[0]
    answer = {
        "machine": machine.describe(),
        "batches": BATCHES,
        **asdict(report),
        "ratios": {each.way: _multiples(own, each) for each in report.throughputs[1:]},
        "are_kept": report.is_kept(),
    }
    return json.dumps(answer, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
