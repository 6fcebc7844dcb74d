import io
import struct

import numpy as np
import pytest
from PIL import Image

from ml.errors import DatasetError
from ml.evaluation import Evaluation, Sample, labelled_files


def write_idx(path, array):
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


def make_sample(tmp_path, label="7", kind="photo"):
    return Sample(tmp_path / "x.png", label, kind)


def test_a_table_names_files_labels_and_kinds(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").touch()
    (tmp_path / "labels.csv").write_text("file,label,kind\na.png,7,photo\nb.png,12,\n")

    samples = labelled_files(tmp_path)

    assert [(s.content.name, s.label, s.kind) for s in samples] == [
        ("a.png", "7", "photo"),
        ("b.png", "12", "all"),
    ]


def test_without_a_table_each_subfolder_is_a_label(tmp_path):
    for name in ("3/x.png", "5/y.JPG", "5/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    samples = labelled_files(tmp_path)

    assert [(s.content.name, s.label) for s in samples] == [
        ("x.png", "3"),
        ("y.JPG", "5"),
    ]


def test_a_file_that_is_not_there_is_named_with_its_line(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\ngone.png,7\n")

    with pytest.raises(DatasetError, match=r"line 2.*gone\.png"):
        labelled_files(tmp_path)


def test_a_label_that_is_no_number_is_named(tmp_path):
    (tmp_path / "eight").mkdir()
    (tmp_path / "eight" / "x.png").touch()

    with pytest.raises(DatasetError, match='"eight"'):
        labelled_files(tmp_path)


def test_a_row_without_a_label_is_named_with_its_line(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\na.png,\n")

    with pytest.raises(DatasetError, match="line 2"):
        labelled_files(tmp_path)


def test_of_mnists_files_the_test_set_counts(tmp_path):
    images = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", np.array([7, 2], np.uint8))

    samples = labelled_files(tmp_path)

    assert [(s.label, s.kind) for s in samples] == [
        ("7", "mnist-test"),
        ("2", "mnist-test"),
    ]
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(samples[1].read()))), images[1]
    )


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_folder_without_samples_is_refused(tmp_path, name):
    with pytest.raises(DatasetError):
        labelled_files(tmp_path / name)


def test_figures_count_by_kind_label_and_confusion(tmp_path):
    evaluation = Evaluation()
    evaluation.add(make_sample(tmp_path, "7", "photo"), "7", "sure")
    evaluation.add(make_sample(tmp_path, "7", "scan"), "1", "unsure")
    evaluation.add(make_sample(tmp_path, "0", "scan"), "none", "blank")

    figures = evaluation.as_dict()

    assert figures["n"] == 3
    assert figures["accuracy"] == pytest.approx(1 / 3)
    assert figures["by_kind"]["photo"] == {"n": 1, "accuracy": 1.0}
    assert figures["by_kind"]["scan"] == {"n": 2, "accuracy": 0.0}
    assert figures["by_digit"]["7"] == {"n": 2, "accuracy": 0.5}
    assert figures["confusion"] == {"0": {"none": 1}, "7": {"1": 1, "7": 1}}
    assert figures["outcomes"] == {"blank": 1, "sure": 1, "unsure": 1}
