import io
import struct

import numpy as np
import pytest
from PIL import Image

from ml.errors import DatasetError
from ml.samples import Sample, choose_samples, labelled_files, labelled_sets


def write_idx(path, array):
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


def make_folder(path, *names):
    """A folder of samples labelled 3, of which nobody looks at the pixels."""
    (path / "3").mkdir(parents=True)
    for name in names:
        (path / "3" / name).touch()
    return path


def make_samples(*kinds):
    return [Sample(b"", "3", kind, str(place)) for place, kind in enumerate(kinds)]


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


def test_a_sample_is_named_by_its_place_in_the_folder(tmp_path):
    folder = make_folder(tmp_path / "mine", "x.png")

    assert [sample.name for sample in labelled_files(folder)] == ["3/x.png"]


def test_a_name_that_cannot_be_shown_is_named_all_the_same(tmp_path):
    folder = make_folder(tmp_path / "mine", "\x1b[2J\udcff.png")

    assert [sample.name for sample in labelled_files(folder)] == [
        "3/\ufffd[2J\ufffd.png"
    ]


def test_several_folders_stand_under_their_names(tmp_path):
    folders = [make_folder(tmp_path / name, "x.png") for name in ("real", "scans")]

    sets = labelled_sets(folders)

    assert {name: len(samples) for name, samples in sets.items()} == {
        "real": 1,
        "scans": 1,
    }


def test_folders_of_one_name_stand_under_their_paths(tmp_path):
    folders = [make_folder(tmp_path / name / "test", "x.png") for name in ("a", "b")]

    assert list(labelled_sets(folders)) == [str(folder) for folder in folders]


def test_a_folder_named_twice_counts_once(tmp_path):
    folder = make_folder(tmp_path / "real", "x.png")

    sets = labelled_sets([folder, tmp_path / "real" / "3" / ".."])

    assert list(sets) == ["real"]


def test_a_limit_is_spread_evenly_over_all_sets():
    sets = {"a": make_samples(*"xxx"), "b": make_samples(*"xx")}

    chosen = choose_samples(sets, limit=3)

    assert [(name, sample.name) for name, sample in chosen] == [
        ("a", "0"),
        ("a", "2"),
        ("b", "1"),
    ]


def test_kinds_are_left_out_by_how_they_start():
    sets = {"a": make_samples("digit-like o", "greek", "digit-like l", "photo")}

    chosen = choose_samples(sets, without_kinds=["digit-like", "pho"])

    assert [sample.kind for _, sample in chosen] == ["greek"]


def test_leaving_out_every_kind_is_refused():
    with pytest.raises(DatasetError, match="'ph' or 'g'"):
        choose_samples({"a": make_samples("photo", "greek")}, without_kinds=["ph", "g"])
