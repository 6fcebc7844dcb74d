"""Measure the live model on folders of labelled images."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognizer import engine
from recognizer.management.arguments import positive_number
from recognizer.reports import percent, report_write


class Command(BaseCommand):
    help = (
        "Reads every image of a folder as the site would and compares the answers with "
        "the labels. The folder has a labels.csv (file,label[,kind]) or a sub-folder "
        'a label. A label is a digit, or "none" for what is no digit. Several folders '
        "are measured together and each by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", type=Path, nargs="+", metavar="PATH", help="a folder"
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument(
            "--limit", type=positive_number, help="read this many images at most"
        )
        parser.add_argument(
            "--without-kind",
            action="append",
            default=[],
            metavar="PREFIX",
            help="leave out the kinds that start so; may be given several times",
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="DIR",
            help="also write the figures, charts and worst mistakes to DIR/index.html",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_json = options["format"] == "json"
        report: Path | None = options["report"]
        if report is not None:
            _make_folder(report)
        evaluation = _evaluated(options, is_silent=is_json)
        figures = evaluation.as_dict()
        self.stdout.write(
            json.dumps(figures, indent=2) if is_json else as_text(figures)
        )
        if report is not None:
            # On stderr: stdout may be read by a program.
            self.stderr.write(f"report: {_written(evaluation, report)}")


def _make_folder(folder: Path) -> None:
    """Make the report's folder before the work and not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            "--report: Expected a folder, or a path at which one can be made. "
            f"Received: {folder} ({error.strerror})."
        ) from error


def _written(evaluation: engine.Evaluation, folder: Path) -> Path:
    try:
        return report_write(evaluation=evaluation, folder=folder)
    except engine.RecognizerError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"--report: Expected a folder that can be written to. "
            f"Received: {folder} ({error.strerror})."
        ) from error


def _evaluated(options: dict[str, Any], *, is_silent: bool) -> engine.Evaluation:
    bar = tqdm(unit=" images", leave=False, disable=is_silent or None)
    try:
        with bar:
            return engine.evaluate(
                options["paths"],
                limit=options["limit"],
                without_kinds=options["without_kind"],
                on_sample=lambda done, total: _advance(bar, done, total),
            )
    except engine.RecognizerError as error:
        raise CommandError(str(error)) from error


def _advance(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def as_text(figures: dict[str, Any]) -> str:
    """Lay the figures out for a terminal."""
    lines = [*_headlines(figures), ""]
    if sets := figures.get("sets"):
        lines += [*_set_rows(sets), ""]
    for title, key in (("kind", "by_kind"), ("label", "by_digit")):
        lines.append(f"{title:<28}{'n':>7}{'accuracy':>11}")
        lines += [
            f"{name:<28}{row['n']:>7}{percent(row['accuracy']):>11}"
            for name, row in figures[key].items()
        ]
        lines.append("")
    lines.append("outcomes   " + _counts(figures["outcomes"]))
    lines += ["", "confusions (label: answers)"]
    lines += _confusions(figures["confusion"]) or ["none"]
    if unreadable := figures["unreadable"]:
        lines += ["", "could not be read"]
        lines += [f"{each['file']}: {each['code']}" for each in unreadable]
    return "\n".join(lines)


def _headlines(figures: dict[str, Any]) -> list[str]:
    sure, others = figures["sure"], figures["not_digits"]
    digits = figures["digits"]
    lines = [f"accuracy  {percent(figures['accuracy'])}  (n = {figures['n']})"]
    if sure["coverage"] is not None:
        lines += [
            f"called sure         {percent(sure['coverage']):>8} of the digits",
            f"right when sure     {percent(sure['accuracy']):>8}  (n = {sure['n']})",
        ]
    if digits["refused"]:
        lines += [
            f"digits refused      {percent(digits['refused']):>8}",
            f"closest is right    {percent(digits['closest_accuracy']):>8}",
        ]
    if figures["ece"] is not None:
        lines.append(f"calibration error   {percent(figures['ece']):>8}  (ECE)")
    if others["n"]:
        lines += [
            f"non-digits refused  {percent(others['refused']):>8}  (n = {others['n']})",
            f"non-digits sure     {percent(others['sure']):>8}",
        ]
    if others["auroc"] is not None:
        lines.append(f"digit or not, AUROC {others['auroc']:>8.4f}")
    if figures["left_out"]:
        lines.append(f"left out            {figures['left_out']:>8}  (not read)")
    return lines


def _set_rows(sets: dict[str, dict[str, Any]]) -> list[str]:
    head = ("n", "accuracy", "sure", "right", "ECE", "refused")
    rows = [f"{'folder':<28}" + "".join(f"{name:>10}" for name in head)]
    for name, figures in sets.items():
        sure = figures["sure"]
        shares = (
            figures["accuracy"],
            sure["coverage"],
            sure["accuracy"],
            figures["ece"],
            figures["not_digits"]["refused"],
        )
        cells = [str(figures["n"]), *map(percent, shares)]
        rows.append(f"{name:<28}" + "".join(f"{cell:>10}" for cell in cells))
    return rows


def _confusions(confusion: dict[str, dict[str, int]]) -> list[str]:
    wrong = {
        label: {answer: n for answer, n in answers.items() if answer != label}
        for label, answers in confusion.items()
    }
    return [f"{label}: {_counts(row)}" for label, row in wrong.items() if row]


def _counts(row: dict[str, int]) -> str:
    ordered = sorted(row.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} x{n}" for name, n in ordered)
