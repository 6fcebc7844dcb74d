"""Measure the live model on a folder of labelled images."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognizer import engine
from recognizer.management.arguments import positive_number


class Command(BaseCommand):
    help = (
        "Reads every image of a folder as the site would and compares the answers with "
        "the labels. The folder has a labels.csv (file,label[,kind]) or a sub-folder "
        "a label."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder")
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument(
            "--limit", type=positive_number, help="read this many images at most"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_json = options["format"] == "json"
        bar = tqdm(unit=" images", leave=False, disable=is_json or None)
        try:
            with bar:
                evaluation = engine.evaluate(
                    options["path"],
                    limit=options["limit"],
                    on_sample=lambda done, total: _advance(bar, done, total),
                )
        except engine.RecognizerError as error:
            raise CommandError(str(error)) from error
        figures = evaluation.as_dict()
        self.stdout.write(
            json.dumps(figures, indent=2) if is_json else as_text(figures)
        )


def _advance(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def as_text(figures: dict[str, Any]) -> str:
    """Lay the figures out for a terminal."""
    lines = [f"accuracy  {figures['accuracy']:.2%}  (n = {figures['n']})", ""]
    for title, key in (("kind", "by_kind"), ("label", "by_digit")):
        lines.append(f"{title:<28}{'n':>7}{'accuracy':>11}")
        lines += [
            f"{name:<28}{row['n']:>7}{row['accuracy']:>11.2%}"
            for name, row in figures[key].items()
        ]
        lines.append("")
    lines.append("outcomes   " + _counts(figures["outcomes"]))
    lines += ["", "confusions (label: answers)"]
    lines += _confusions(figures["confusion"]) or ["none"]
    return "\n".join(lines)


def _confusions(confusion: dict[str, dict[str, int]]) -> list[str]:
    wrong = {
        label: {answer: n for answer, n in answers.items() if answer != label}
        for label, answers in confusion.items()
    }
    return [f"{label}: {_counts(row)}" for label, row in wrong.items() if row]


def _counts(row: dict[str, int]) -> str:
    ordered = sorted(row.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} x{n}" for name, n in ordered)
