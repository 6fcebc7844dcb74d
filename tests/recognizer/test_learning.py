"""The whole way of a correction, with the real engine: from a click to a new model."""

import numpy as np
import pytest

from ml import datasets
from ml.artifacts import SHIPPED, read_manifest
from ml.augmentation import as_glyphs
from recognizer import engine, selectors
from recognizer.engine import training
from recognizer.engine.artifact_store import folder_of
from recognizer.models import ModelVersion, glyph_fingerprint
from recognizer.services.corrections import correction_record
from recognizer.services.model_versions import model_version_register
from recognizer.services.training_execution import training_run_execute
from recognizer.services.training_runs import TrainingOptions, training_run_start
from recognizer.viewers import Viewer
from tests.factories import make_artifact, make_prediction, make_user
from tests.recognizer.tiny_training import shrink_training


@pytest.fixture
def few_digits(monkeypatch):
    shrink_training(monkeypatch.setattr)


# Committed: what says that a training goes on has a connection of its own.
@pytest.fixture
def reviewer(transactional_db):
    return Viewer(user=make_user(is_staff=True))


def test_a_corrected_glyph_is_learnt_and_answers(
    few_digits, reviewer, settings, tmp_path
):
    settings.MODELS_ROOT = tmp_path / "models"
    rng = np.random.default_rng(1)
    for _ in range(20):
        digit = make_prediction(owner=reviewer.user).digits.get()
        glyph = np.zeros((28, 28), np.uint8)
        top, left = rng.integers(3, 9, 2)
        glyph[top : top + 3, 4:24] = glyph[4:24, left : left + 3] = 255
        glyph[20:23, 4:24] = glyph[4:24, 20:23] = 255
        digit.glyph, digit.fingerprint = bytes(glyph), glyph_fingerprint(bytes(glyph))
        digit.save()
        correction_record(digit=digit, label=6, viewer=reviewer)
    # Of so few digits a single one is more than may fall.
    options = TrainingOptions(epochs=2, force="The test set is tiny.")

    run = training_run_execute(run=training_run_start(options=options))

    held_out = next(test for test in run.gate if test["name"] == "held-out labels")
    assert held_out["before"] < held_out["after"]
    assert run.version == selectors.model_version_live()
    engine.check_artifact(run.version)
    assert len(run.epochs) == 2
    shipped, new = read_manifest(SHIPPED), read_manifest(folder_of(run.version))
    assert new.reject_threshold >= shipped.reject_threshold


@pytest.mark.usefixtures("few_digits", "db")
@pytest.mark.parametrize(
    ("verdicts", "share"),
    [
        ([True], 1.0),
        ([False, True], 0.7),
        ([False, False, True], 0.5),
        ([False] * 4, 1),
    ],
)
def test_what_the_gate_refuses_goes_back_some_of_the_way(
    tmp_path, monkeypatch, verdicts, share
):
    said, tried = iter(verdicts), []
    monkeypatch.setattr(
        training,
        "judge",
        lambda *_: [training.GateTest("a test", "a rule", 1.0, 1.0, next(said))],
    )
    monkeypatch.setattr(
        training.finetuning,
        "fine_tune",
        lambda *_, **__: tried.append("trained") or "trained",
    )
    monkeypatch.setattr(
        training.finetuning, "nearer", lambda _start, _trained, share: share
    )
    monkeypatch.setattr(
        training,
        "write_trained",
        lambda candidate, folder, *_, **__: (
            tried.append(candidate) or make_artifact(folder)
        ),
    )
    labelled = engine.LabelledGlyphs(
        np.full((1, 28, 28), 9, np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.bool_)
    )

    tuned = engine.fine_tune(
        ModelVersion.objects.get(number=1),
        labelled,
        tmp_path / "new",
        mnist=None,
        progress=engine.Progress(),
    )

    assert tried == ["trained", *[1.0, 0.7, 0.5, 1.0][: len(verdicts)]]
    assert tried[-1] == share
    assert tuned.is_passed == verdicts[-1]
    assert (tmp_path / "new").is_dir()


def test_mnists_test_digits_teach_nothing(few_digits):
    test = datasets.load_mnist(None).test
    glyphs = np.concatenate([as_glyphs(test.images[:3]), np.full((2, 28, 28), 9)])
    labelled = engine.LabelledGlyphs(
        glyphs.astype(np.uint8), np.arange(5, dtype=np.uint8), np.zeros(5, np.bool_)
    )

    left = training._not_of(test, labelled)

    assert left.labels.tolist() == [3, 4]


def test_after_an_upgrade_losses_are_counted_from_the_oldest_version_that_is_left(
    db, settings, tmp_path, monkeypatch, caplog
):
    settings.MODELS_ROOT = tmp_path
    parent = ModelVersion.objects.get(number=1)
    for name, threshold in (("two", 0.6), ("three", 0.7)):
        manifest = make_artifact(tmp_path / name, sure_threshold=threshold)
        parent = model_version_register(
            folder=tmp_path / name, manifest=manifest, parent=parent
        )
    monkeypatch.setattr(training, "_scores", lambda folder, *_: folder)

    before_it = training._first_scores(parent, None, None)
    # What lies in the release's place now is another model.
    ModelVersion.objects.filter(number=1).update(digest="0" * 64)
    parent = ModelVersion.objects.get(number=3)
    after_it = training._first_scores(parent, None, None)

    assert (before_it, after_it) == (SHIPPED, tmp_path / "two")
    assert "Nothing is held against Model 1" in caplog.text
