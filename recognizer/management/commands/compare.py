"""Put model versions side by side: size, speed, and accuracy on labelled images."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from recognizer import engine
from recognizer.management.arguments import positive_number
from recognizer.management.database import DatabaseCommand
from recognizer.models import ModelVersion
from recognizer.reports import percent
from recognizer.selectors import model_versions

HEAD = ("version", "architecture", "parameters", "MMAC", ".tflite", "glyph", "MNIST")
# So many of the columns hold words.
WORDS = 2
NONE = "–"


class Command(DatabaseCommand):
    help = (
        "Compares model versions of this site: parameters, millions of "
        "multiplications for a glyph (MMAC), size of the file that serves, median time "
        "of a glyph on one core, and accuracy: on MNIST as measured when it was made, "
        "and on every folder that is named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "numbers",
            type=int,
            nargs="*",
            metavar="VERSION",
            help="number of a version (default: all)",
        )
        parser.add_argument(
            "--data",
            type=Path,
            action="append",
            default=[],
            metavar="DIR",
            help="folder of labelled images, as for evaluate; may be given several "
            "times",
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument(
            "--limit",
            type=positive_number,
            help="read this many images at most with each version",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        versions = _chosen(options["numbers"])
        is_json = options["format"] == "json"
        try:
            rows = list(_compared(versions, options, is_silent=is_json))
        except engine.RecognizerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps([asdict(row) for row in rows], indent=2)
            if is_json
            else as_text(rows)
        )


def _chosen(numbers: list[int]) -> list[ModelVersion]:
    versions = {version.number: version for version in model_versions()}
    if unknown := [str(number) for number in numbers if number not in versions]:
        raise CommandError(
            f"There is no version {', '.join(unknown)}. "
            f"There are: {', '.join(map(str, versions))}"
        )
    return [versions[number] for number in dict.fromkeys(numbers or versions)]


def _compared(
    versions: list[ModelVersion], options: dict[str, Any], *, is_silent: bool
) -> Iterator[engine.ComparedVersion]:
    with tqdm(unit=" images", leave=False, disable=is_silent or None) as bar:
        rows = engine.compare(
            versions, options["data"], limit=options["limit"], on_sample=_advance(bar)
        )
        for version, row in zip(versions, rows, strict=True):
            bar.set_description(f"version {version.number}")
            yield row


def _advance(bar: "tqdm[Any]") -> Callable[[int, int], None]:
    def advance(done: int, total: int) -> None:
        if done == 1:
            bar.reset(total)
        bar.update(done - bar.n)

    return advance


def as_text(rows: list[engine.ComparedVersion]) -> str:
    """Lay the rows out for a terminal; below them, why some have no figures."""
    counts = {name: figures["n"] for row in rows for name, figures in row.sets.items()}
    head = [*HEAD, *(f"{name} ({n})" for name, n in counts.items())]
    cells = [head, *(_cells(row, list(counts)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(_aligned(line, widths)) for line in cells]
    errors = [f"version {row.number}: {row.error}" for row in rows if row.error]
    return "\n".join([*lines, "", *errors] if errors else lines)


def _aligned(line: list[str], widths: list[int]) -> Iterator[str]:
    """Words to the left, figures to the right."""
    for column, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.ljust(width) if column < WORDS else cell.rjust(width)


def _cells(row: engine.ComparedVersion, names: list[str]) -> list[str]:
    figures = (
        _shown(row.parameters, "{:,}"),
        _shown(row.multiplications, "{:.1f}", 1e-6),
        _shown(row.litert_bytes, "{:,.0f} kB", 1e-3),
        _shown(row.glyph_ms, "{:.3f} ms"),
        percent(row.mnist_test_accuracy),
        *(percent(row.sets[name]["accuracy"] if row.sets else None) for name in names),
    )
    return [f"{row.number} {row.state}", row.architecture, *figures]


def _shown(figure: float | None, form: str, unit: float = 1) -> str:
    return NONE if figure is None else form.format(figure * unit)
