"""The loaders, on tiny sets written by the tests themselves."""

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from ml import datasets
from ml.datasets import (
    LabelledImages,
    load_mnist,
    load_optdigits,
    load_semeion,
    load_usps,
)
from ml.errors import DatasetError
from ml.idx import read_idx

TRAIN_COUNT = 12
TEST_COUNT = 5


def make_idx(array: NDArray[np.uint8]) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def make_images(count: int, side_px: int = 28) -> NDArray[np.uint8]:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, side_px, side_px), dtype=np.uint8)


def make_labels(count: int) -> NDArray[np.uint8]:
    return (np.arange(count) % 10).astype(np.uint8)


def make_mnist_folder(folder: Path, *, packed: bool = True, idx: str = "-idx") -> Path:
    for part, count in (("train", TRAIN_COUNT), ("t10k", TEST_COUNT)):
        for kind, array in (
            (f"images{idx}3-ubyte", make_images(count)),
            (f"labels{idx}1-ubyte", make_labels(count)),
        ):
            content = make_idx(array)
            name = f"{part}-{kind}.gz" if packed else f"{part}-{kind}"
            (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return folder


def make_usps_file(path: Path, *, full_ink: float = 1.0) -> Path:
    with h5py.File(path, "w") as file:
        for part, count in (("train", TRAIN_COUNT), ("test", TEST_COUNT)):
            pixels = make_images(count, side_px=16).reshape(count, 256)
            scaled = (pixels / 255 * full_ink).astype(np.float32)
            file[f"{part}/data"] = scaled
            file[f"{part}/target"] = make_labels(count).astype(np.int32)
    return path


def make_semeion_file(path: Path, *, one_hot: NDArray[np.uint8] | None = None) -> Path:
    pixels = make_images(3, side_px=16).reshape(3, 256) > 127
    if one_hot is None:
        one_hot = np.eye(10, dtype=np.uint8)[[7, 0, 9]]
    rows = np.concatenate([pixels, one_hot], axis=1).astype(np.uint8)
    lines = (" ".join(str(value) for value in row) + " \n" for row in rows)
    path.write_text("".join(lines))
    return path


def make_optdigits_row(label: int, ink: int = 16) -> str:
    return ",".join(["0"] * 63 + [str(ink), str(label)]) + "\n"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("idx", ["-idx", ".idx"])
def test_mnist_is_read_packed_or_plain_under_either_name(tmp_path, packed, idx):
    folder = make_mnist_folder(tmp_path, packed=packed, idx=idx)

    mnist = load_mnist(folder, verify=False)

    assert np.array_equal(mnist.train.images, make_images(TRAIN_COUNT))
    assert np.array_equal(mnist.train.labels, make_labels(TRAIN_COUNT))
    assert np.array_equal(mnist.test.images, make_images(TEST_COUNT))
    assert (mnist.train.name, mnist.test.name) == ("mnist-train", "mnist-test")


def test_mnist_with_other_contents_is_refused(tmp_path):
    folder = make_mnist_folder(tmp_path)

    with pytest.raises(DatasetError, match=r"SHA-256 ba8910.*Delete the file"):
        load_mnist(folder)


def test_a_missing_mnist_file_is_named_with_a_way_out(tmp_path):
    folder = make_mnist_folder(tmp_path)
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()

    with pytest.raises(DatasetError, match=r"t10k-labels-idx1-ubyte.*--mnist DIR"):
        load_mnist(folder, verify=False)


@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-9], lambda packed: b"<html>" + packed[6:]]
)
def test_a_damaged_packed_file_is_refused_in_words(tmp_path, damage):
    folder = make_mnist_folder(tmp_path)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(DatasetError, match=r"train-images.*get it again"):
        load_mnist(folder, verify=False)


def test_mnist_is_fetched_when_no_folder_is_given(tmp_path, monkeypatch):
    make_mnist_folder(tmp_path)
    asked_for = []

    def fetch(cache_dir: Path, *, progress: object) -> Path:
        asked_for.append(cache_dir)
        return cache_dir

    monkeypatch.setattr(datasets, "fetch_mnist", fetch)

    mnist = load_mnist(cache_dir=tmp_path, verify=False)

    assert asked_for == [tmp_path]
    assert len(mnist.train) == TRAIN_COUNT


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "an empty file"),
        (make_idx(make_labels(4)), "Received: 00000801"),
        (b"\x00\x00\x0d\x03" + make_idx(make_images(2))[4:], "Received: 00000d03"),
        (make_idx(make_images(2))[:-1], "Received: 1567"),
        (make_idx(make_images(2)) + b"\x00", "Received: 1569"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "Received: 0"),
    ],
)
def test_an_idx_file_that_breaks_its_promise_is_refused(content, complaint):
    with pytest.raises(DatasetError, match=complaint):
        read_idx(content, dimensions=3, source=Path("train"))


@pytest.mark.parametrize(
    ("split", "count"),
    [("train", TRAIN_COUNT), ("test", TEST_COUNT), ("all", TRAIN_COUNT + TEST_COUNT)],
)
def test_usps_is_read_by_split_as_bytes(tmp_path, split, count):
    make_usps_file(tmp_path / "usps.h5")

    usps = load_usps(tmp_path, split=split)

    assert usps.images.shape == (count, 16, 16)
    assert usps.images.dtype == np.uint8
    assert usps.name == f"usps-{split}"


def test_usps_keeps_each_value_of_grey(tmp_path):
    path = make_usps_file(tmp_path / "usps.h5")

    usps = load_usps(path, split="test")

    assert np.array_equal(usps.images, make_images(TEST_COUNT, side_px=16))
    assert np.array_equal(usps.labels, make_labels(TEST_COUNT))


def test_usps_in_another_range_is_refused(tmp_path):
    path = make_usps_file(tmp_path / "usps.h5", full_ink=255.0)

    with pytest.raises(DatasetError, match=r"Expected pixels in 0\.\.1"):
        load_usps(path)


def test_a_file_that_is_not_hdf5_is_refused(tmp_path):
    path = tmp_path / "usps.h5"
    path.write_bytes(b"no such thing")

    with pytest.raises(DatasetError, match="Expected a USPS file"):
        load_usps(path)


def test_semeion_is_read_as_white_ink_on_black(tmp_path):
    make_semeion_file(tmp_path / "semeion.data")

    semeion = load_semeion(tmp_path)

    expected = np.where(make_images(3, side_px=16) > 127, 255, 0)
    assert np.array_equal(semeion.images, expected)
    assert semeion.labels.tolist() == [7, 0, 9]


def test_semeion_with_two_labels_in_a_row_is_refused(tmp_path):
    one_hot = np.eye(10, dtype=np.uint8)[:3]
    one_hot[1, 5] = 1
    path = make_semeion_file(tmp_path / "semeion.data", one_hot=one_hot)

    with pytest.raises(DatasetError, match="exactly one label"):
        load_semeion(path)


def test_optdigits_trains_on_both_halves_and_stretches_the_counts(tmp_path):
    (tmp_path / "optdigits.tra").write_text("# note\n" + make_optdigits_row(3))
    (tmp_path / "optdigits.hol").write_text(make_optdigits_row(4, ink=8))
    (tmp_path / "optdigits.tes").write_text(make_optdigits_row(5))

    train = load_optdigits(tmp_path, split="train")
    test = load_optdigits(tmp_path, split="test")

    assert train.labels.tolist() == [3, 4]
    assert train.images[:, 7, 7].tolist() == [255, 128]
    assert test.labels.tolist() == [5]
    assert load_optdigits(tmp_path).labels.tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1,2,3\n", "rows of 65 numbers"),
        ("one,two\n", "rows of 65 numbers"),
        (make_optdigits_row(3, ink=17), r"0\.\.16"),
        (make_optdigits_row(12), r"labels 0\.\.9"),
        (make_optdigits_row(259), r"labels 0\.\.9"),
    ],
)
def test_optdigits_in_another_form_is_refused(tmp_path, text, complaint):
    (tmp_path / "optdigits.tes").write_text(text)

    with pytest.raises(DatasetError, match=complaint):
        load_optdigits(tmp_path, split="test")


@pytest.mark.parametrize("load", [load_usps, load_semeion, load_optdigits])
def test_a_missing_file_is_named(tmp_path, load):
    with pytest.raises(DatasetError, match="Expected a file"):
        load(tmp_path)


def test_images_and_labels_of_different_counts_are_refused():
    with pytest.raises(DatasetError, match="Expected 4 labels"):
        LabelledImages(make_images(4), make_labels(3), "mine")


def test_the_fingerprint_tells_one_changed_pixel():
    images = make_images(4)
    before = LabelledImages(images, make_labels(4), "mine").fingerprint()

    images[2, 3, 4] ^= 1

    assert LabelledImages(images, make_labels(4), "mine").fingerprint() != before
