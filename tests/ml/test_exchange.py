import time
from pathlib import Path

import numpy as np
import pytest

from ml.errors import DatasetError
from ml.evaluation import NONE
from ml.exchange import FORMS, LabelledGlyphs, read_labelled, write_labelled
from ml.samples import labelled_files


def make_labelled(count: int = 30) -> LabelledGlyphs:
    rng = np.random.default_rng(1)
    return LabelledGlyphs(
        rng.integers(0, 256, (count, 28, 28), np.uint8),
        (np.arange(count) % 11).astype(np.uint8),
        np.arange(count) % 5 == 0,
    )


def pairs(glyphs, labels) -> set[tuple[bytes, int]]:
    return {
        (glyph.tobytes(), int(label))
        for glyph, label in zip(glyphs, labels, strict=True)
    }


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_was_written_is_read_again(form, tmp_path):
    labelled = make_labelled()
    write_labelled(labelled, tmp_path / "set", form)

    glyphs, labels = read_labelled(tmp_path / "set")

    assert len(labels) == 30
    assert pairs(glyphs, labels) == pairs(labelled.glyphs, labelled.labels)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_set_gives_the_same_bytes(form, tmp_path, monkeypatch):
    write_labelled(make_labelled(), tmp_path / "first", form)
    # A file that held the time would differ.
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)

    write_labelled(make_labelled(), tmp_path / "second", form)

    assert files_in(tmp_path / "first") == files_in(tmp_path / "second")


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_set_is_written(form, tmp_path):
    write_labelled(make_labelled(0), tmp_path / "set", form)

    assert (tmp_path / "set").is_dir()


def test_folders_of_pictures_can_be_measured_on(tmp_path):
    write_labelled(make_labelled(), tmp_path / "set", "png")

    samples = labelled_files(tmp_path / "set" / "held-out")

    assert {sample.label for sample in samples} == {"0", "5", NONE, "4", "9", "3"}


def test_what_is_held_out_is_mnists_test_part(tmp_path):
    write_labelled(make_labelled(), tmp_path / "set", "idx")

    images = (tmp_path / "set" / "t10k-images-idx3-ubyte").read_bytes()

    assert images[:16] == bytes.fromhex("00000803 00000006 0000001c 0000001c")


def test_a_folder_that_is_there_is_not_written_into(tmp_path):
    with pytest.raises(DatasetError, match="new folder"):
        write_labelled(make_labelled(), tmp_path, "npz")


def test_a_folder_without_a_set_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="none of these"):
        read_labelled(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:200] + bytes(200) + whole[400:],
        lambda _whole: b"PK damaged",
        lambda _whole: b"",
    ],
)
def test_a_damaged_npz_is_refused(tmp_path, damage):
    write_labelled(make_labelled(), tmp_path / "set", "npz")
    file = tmp_path / "set" / "digits.npz"
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(DatasetError, match="glyphs and labels"):
        read_labelled(tmp_path / "set")


def test_a_single_array_under_the_name_of_a_set_is_refused(tmp_path):
    with (tmp_path / "digits.npz").open("wb") as file:
        np.save(file, np.zeros(3))

    with pytest.raises(DatasetError, match="glyphs and labels"):
        read_labelled(tmp_path)


def test_a_table_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "digits.csv").write_text("split,label", "utf-16")

    with pytest.raises(DatasetError, match="784 levels"):
        read_labelled(tmp_path)


@pytest.mark.parametrize(
    "line", ["train,3,1,2", "train,11" + ",0" * 784, "train,3" + ",256" * 784]
)
def test_a_line_that_is_no_glyph_is_refused(tmp_path, line):
    write_labelled(make_labelled(), tmp_path / "set", "csv")
    with (tmp_path / "set" / "digits.csv").open("a") as file:
        file.write(line + "\n")

    with pytest.raises(DatasetError, match="784 levels"):
        read_labelled(tmp_path / "set")


def test_a_label_out_of_range_is_refused(tmp_path):
    glyphs = np.zeros((1, 28, 28), np.uint8)
    np.savez(tmp_path / "digits.npz", glyphs=glyphs, labels=np.array([11], np.uint8))

    with pytest.raises(DatasetError, match="labels of 0 to 10"):
        read_labelled(tmp_path)


def test_a_picture_of_another_size_is_refused(tmp_path):
    from PIL import Image

    place = tmp_path / "train" / "3"
    place.mkdir(parents=True)
    Image.new("L", (20, 20)).save(place / "small.png")

    with pytest.raises(DatasetError, match="28x28"):
        read_labelled(tmp_path)
