"""Labelled images: which samples a folder holds."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ml import datasets
from ml.errors import DatasetError
from ml.imaging import encode_grey_png

LABELS_FILE: Final = "labels.csv"
# The label of what is no digit.
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
    """An image, as a file or its bytes; the text it shows ("7", "none"); its kind.

    `name` tells it from the others of its folder, for people.
    """

    content: Path | bytes
    label: str
    kind: str
    name: str = ""

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


def labelled_sets(folders: Sequence[Path]) -> dict[str, list[Sample]]:
    """List the samples of several folders, each under its name.

    A folder named twice counts once. Where two have the same name, they stand under
    their paths.

    Raises:
        DatasetError: one of them is no folder of samples; see `labelled_files`.
    """
    paths = list(dict.fromkeys(folder.resolve() for folder in folders))
    names = Counter(path.name for path in paths)
    return {
        _printable(path if names[path.name] > 1 else path.name): labelled_files(path)
        for path in paths
    }


def choose_samples(
    sets: Mapping[str, Sequence[Sample]],
    *,
    limit: int | None = None,
    without_kinds: Sequence[str] = (),
) -> list[tuple[str, Sample]]:
    """Put the samples of several sets in a row, each with its set's name.

    Args:
        sets: by name.
        limit: how many at most; spread evenly over all.
        without_kinds: leave out the kinds that start with one of these.
    Raises:
        DatasetError: none is left.
    """
    kept = [
        (name, sample)
        for name, samples in sets.items()
        for sample in samples
        if not sample.kind.startswith(tuple(without_kinds))
    ]
    if not kept:
        raise DatasetError(
            "Expected samples of kinds that do not start with "
            f"{' or '.join(map(repr, without_kinds))}. Received: none."
        )
    if limit is None or limit >= len(kept):
        return kept
    picked = np.linspace(0, len(kept) - 1, limit).round().astype(int)
    return [kept[index] for index in picked]


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
            kind = row.get("kind") or "all"
            yield Sample(path, row["label"].strip(), kind, _printable(row["file"]))


def _from_mnist(folder: Path) -> Iterator[Sample]:
    test = datasets.load_mnist(folder, verify=False).test
    for index, (image, label) in enumerate(zip(test.images, test.labels, strict=True)):
        yield Sample(encode_grey_png(image), str(label), test.name, f"{index}")


def _from_subfolders(folder: Path) -> Iterator[Sample]:
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(subfolder.iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                name = _printable(path.relative_to(folder).as_posix())
                yield Sample(path, subfolder.name, "all", name)


def _printable(path: Path | str) -> str:
    """Replace what cannot be shown: names may hold any byte, escape codes included."""
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for each in str(path)
    )
