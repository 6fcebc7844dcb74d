import json
import os
from pathlib import Path

import pytest

from ml.artifacts import (
    MANIFEST_FILE,
    SHIPPED,
    Manifest,
    read_manifest,
    verify,
    write_artifact,
)
from ml.errors import ArtifactError
from ml.preprocessing import PREPROCESSING_VERSION


def make_artifact(folder: Path, content: bytes = b"weights") -> Manifest:
    manifest = Manifest(architecture="cnn", temperature=1.0, sure_threshold=0.9)
    return write_artifact(folder, manifest, lambda path: write_files(path, content))


def write_files(folder: Path, content: bytes) -> None:
    (folder / "model.keras").write_bytes(content)
    (folder / "model.tflite").write_bytes(content)


def test_what_was_written_is_read_back(tmp_path):
    written = make_artifact(tmp_path / "one")

    assert verify(tmp_path / "one") == written
    assert read_manifest(tmp_path / "one").digest == written.digest


def test_other_weights_have_another_digest(tmp_path):
    one = make_artifact(tmp_path / "one", b"weights")
    other = make_artifact(tmp_path / "other", b"others")

    assert one.digest != other.digest


def test_a_damaged_file_is_refused_by_name(tmp_path):
    make_artifact(tmp_path / "one")
    (tmp_path / "one" / "model.tflite").write_bytes(b"weightz")

    with pytest.raises(ArtifactError, match=r"model\.tflite.*damaged"):
        verify(tmp_path / "one")


def test_a_missing_file_is_refused_by_name(tmp_path):
    make_artifact(tmp_path / "one")
    (tmp_path / "one" / "model.tflite").unlink()

    with pytest.raises(ArtifactError, match=r"model\.tflite"):
        verify(tmp_path / "one")


def test_an_artifact_without_one_of_its_models_is_refused(tmp_path):
    manifest = Manifest(architecture="cnn", temperature=1.0, sure_threshold=0.9)
    write_artifact(
        tmp_path / "one",
        manifest,
        lambda path: write_files(path, b"weights") or (path / "model.keras").unlink(),
    )

    with pytest.raises(ArtifactError, match=r"none of model\.keras"):
        verify(tmp_path / "one")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"manifest_version": 99}', "no"])
def test_a_broken_manifest_is_refused(tmp_path, content):
    make_artifact(tmp_path / "one")
    (tmp_path / "one" / MANIFEST_FILE).write_text(content)

    with pytest.raises(ArtifactError):
        read_manifest(tmp_path / "one")


def test_writing_that_fails_leaves_nothing_behind(tmp_path):
    def fail(folder: Path) -> None:
        (folder / "model.tflite").write_bytes(b"half of the wei")
        raise OSError("disk full")

    manifest = Manifest(architecture="cnn", temperature=1.0, sure_threshold=0.9)

    with pytest.raises(OSError, match="disk full"):
        write_artifact(tmp_path / "one", manifest, fail)

    assert list(tmp_path.iterdir()) == []


def test_it_has_no_name_before_it_is_on_the_disk(tmp_path, monkeypatch):
    synced = []

    def fsync(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append(path.name)
        if path != tmp_path:
            assert not (tmp_path / "one").exists()

    monkeypatch.setattr(os, "fsync", fsync)

    make_artifact(tmp_path / "one")

    *within, building, parent = synced
    assert sorted(within) == ["manifest.json", "model.keras", "model.tflite"]
    assert building.startswith(".one-")
    assert parent == tmp_path.name


def test_an_artifact_is_never_written_over_another(tmp_path):
    make_artifact(tmp_path / "one")

    with pytest.raises(OSError, match="not empty"):
        make_artifact(tmp_path / "one", b"others")

    assert verify(tmp_path / "one")


def test_the_shipped_model_is_whole_and_as_good_as_promised():
    manifest = verify(SHIPPED)

    assert manifest.preprocessing_version == PREPROCESSING_VERSION
    assert manifest.metrics["mnist_test_accuracy"] >= 0.995
    assert (SHIPPED / "model.tflite").stat().st_size <= 2_000_000


def test_the_manifest_names_no_folder_of_the_machine_that_trained():
    text = json.dumps(json.loads((SHIPPED / MANIFEST_FILE).read_text()))

    assert "/" not in text
