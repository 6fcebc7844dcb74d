"""Labelled glyphs as files that other programs read, and back.

    png   train/3/NAME.png, held-out/none/NAME.png: one folder for each label
    npz   digits.npz: glyphs, labels and is_held_out, for NumPy
    idx   MNIST's four files, unpacked; its test part is what is held out
    csv   digits.csv: split, label and 784 levels in each line

The same glyphs and labels, in the same order, give the same bytes in every form.
"""

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.augmentation import Glyphs
from ml.curriculum import Labels, Part
from ml.errors import DatasetError
from ml.glyphs import GLYPH_SIDE_PX
from ml.idx import idx_bytes, read_idx, read_unpacked
from ml.imaging import encode_grey_png
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL
from ml.samples import NONE

NPZ_FILE: Final = "digits.npz"
CSV_FILE: Final = "digits.csv"
SPLITS: Final = {False: "train", True: "held-out"}
# MNIST's own names, so that whatever reads MNIST reads these.
IDX_PARTS: Final = {False: "train", True: "t10k"}
LABEL_NAMES: Final = [*map(str, range(DIGITS)), NONE]


@dataclass(frozen=True, slots=True)
class LabelledGlyphs:
    """Glyphs with their labels, each glyph once.

    Attributes:
        glyphs: (n, 28, 28) uint8.
        labels: (n,) uint8, 0 to 9, or NOT_A_DIGIT_LABEL.
        is_held_out: (n,) bool: which of them measure models and never train one.
    """

    glyphs: Glyphs
    labels: Labels
    is_held_out: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def training(self) -> Part:
        return self.glyphs[~self.is_held_out], self.labels[~self.is_held_out]

    @property
    def held_out(self) -> Part:
        return self.glyphs[self.is_held_out], self.labels[self.is_held_out]

    def fingerprint(self) -> str:
        """SHA-256 over glyphs and labels: names the data."""
        digest = hashlib.sha256(self.glyphs.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()


def write_labelled(labelled: LabelledGlyphs, folder: Path, form: str) -> None:
    """Write glyphs and labels in one of FORMS into a new folder.

    Raises:
        DatasetError: the folder cannot be made, or is there already.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise DatasetError(
            f"Expected to make a new folder at {folder}. Received: {error}"
        ) from error
    FORMS[form](labelled, folder)


def read_labelled(folder: Path) -> tuple[Glyphs, Labels]:
    """Read glyphs and labels of any of FORMS, whichever lies in the folder.

    What is held out is not read: the glyph itself decides that.

    Returns:
        (n, 28, 28) uint8 and (n,) uint8 labels.
    Raises:
        DatasetError: there are none, or a file is damaged.
    """
    for name, read in (
        (NPZ_FILE, _read_npz),
        (CSV_FILE, _read_csv),
        (f"{IDX_PARTS[False]}-images-idx3-ubyte", _read_idx),
        (SPLITS[False], _read_png),
        (SPLITS[True], _read_png),
    ):
        if (folder / name).exists():
            return _checked(*read(folder), folder)
    raise DatasetError(
        f"Expected {NPZ_FILE}, {CSV_FILE}, MNIST's files or folders of pictures in "
        f"{folder}. Received: none of these."
    )


def _write_png(labelled: LabelledGlyphs, folder: Path) -> None:
    for glyph, label, is_held_out in zip(
        labelled.glyphs, labelled.labels, labelled.is_held_out, strict=True
    ):
        place = folder / SPLITS[bool(is_held_out)] / LABEL_NAMES[label]
        place.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(glyph.tobytes()).hexdigest()[:32]
        (place / f"{name}.png").write_bytes(encode_grey_png(glyph))


def _read_png(folder: Path) -> tuple[Glyphs, Labels]:
    glyphs, labels = [], []
    for path in sorted(folder.glob("*/*/*.png"), key=lambda path: path.name):
        if path.parent.name not in LABEL_NAMES:
            raise DatasetError(
                f"Expected a folder named by a digit or {NONE!r}. "
                f"Received: {path.parent}"
            )
        try:
            with Image.open(path) as picture:
                glyphs.append(np.asarray(picture.convert("L"), np.uint8))
        except OSError as error:
            raise DatasetError(
                f"Expected a PNG at {path}. Received: {error}"
            ) from error
        labels.append(LABEL_NAMES.index(path.parent.name))
    shapes = {glyph.shape for glyph in glyphs}
    if shapes - {(GLYPH_SIDE_PX, GLYPH_SIDE_PX)}:
        raise DatasetError(
            f"Expected pictures of 28x28 pixels in {folder}. Received: {shapes}"
        )
    return np.stack(glyphs) if glyphs else _no_glyphs(), np.array(labels, np.uint8)


def _write_npz(labelled: LabelledGlyphs, folder: Path) -> None:
    np.savez_compressed(
        folder / NPZ_FILE,
        glyphs=labelled.glyphs,
        labels=labelled.labels,
        is_held_out=labelled.is_held_out,
    )


def _read_npz(folder: Path) -> tuple[Glyphs, Labels]:
    path = folder / NPZ_FILE
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["glyphs"], arrays["labels"]
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError),
        *(zipfile.BadZipFile, zlib.error),
    ) as error:
        raise DatasetError(
            f"Expected glyphs and labels in {path}. Received: {error!r}"
        ) from error


def _write_idx(labelled: LabelledGlyphs, folder: Path) -> None:
    for is_held_out, part in IDX_PARTS.items():
        glyphs, labels = labelled.held_out if is_held_out else labelled.training
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(glyphs))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))


def _read_idx(folder: Path) -> tuple[Glyphs, Labels]:
    def read(name: str, dimensions: int) -> NDArray[np.uint8]:
        path = folder / name
        return read_idx(read_unpacked(path), dimensions=dimensions, source=path)

    parts = IDX_PARTS.values()
    return (
        np.concatenate([read(f"{part}-images-idx3-ubyte", 3) for part in parts]),
        np.concatenate([read(f"{part}-labels-idx1-ubyte", 1) for part in parts]),
    )


def _write_csv(labelled: LabelledGlyphs, folder: Path) -> None:
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(_csv_head())
    for glyph, label, is_held_out in zip(
        labelled.glyphs, labelled.labels, labelled.is_held_out, strict=True
    ):
        name = LABEL_NAMES[label]
        lines.writerow([SPLITS[bool(is_held_out)], name, *glyph.ravel().tolist()])
    (folder / CSV_FILE).write_text(file.getvalue(), "utf-8")


def _read_csv(folder: Path) -> tuple[Glyphs, Labels]:
    path = folder / CSV_FILE
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        try:
            if next(rows, None) != _csv_head():
                raise DatasetError(f"Expected the columns of an export in {path}.")
            read = [
                (LABEL_NAMES.index(label), np.array(levels, np.uint8))
                for _split, label, *levels in rows
            ]
            glyphs = [
                levels.reshape(GLYPH_SIDE_PX, GLYPH_SIDE_PX) for _, levels in read
            ]
        except (ValueError, OverflowError, csv.Error) as error:
            raise DatasetError(
                f"Expected a label and 784 levels of 0 to 255 in each line of {path}. "
                f"Received: {error}"
            ) from error
    labels = np.array([label for label, _ in read], np.uint8)
    return np.stack(glyphs) if glyphs else _no_glyphs(), labels


def _csv_head() -> list[str]:
    return ["split", "label", *_pixel_names()]


def _pixel_names() -> Iterator[str]:
    return (f"pixel{index}" for index in range(GLYPH_SIDE_PX**2))


def _no_glyphs() -> Glyphs:
    return np.empty((0, GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)


def _checked(glyphs: Glyphs, labels: Labels, folder: Path) -> tuple[Glyphs, Labels]:
    is_sound = (
        glyphs.dtype == labels.dtype == np.uint8
        and glyphs.shape[1:] == (GLYPH_SIDE_PX, GLYPH_SIDE_PX)
        and labels.shape == glyphs.shape[:1]
        and bool((labels <= NOT_A_DIGIT_LABEL).all())
    )
    if not is_sound:
        raise DatasetError(
            f"Expected (n, 28, 28) uint8 glyphs and (n,) uint8 labels of 0 to "
            f"{NOT_A_DIGIT_LABEL} in {folder}. Received: {glyphs.dtype} {glyphs.shape} "
            f"and {labels.dtype} {labels.shape}."
        )
    return glyphs, labels


FORMS: Final[dict[str, Callable[[LabelledGlyphs, Path], None]]] = {
    "csv": _write_csv,
    "idx": _write_idx,
    "npz": _write_npz,
    "png": _write_png,
}
