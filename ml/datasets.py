"""The public sets of handwritten digits that training reads, as plain arrays.

Every loader gives white ink on black, as MNIST has it, in the size the set was
published in; bringing the sizes together is the work of the preprocessing.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml import handwriting
from ml.canvases import enlarged, to_glyph
from ml.errors import DatasetError
from ml.fetching import MNIST_SHA256, Progress, default_cache_dir, fetch_mnist
from ml.fonts import Characters
from ml.idx import read_idx, read_unpacked

Split = Literal["train", "test", "all"]


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """Digits and what they are, in one size.

    Attributes:
        images: (n, h, w) uint8; 0 is paper, 255 is full ink.
        labels: (n,) uint8 in 0..9.
        name: Short name of the set, such as "mnist-train".
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str

    def __post_init__(self) -> None:
        _require_images(self.images, self.name)
        _require_labels(self.labels, len(self.images), self.name)

    def __len__(self) -> int:
        return len(self.labels)

    def fingerprint(self) -> str:
        """SHA-256 over shape, pixels and labels: the same data, the same words."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A set whose authors parted it into what to learn from and what to test on."""

    train: LabelledImages
    test: LabelledImages


def load_mnist(
    folder: Path | None = None,
    *,
    cache_dir: Path | None = None,
    verify: bool = True,
    progress: Progress | None = None,
) -> Dataset:
    """MNIST: 60,000 + 10,000 digits of American students and census workers.

    Args:
        folder: Holds the four IDX files, packed (.gz) or plain. None fetches them.
        cache_dir: Where fetched files are kept; the user's cache folder if None.
        verify: Check the SHA-256 of every unpacked file. Off only for tiny test sets.
        progress: Told about a download; see `ml.fetching.fetch_mnist`.
    Returns:
        train (60000, 28, 28) and test (10000, 28, 28), uint8 in 0..255.
    Raises:
        DatasetError: a file is missing, damaged or not MNIST's.
    Licence:
        Yann LeCun and Corinna Cortes hold the copyright; commonly given as
        CC BY-SA 3.0.
    Source:
        LeCun, Cortes, Burges: The MNIST database of handwritten digits, 1998.
    """
    if folder is None:
        folder = fetch_mnist(cache_dir or default_cache_dir(), progress=progress)
    return Dataset(
        train=_read_mnist_part(folder, "train", verify=verify),
        test=_read_mnist_part(folder, "t10k", verify=verify),
    )


def holds_mnist(folder: Path) -> bool:
    """Whether a folder has the images of MNIST's test set, packed or plain."""
    return any(folder.glob("t10k-images[-.]idx3-ubyte*"))


def load_usps(path: Path, *, split: Split = "all") -> LabelledImages:
    """USPS: 7,291 + 2,007 digits cut from envelopes, filling a 16x16 box.

    Args:
        path: The HDF5 file, or the folder that holds it as usps.h5.
        split: The authors' training part, test part, or both, in that order.
    Returns:
        (n, 16, 16) uint8 in 0..255.
    Raises:
        DatasetError: h5py or the file is missing, or the file has another layout.
    Licence:
        Distributed for research without an explicit licence.
    Source:
        Hull: A database for handwritten text recognition research, 1994.
    """
    h5py = _import_h5py()
    path = _file_in(path, "usps.h5")
    parts = ("train", "test") if split == "all" else (split,)
    try:
        with h5py.File(path, "r") as file:
            pixels = [np.asarray(file[part]["data"], np.float32) for part in parts]
            labels = [np.asarray(file[part]["target"]) for part in parts]
    except (OSError, KeyError) as error:
        raise DatasetError(
            f"Expected a USPS file with train/data and test/data in {path}. "
            f"Received: {error}"
        ) from error
    images = _scaled(np.concatenate(pixels), full_ink=1.0, side_px=16, path=path)
    return _labelled(images, np.concatenate(labels), f"usps-{split}")


def load_semeion(path: Path) -> LabelledImages:
    """Semeion: 1,593 digits of about 80 Italians, flagged 1s and barred 7s included.

    Args:
        path: The text file, or the folder that holds it as semeion.data.
    Returns:
        (1593, 16, 16) uint8, either 0 or 255.
    Raises:
        DatasetError: the file is missing or has another layout.
    Licence:
        CC BY 4.0 (UCI Machine Learning Repository).
    Source:
        Semeion Research Center of Sciences of Communication, Rome; Tattile, Brescia.
    """
    path = _file_in(path, "semeion.data")
    table = _read_table(path, columns=256 + 10, delimiter=None)
    one_hot = table[:, 256:]
    if not np.array_equal(one_hot.sum(axis=1), np.ones(len(table))):
        raise DatasetError(
            f"Expected exactly one label set in each row of {path}. "
            "Received: a row with none or several."
        )
    images = _scaled(table[:, :256], full_ink=1.0, side_px=16, path=path)
    return _labelled(images, one_hot.argmax(axis=1), "semeion")


def load_optdigits(folder: Path, *, split: Split = "all") -> LabelledImages:
    """Optdigits: 3,823 + 1,797 digits of 43 people, counted down to 8x8.

    Args:
        folder: Holds optdigits.tra, optdigits.tes and, where the training part
            is divided, optdigits.hol.
        split: The authors' training part, test part, or both, in that order.
    Returns:
        (n, 8, 8) uint8 in 0..255: the published counts 0..16, stretched.
    Raises:
        DatasetError: a file is missing or has another layout.
    Licence:
        CC BY 4.0 (UCI Machine Learning Repository).
    Source:
        Alpaydin, Kaynak: Optical Recognition of Handwritten Digits, 1998.
    """
    paths: list[Path] = []
    if split != "test":
        paths += [_file_in(folder, "optdigits.tra")]
        paths += [path for path in [folder / "optdigits.hol"] if path.is_file()]
    if split != "train":
        paths += [_file_in(folder, "optdigits.tes")]
    table = np.concatenate(
        [_read_table(path, columns=64 + 1, delimiter=",") for path in paths]
    )
    images = _scaled(table[:, :64], full_ink=16.0, side_px=8, path=folder)
    return _labelled(images, table[:, 64], f"optdigits-{split}")


def typed_digits(characters: Characters) -> LabelledImages:
    """The digits of fonts, (n, 28, 28), as the preprocessing makes glyphs of them."""
    drawings = [
        (drawing, value)
        for value, of_one in enumerate(characters.digits)
        for drawing in of_one
    ]
    images = np.stack([to_glyph(enlarged(drawing)) for drawing, _ in drawings])
    labels = np.array([value for _, value in drawings], np.uint8)
    return LabelledImages(images, labels, "typed")


def written_digits(
    n: int = handwriting.WRITTEN_DIGITS, *, seed: int = 1
) -> LabelledImages:
    """Digits by made-up hands, (n, 28, 28); see `ml.handwriting`."""
    drawings, labels = handwriting.write_digits(n, seed=seed)
    images = np.stack([to_glyph(enlarged(drawing)) for drawing in drawings])
    return LabelledImages(images, labels, "written")


def _read_mnist_part(folder: Path, part: str, *, verify: bool) -> LabelledImages:
    images = _read_mnist_file(folder, f"{part}-images-idx3-ubyte", 3, verify=verify)
    labels = _read_mnist_file(folder, f"{part}-labels-idx1-ubyte", 1, verify=verify)
    name = {"train": "mnist-train", "t10k": "mnist-test"}[part]
    return LabelledImages(images, labels, name)


def _read_mnist_file(
    folder: Path, name: str, dimensions: int, *, verify: bool
) -> NDArray[np.uint8]:
    path = _find_mnist_file(folder, name)
    content = read_unpacked(path)
    received = hashlib.sha256(content).hexdigest()
    if verify and received != MNIST_SHA256[name]:
        raise DatasetError(
            f"Expected {path} to unpack to MNIST's own {name} "
            f"(SHA-256 {MNIST_SHA256[name]}). Received: {received}. "
            "Delete the file and get it again."
        )
    return read_idx(content, dimensions=dimensions, source=path)


def _find_mnist_file(folder: Path, name: str) -> Path:
    # Some copies of MNIST were unpacked by a tool that turned "-idx" into ".idx".
    dotted = name.replace("-idx", ".idx")
    candidates = [f"{name}.gz", name, f"{dotted}.gz", dotted]
    for candidate in candidates:
        if (folder / candidate).is_file():
            return folder / candidate
    raise DatasetError(
        f"Expected {name}.gz or {name} in {folder}. Received: neither. "
        "Name the folder with MNIST's four files with --mnist DIR or MNIST_DIR."
    )


def _file_in(path: Path, name: str) -> Path:
    """`path` itself if it is a file, else the file `name` in the folder `path`."""
    file = path / name if path.is_dir() else path
    if not file.is_file():
        raise DatasetError(f"Expected a file {name} at {path}. Received: none.")
    return file


def _read_table(
    path: Path, *, columns: int, delimiter: str | None
) -> NDArray[np.float32]:
    try:
        table = np.loadtxt(path, np.float32, delimiter=delimiter, ndmin=2)
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"Expected rows of {columns} numbers in {path}. Received: {error}"
        ) from error
    if table.shape[0] == 0 or table.shape[1] != columns:
        raise DatasetError(
            f"Expected rows of {columns} numbers in {path}. "
            f"Received: {table.shape[0]} rows of {table.shape[1]}."
        )
    return table


def _scaled(
    pixels: NDArray[np.float32], *, full_ink: float, side_px: int, path: Path
) -> NDArray[np.uint8]:
    """(n, side * side) values in 0..full_ink as (n, side, side) uint8 in 0..255."""
    low, high = float(pixels.min(initial=0)), float(pixels.max(initial=0))
    # Written so that not-a-number fails as well.
    if not (low >= 0 and high <= full_ink):
        raise DatasetError(
            f"Expected pixels in 0..{full_ink:g} in {path}. "
            f"Received: {low:g}..{high:g}."
        )
    scaled: NDArray[np.uint8] = np.rint(pixels * (255 / full_ink)).astype(np.uint8)
    return scaled.reshape(-1, side_px, side_px)


def _labelled(
    images: NDArray[np.uint8], labels: NDArray[np.generic], name: str
) -> LabelledImages:
    digits = labels.astype(np.uint8)
    # A label like 3.5 or 259 would silently become another digit.
    if not np.array_equal(digits, labels):
        raise DatasetError(f"Expected labels 0..9 in {name}. Received: others.")
    return LabelledImages(images, digits, name)


def _require_images(images: NDArray[np.uint8], name: str) -> None:
    if images.ndim != 3 or images.dtype != np.uint8 or len(images) == 0:
        raise DatasetError(
            f"Expected images (n, h, w) of uint8 in {name}. "
            f"Received: {images.shape} of {images.dtype}."
        )


def _require_labels(labels: NDArray[np.uint8], count: int, name: str) -> None:
    if labels.shape != (count,) or labels.dtype != np.uint8:
        raise DatasetError(
            f"Expected {count} labels of uint8 in {name}. "
            f"Received: {labels.shape} of {labels.dtype}."
        )
    if labels.max() > 9:
        raise DatasetError(
            f"Expected labels 0..9 in {name}. Received: {int(labels.max())}."
        )


def _import_h5py() -> ModuleType:
    # Imported only when a set needs it: serving has no use for it.
    try:
        import h5py
    except ImportError as error:
        raise DatasetError(
            "Expected the package h5py, which reads USPS. Received: none. "
            "Install it: pip install -r requirements.txt"
        ) from error
    module: ModuleType = h5py
    return module
