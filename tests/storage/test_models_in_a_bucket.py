"""Models of many machines: kept in a bucket, fetched once, never taken on trust."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from recognizer import engine
from recognizer.engine import artifact_store, live, reading
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from recognizer.services.training_runs import training_run_sweep
from tests import buckets
from tests.factories import make_artifact, make_image


@pytest.fixture
def bucket(s3_server):
    """Where models are kept; empty."""
    entry = {"models": buckets.entry()}
    with override_settings(STORAGES=storages.backends | entry):
        storages["models"]._connected = buckets.connection()
        yield storages["models"]


@pytest.fixture
def machine(settings, tmp_path) -> Callable[[str], Path]:
    """Go on at another machine; says where its models lie."""

    def go_to(name: str) -> Path:
        settings.MODELS_ROOT = tmp_path / name
        return tmp_path / name

    return go_to


@pytest.fixture
def version(db, bucket, machine) -> ModelVersion:
    """One that was trained at one machine; this is another one."""
    folder = machine("trainer") / "mine"
    manifest = make_artifact(folder)
    engine.artifact_keep(folder)
    version = model_version_register(folder=folder, manifest=manifest)
    machine("site")
    return version


def test_a_model_is_kept_in_the_bucket_whole(version, bucket):
    _, names = bucket.listdir("mine")

    assert sorted(names) == ["manifest.json", "model.keras", "model.tflite"]


def test_another_machine_fetches_it_once(version, bucket, monkeypatch):
    folder = artifact_store.folder_of(version)

    assert (folder / "model.tflite").is_file()
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    monkeypatch.setattr(bucket, "open", None)
    assert artifact_store.folder_of(version) == folder


def test_another_machine_reads_pictures_with_it(version, monkeypatch):
    model = live.LiveModel()
    monkeypatch.setattr(reading, "_live", model)
    monkeypatch.setattr(live, "RECHECK_S", 0.0)

    model_version_promote(version=version)

    assert engine.recognize(make_image()).version.number == version.number


def test_a_damaged_copy_is_fetched_anew(version):
    folder = artifact_store.folder_of(version)
    whole = (folder / "model.tflite").read_bytes()
    (folder / "model.tflite").write_bytes(b"damaged")

    artifact_store.folder_of(version)

    assert (folder / "model.tflite").read_bytes() == whole
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_a_copy_that_lost_a_file_is_fetched_anew(version):
    folder = artifact_store.folder_of(version)
    (folder / "model.keras").unlink()

    assert (artifact_store.folder_of(version) / "model.keras").is_file()


def test_what_is_damaged_in_the_bucket_never_gets_into_place(version, bucket, machine):
    bucket.save("mine/model.tflite", ContentFile(b"damaged"))

    with pytest.raises(engine.RecognizerError, match="model is damaged"):
        engine.check_artifact(version)

    with pytest.raises(artifact_store.ArtifactError):
        artifact_store.folder_of(version)
    assert [*machine("site").iterdir()] == []


def test_another_model_under_its_name_is_refused(version, bucket, machine):
    other = machine("elsewhere") / "mine"
    make_artifact(other, sure_threshold=0.9)
    engine.artifact_keep(other)
    machine("site")

    with pytest.raises(engine.RecognizerError, match="Expected version 2 with digest"):
        engine.manifest_of(version)


def test_a_manifest_leads_to_no_other_folder(version, bucket, machine):
    with bucket.open("mine/manifest.json") as file:
        text = file.read().replace(b'"model.tflite":', b'"../model.tflite":')
    bucket.save("mine/manifest.json", ContentFile(text))
    ModelVersion.objects.update(digest=_digest_of(text, machine("reading")))
    version.refresh_from_db()

    with pytest.raises(artifact_store.ArtifactError, match="Expected a file's name"):
        artifact_store.folder_of(version)


def _digest_of(text: bytes, folder: Path) -> str:
    folder.mkdir()
    (folder / "manifest.json").write_bytes(text)
    return artifact_store.artifacts.read_manifest(folder).digest


def test_what_only_this_machine_has_is_not_promoted(version, bucket):
    artifact_store.folder_of(version)
    bucket.delete("mine/model.tflite")

    with pytest.raises(engine.RecognizerError, match="where all machines' models"):
        model_version_promote(version=version)


def test_without_the_bucket_a_copy_goes_on_answering(version, bucket, monkeypatch):
    artifact_store.folder_of(version)
    monkeypatch.setattr(bucket, "bucket_name", "gone")

    assert engine.manifest_of(version).digest == version.digest
    assert artifact_store.folder_of(version).is_dir()


def test_without_the_bucket_a_new_model_is_not_known_to_anybody(
    bucket, machine, monkeypatch
):
    folder = machine("trainer") / "mine"
    make_artifact(folder)
    monkeypatch.setattr(bucket, "bucket_name", "gone")

    with pytest.raises(engine.RecognizerError, match="could not be kept"):
        engine.artifact_keep(folder)


def test_many_that_fetch_at_once_have_one_whole_copy(version, machine):
    root = machine("site")
    found, failed = [], []

    def fetch() -> None:
        try:
            found.append(artifact_store.folder_of(version))
        except Exception as error:  # noqa: BLE001  (said below)
            failed.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failed, len(found)) == ([], 6)
    assert [path.name for path in root.iterdir()] == ["mine"]


def test_what_a_dead_training_wrote_goes_from_the_bucket_too(db, bucket, machine):
    folder = machine("trainer") / "run1"
    make_artifact(folder)
    engine.artifact_keep(folder)
    shutil.rmtree(folder)
    run = TrainingRun.objects.create(
        status="failed", options={}, artifact_path=folder.name
    )

    training_run_sweep(run=run)

    assert bucket.listdir("run1") == ([], [])
    run.refresh_from_db()
    assert run.artifact_path == ""


def test_what_could_not_be_removed_is_remembered(db, bucket, machine, monkeypatch):
    machine("trainer")
    run = TrainingRun.objects.create(status="failed", options={}, artifact_path="run1")
    monkeypatch.setattr(bucket, "bucket_name", "gone")

    training_run_sweep(run=run)

    run.refresh_from_db()
    assert run.artifact_path == "run1"
