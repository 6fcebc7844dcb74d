"""Measuring answers against labels: which samples, and what the figures are."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ml import datasets
from ml.errors import DatasetError
from ml.imaging import encode_grey_png

LABELS_FILE: Final = "labels.csv"
# The label of what is no digit, and the answer to a blank picture.
NONE: Final = "none"
IMAGE_SUFFIXES: Final = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".mpo",
        ".heic",
        ".heif",
        ".avif",
    ]
)


@dataclass(frozen=True, slots=True)
class Sample:
    """An image, as a file or its bytes; the text it shows ("7", "none"); its kind."""

    content: Path | bytes
    label: str
    kind: str

    def read(self) -> bytes:
        """Give the bytes of the image file."""
        return (
            self.content
            if isinstance(self.content, bytes)
            else (self.content.read_bytes())
        )


def labelled_files(folder: Path) -> list[Sample]:
    """List the samples of a folder.

    Args:
        folder: with a labels.csv of columns file, label and perhaps kind; or with one
            sub-folder a label; or with MNIST's IDX files, of which the test set counts.
    Raises:
        DatasetError: it has neither, or the table names a file that is not there.
    """
    if (folder / LABELS_FILE).is_file():
        samples = list(_from_table(folder))
    elif datasets.holds_mnist(folder):
        samples = list(_from_mnist(folder))
    elif folder.is_dir():
        samples = list(_from_subfolders(folder))
    else:
        raise DatasetError(f"Expected a folder of labelled images. Received: {folder}")
    if not samples:
        raise DatasetError(
            f"Expected {LABELS_FILE} (file,label[,kind]) or a sub-folder a label with "
            f"images in {folder}. Received: no sample."
        )
    for sample in samples:
        if sample.label != NONE and not sample.label.isdecimal():
            raise DatasetError(
                f'Expected labels of digits, or "{NONE}", in {folder}. '
                f'Received: "{sample.label}".'
            )
    return samples


@dataclass(slots=True)
class _Tally:
    n: int = 0
    right: int = 0

    def add(self, *, is_right: bool) -> None:
        self.n += 1
        self.right += is_right

    def as_dict(self) -> dict[str, Any]:
        return {"n": self.n, "accuracy": self.right / self.n if self.n else None}


@dataclass(slots=True)
class Evaluation:
    """Counts answers; `add` one at a time, `as_dict` for the figures."""

    total: _Tally = field(default_factory=_Tally)
    by_kind: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    by_label: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    confusion: dict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, sample: Sample, answer: str, outcome: str) -> None:
        """Count the answer given for a sample; NONE where no digit was read."""
        is_right = answer == sample.label
        self.total.add(is_right=is_right)
        self.by_kind[sample.kind].add(is_right=is_right)
        self.by_label[sample.label].add(is_right=is_right)
        self.confusion[sample.label][answer] += 1
        self.outcomes[outcome] += 1

    def as_dict(self) -> dict[str, Any]:
        """Give the figures: n, accuracy, by_kind, by_digit, confusion, outcomes.

        `confusion[label][answer]` counts; an answer may be "none".
        """
        return {
            **self.total.as_dict(),
            "by_kind": {kind: t.as_dict() for kind, t in sorted(self.by_kind.items())},
            "by_digit": {
                label: t.as_dict() for label, t in sorted(self.by_label.items())
            },
            "confusion": {
                label: dict(sorted(answers.items()))
                for label, answers in sorted(self.confusion.items())
            },
            "outcomes": dict(sorted(self.outcomes.items())),
        }


def _from_table(folder: Path) -> Iterator[Sample]:
    table = folder / LABELS_FILE
    with table.open(newline="", encoding="utf-8-sig") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            if not row.get("file") or not row.get("label"):
                raise DatasetError(
                    f"Expected a file and a label in line {line} of {table}. "
                    f"Received: {row}"
                )
            path = folder / row["file"]
            if not path.is_file():
                raise DatasetError(
                    f"Expected the file named in line {line} of {table}. "
                    f"Received: none at {path}"
                )
            yield Sample(path, row["label"].strip(), row.get("kind") or "all")


def _from_mnist(folder: Path) -> Iterator[Sample]:
    test = datasets.load_mnist(folder, verify=False).test
    for image, label in zip(test.images, test.labels, strict=True):
        yield Sample(encode_grey_png(image), str(label), test.name)


def _from_subfolders(folder: Path) -> Iterator[Sample]:
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(subfolder.iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                yield Sample(path, subfolder.name, "all")
