import pytest
from django.core.management import call_command

from recognizer import engine
from recognizer.engine import live
from recognizer.models import ModelVersion
from recognizer.selectors import model_version_live
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
    model_version_register_shipped,
)
from tests.factories import make_artifact, make_model_version


@pytest.fixture
def upgraded(monkeypatch, tmp_path):
    """A release that ships another model than the one registered."""
    manifest = make_artifact(tmp_path / "weights")
    monkeypatch.setattr(live, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(engine, "shipped_manifest", lambda: manifest)
    return manifest


def test_migrating_registers_the_shipped_model_as_number_1_and_live(db):
    version = ModelVersion.objects.get()

    assert (version.number, version.state) == (1, "live")
    assert version.is_shipped
    assert version.digest == engine.shipped_manifest().digest
    assert version.promoted_at is not None


def test_registering_again_changes_nothing(db):
    before = ModelVersion.objects.get()

    assert model_version_register_shipped() == before
    assert ModelVersion.objects.count() == 1


def test_an_upgrade_replaces_the_shipped_model(db, upgraded):
    version = model_version_register_shipped()

    assert (version.number, version.digest) == (2, upgraded.digest)
    assert model_version_live() == version
    assert ModelVersion.objects.get(number=1).state == "retired"


def test_an_upgrade_leaves_a_model_trained_here_live(db, upgraded):
    ModelVersion.objects.update(state="retired")
    own = make_model_version(number=2, state="live")

    version = model_version_register_shipped()

    assert (version.number, version.state) == (3, "candidate")
    assert model_version_live() == own


def test_a_release_rolled_back_brings_its_model_back(db, upgraded):
    newer = make_model_version(number=2, artifact_path="", digest="newer")
    older = make_model_version(number=3, artifact_path="", digest=upgraded.digest)
    ModelVersion.objects.update(state="retired")
    ModelVersion.objects.filter(pk=newer.pk).update(state="live")

    assert model_version_register_shipped() == older
    assert model_version_live() == older


def test_a_release_rolled_back_leaves_a_model_trained_here_live(db, upgraded):
    make_model_version(number=2, artifact_path="", digest=upgraded.digest)
    ModelVersion.objects.update(state="retired")
    own = make_model_version(number=3, state="live")

    model_version_register_shipped()

    assert model_version_live() == own


def test_a_version_whose_files_are_another_models_is_not_promoted(db, upgraded):
    with pytest.raises(engine.RecognizerError, match="Expected version 1 with digest"):
        model_version_promote(version=ModelVersion.objects.get(number=1))


def test_a_model_trained_here_is_a_candidate_first(db, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path

    version = model_version_register(
        folder=tmp_path / "20261120", manifest=engine.shipped_manifest()
    )

    assert (version.number, version.state) == (2, "candidate")
    assert version.artifact_path == "20261120"


def test_a_model_outside_of_its_place_is_refused(db, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path / "models"

    with pytest.raises(ValueError, match="not in the subpath"):
        model_version_register(
            folder=tmp_path / "elsewhere", manifest=engine.shipped_manifest()
        )


def test_promoting_retires_the_one_that_was_live(db, monkeypatch):
    monkeypatch.setattr(engine, "check_artifact", lambda _version: None)
    version = make_model_version(number=2)

    model_version_promote(version=version)

    assert model_version_live() == version
    assert ModelVersion.objects.get(number=1).state == "retired"
    assert version.promoted_at is not None


def test_promoting_the_live_one_changes_nothing(db):
    version = ModelVersion.objects.get(number=1)
    promoted_at = version.promoted_at

    model_version_promote(version=version)

    version.refresh_from_db()
    assert model_version_live() == version
    assert version.promoted_at == promoted_at


def test_a_missing_manifest_stops_no_migration(db, monkeypatch, caplog):
    def missing():
        raise engine.RecognizerError("It is gone.", code="artifact_damaged", status=503)

    monkeypatch.setattr(engine, "shipped_manifest", missing)

    call_command("migrate", verbosity=0)

    assert "The shipped model was not registered: It is gone." in caplog.text
