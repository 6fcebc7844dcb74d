"""Files that people bring: what becomes of them, and which are refused."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from ml import importing
from ml.adapting import FORMS, InputForm, OutputForm, adapted
from ml.artifacts import NEVER, verify
from ml.errors import ModelRefused
from ml.fitting import accuracy
from ml.importing import UNMEASURED_SURE, import_model
from ml.inference import Recognizer
from tests.ml.networks import PLAIN, known_digits, linear_weights, make_network


def make_file(folder: Path, network: keras.Model, name: str = "theirs.keras") -> Path:
    network.save(folder / name)
    return folder / name


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_how_pixels_are_taken_is_found_out(form):
    network = make_network(form=form)
    models = {
        each: adapted(network, (28, 28, 1), each, OutputForm.PROBABILITIES)
        for each in FORMS
    }

    assert importing._best_form(models, known_digits()) == form


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """The artefact of a network that takes black on white in 0..255, gives logits."""
    folder = tmp_path_factory.mktemp("imported")
    network = make_network(form=InputForm(255, 0), activation=None)
    import_model(make_file(folder, network), folder / "new", digits=known_digits())
    return folder / "new"


def test_an_imported_model_reads_as_the_others_do(imported):
    recognizer = Recognizer.load(imported)

    probabilities = recognizer.probabilities(known_digits().images)

    assert probabilities.shape == (600, 11)
    assert accuracy(probabilities, known_digits().labels) > 0.9


def test_an_imported_model_is_served_by_keras_as_well(imported):
    served, checked = (
        Recognizer.load(imported, backend=backend).probabilities(
            known_digits().images[:20]
        )
        for backend in ("litert", "keras")
    )

    assert served == pytest.approx(checked, abs=1e-4)


def test_an_imported_model_says_where_it_comes_from(imported):
    manifest = verify(imported)

    assert manifest.architecture == "imported"
    origin = manifest.training["imported"]
    assert origin["file"] == "theirs.keras"
    assert origin["takes"] == "0 to 255, black on white"
    assert origin["gives"] == "logits"
    assert len(origin["sha256"]) == 64
    assert str(imported.parent) not in json.dumps(dict(manifest.training))


def test_an_imported_model_is_measured(imported):
    metrics = verify(imported).metrics

    assert metrics["mnist_test_accuracy"] > 0.9
    assert metrics["mnist_test_n"] == 600
    assert (metrics["parameters"], metrics["multiplications"]) == (7850, 7840)


def test_an_imported_model_is_calibrated_and_never_refuses(imported):
    manifest = verify(imported)

    assert manifest.temperature != 1.0
    assert manifest.sure_threshold != UNMEASURED_SURE
    assert manifest.reject_threshold == NEVER


def test_without_labelled_digits_little_is_called_sure(tmp_path):
    path = make_file(tmp_path, make_network(outputs=11))

    model = import_model(path, tmp_path / "new", forms=[PLAIN])

    assert model.manifest.temperature == 1.0
    assert model.manifest.sure_threshold == UNMEASURED_SURE
    assert model.manifest.reject_threshold == 0.5
    assert "mnist_test_accuracy" not in model.manifest.metrics


def test_without_labelled_digits_nothing_is_guessed(tmp_path):
    path = make_file(tmp_path, make_network())

    with pytest.raises(ModelRefused, match="--mnist DIR or MNIST_DIR, or say it with"):
        import_model(path, tmp_path / "new")


def test_what_reads_other_things_than_digits_is_refused(tmp_path):
    path = make_file(
        tmp_path, make_network(weights=np.roll(linear_weights(), 1, axis=1))
    )

    with pytest.raises(ModelRefused, match=r"reads 80% of 600 .* order 0 to 9"):
        import_model(path, tmp_path / "new", digits=known_digits(), forms=[PLAIN])

    assert not (tmp_path / "new").exists()


def test_how_well_it_must_read_may_be_said(tmp_path):
    path = make_file(tmp_path, make_network())

    with pytest.raises(ModelRefused, match="reads 100% of"):
        import_model(
            path, tmp_path / "new", digits=known_digits(), least_accuracy=0.9999
        )


def test_what_litert_cannot_serve_is_refused(tmp_path, monkeypatch):
    def fail(model: keras.Model, *, quantised: bool) -> bytes:
        raise RuntimeError("no such operation")

    monkeypatch.setattr(importing, "compiled", fail)
    path = make_file(tmp_path, make_network())

    with pytest.raises(ModelRefused, match=r"LiteRT can serve.*no such operation"):
        import_model(path, tmp_path / "new", forms=[PLAIN])

    assert not (tmp_path / "new").exists()


def test_what_litert_answers_otherwise_is_refused(tmp_path, monkeypatch):
    right = importing.LiteRTNetwork

    def wrong(content: bytes) -> object:
        return lambda glyphs: right(content)(glyphs)[:, ::-1]

    monkeypatch.setattr(importing, "LiteRTNetwork", wrong)
    path = make_file(tmp_path, make_network())

    with pytest.raises(ModelRefused, match="same answers from LiteRT as from Keras"):
        import_model(path, tmp_path / "new", forms=[PLAIN])


def test_a_legacy_file_is_imported(tmp_path):
    path = make_file(tmp_path, make_network(), "theirs.h5")

    model = import_model(path, tmp_path / "new", forms=[PLAIN])

    assert verify(tmp_path / "new") == model.manifest


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.h5").write_text("no model")

    with pytest.raises(ModelRefused, match="Expected a Keras file"):
        import_model(tmp_path / "model.h5", tmp_path / "new")
