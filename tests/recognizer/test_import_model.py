import io
from pathlib import Path

import keras
import pytest
from django.core.management import CommandError, call_command
from keras import layers

from recognizer import engine
from recognizer.models import ModelVersion
from recognizer.services.model_versions import model_version_promote


@pytest.fixture
def models_root(settings, tmp_path) -> Path:
    settings.MODELS_ROOT = tmp_path / "models"
    settings.MNIST_DIR = ""
    return settings.MODELS_ROOT


@pytest.fixture
def theirs(tmp_path) -> Path:
    """A network that gives logits, in a file of old."""
    network = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(10)]
    )
    network.save(tmp_path / "theirs.h5")
    return tmp_path / "theirs.h5"


@pytest.fixture
def asked(monkeypatch) -> list[engine.ImportOptions]:
    """What was said of the models; nothing is imported."""
    options: list[engine.ImportOptions] = []

    def import_model(path, folder, said):
        options.append(said)
        raise engine.RecognizerError("refused", code="model_refused", status=503)

    monkeypatch.setattr(engine, "import_model", import_model)
    return options


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_model", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_an_imported_model_is_kept_as_a_candidate(db, models_root, theirs):
    text = run(theirs, "--scale", 1)

    version = ModelVersion.objects.latest("number")
    assert (version.number, version.state) == (2, ModelVersion.State.CANDIDATE)
    assert version.architecture == "imported"
    assert (models_root / version.artifact_path / "model.tflite").is_file()
    assert "manage.py promote 2" in text


def test_what_was_found_out_is_said(db, models_root, theirs):
    text = run(theirs, "--scale", 255, "--inverted")

    assert "It takes pixels from 0 to 255, black on white, and gives logits" in text
    assert "Neither measured nor calibrated, as no MNIST was named" in text
    assert "called sure from 99.9%" in text


def test_an_imported_model_can_be_promoted(db, models_root, theirs):
    run(theirs, "--scale", 1)

    version = ModelVersion.objects.latest("number")
    model_version_promote(version=version)

    assert version.state == ModelVersion.State.LIVE


def test_a_model_is_measured_on_mnist_where_its_folder_is_known(
    db, models_root, theirs, settings
):
    settings.MNIST_DIR = str(models_root / "mnist")

    with pytest.raises(CommandError, match="train-images-idx3-ubyte"):
        run(theirs)


def test_what_is_said_of_a_model_is_passed_on(db, theirs, asked, tmp_path):
    options = ("--mnist", tmp_path, "--scale", "centred", "--inverted")

    with pytest.raises(CommandError):
        run(theirs, *options, "--least-accuracy", "0.5")

    [said] = asked
    assert said == engine.ImportOptions(
        tmp_path, "centred", is_inverted=True, least_accuracy=0.5
    )


def test_a_refused_model_is_kept_nowhere(db, models_root, theirs):
    theirs.write_text("no model")

    with pytest.raises(CommandError, match="Expected a Keras file"):
        run(theirs, "--scale", 1)

    assert ModelVersion.objects.count() == 1
    assert not models_root.exists()


@pytest.mark.parametrize("share", ["-0.1", "1.5", "80%"])
def test_an_accuracy_that_is_none_is_refused(theirs, asked, share):
    with pytest.raises(CommandError, match=f"from 0 to 1. Received: {share}"):
        run(theirs, f"--least-accuracy={share}")

    assert asked == []


def test_an_unknown_scale_is_refused(theirs, asked):
    with pytest.raises(CommandError, match="invalid choice: '256'"):
        run(theirs, "--scale", 256)
