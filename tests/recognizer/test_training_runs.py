from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import (
    Digit,
    ModelVersion,
    Prediction,
    TrainingRun,
    glyph_fingerprint,
)
from recognizer.services.corrections import correction_record
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
    model_version_rollback,
)
from recognizer.services.training_runs import (
    TrainingOptions,
    TrainingRefused,
    training_run_execute,
    training_run_promote,
    training_run_start,
    training_runs_bury,
)
from recognizer.viewers import Viewer
from tests.factories import (
    make_artifact,
    make_labelled,
    make_prediction,
    make_user,
)

EPOCH = engine.EpochProgress(
    epoch=1,
    epochs=1,
    loss=0.5,
    train_accuracy=0.9,
    kept_aside_accuracy=0.99,
    seconds=2.0,
)


def make_gate(*, held_out=0.9):
    """What a candidate was held against: a live model with 0.8 of the held-out."""
    return [
        engine.GateTest("MNIST test set", "may fall by 0.05 points", 0.99, 0.99, True),
        engine.GateTest(
            "held-out labels", "may not fall", 0.8, held_out, held_out >= 0.8
        ),
    ]


@pytest.fixture
def reviewer(db) -> Viewer:
    return Viewer(user=make_user(is_staff=True))


@pytest.fixture
def labelled(reviewer) -> list[Digit]:
    return make_labelled(10, reviewer=reviewer)


@pytest.fixture
def models_root(settings, tmp_path) -> Path:
    settings.MODELS_ROOT = tmp_path / "models"
    return settings.MODELS_ROOT


@pytest.fixture
def tuned(monkeypatch, models_root):
    """Stands for the training: what it answers, and what was asked of it."""
    stub = {"gate": make_gate(), "error": None}

    def fine_tune(version, labelled, folder, *, progress, **asked):
        stub.update(asked, version=version, labelled=labelled, folder=folder)
        if stub["error"]:
            raise stub["error"]
        progress.on_step(1, 2)
        progress.on_epoch(EPOCH)
        return engine.FineTuned(make_artifact(folder), stub["gate"])

    monkeypatch.setattr(engine, "fine_tune", fine_tune)
    return stub


def train(**options) -> TrainingRun:
    asked = TrainingOptions(**options)
    return training_run_execute(run=training_run_start(options=asked), options=asked)


def live() -> ModelVersion:
    return selectors.model_version_live()


def test_a_better_model_goes_live(labelled, tuned):
    parent = live()

    run = train()

    assert (run.status, run.version, run.version.parent) == (
        "succeeded",
        live(),
        parent,
    )
    assert run.note == "Model 2 answers from now on."
    assert run.version.data_fingerprint == selectors.labelled_glyphs().fingerprint()


def test_a_worse_model_stays_a_candidate(labelled, tuned):
    parent = live()
    tuned["gate"] = make_gate(held_out=0.7)

    run = train()

    assert live() == parent
    assert run.version.state == "candidate"
    assert run.note == (
        "Model 2 is kept as a candidate: it is worse at held-out labels."
    )


def test_a_worse_model_goes_live_for_a_reason_that_is_kept(labelled, tuned):
    tuned["gate"] = make_gate(held_out=0.7)

    run = train(force="The old labels were wrong.")

    assert live() == run.version
    assert run.forced_because == "The old labels were wrong."


def test_a_reason_that_was_not_needed_is_not_kept(labelled, tuned):
    assert train(force="Just in case.").forced_because == ""


def test_a_candidate_on_request_stays_one(labelled, tuned):
    parent = live()

    run = train(promote=False)

    assert live() == parent
    assert run.version.state == "candidate"


def test_a_worse_model_is_not_promoted_later_without_a_reason(labelled, tuned):
    parent = live()
    tuned["gate"] = make_gate(held_out=0.7)
    run = train()

    with pytest.raises(TrainingRefused, match="worse at held-out labels"):
        training_run_promote(run=run)

    assert live() == parent


def test_a_version_that_went_live_meanwhile_is_not_replaced_unjudged(
    labelled, tuned, models_root
):
    run = training_run_start(options=TrainingOptions())
    fine_tune = engine.fine_tune

    def overtaken(*args, **asked):
        manifest = make_artifact(models_root / "other", sure_threshold=0.6)
        other = model_version_register(folder=models_root / "other", manifest=manifest)
        model_version_promote(version=other)
        return fine_tune(*args, **asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "fine_tune", overtaken)
        training_run_execute(run=run, options=TrainingOptions())

    assert live().number == 2
    assert run.version.state == "candidate"
    assert "Model 2 went live meanwhile" in run.note


def test_a_run_that_was_given_up_does_not_come_back(labelled, tuned):
    parent = live()
    run = training_run_start(options=TrainingOptions())
    TrainingRun.objects.update(status="failed", note="It fell silent.")

    with pytest.raises(TrainingRefused, match="given up"):
        training_run_execute(run=run, options=TrainingOptions())

    kept = TrainingRun.objects.get()
    assert (kept.status, kept.note) == ("failed", "It fell silent.")
    assert live() == parent
    assert ModelVersion.objects.count() == 1


def test_an_error_in_promotion_leaves_nothing_and_says_so(labelled, tuned, monkeypatch):
    parent = live()

    def damaged(version):
        raise engine.RecognizerError("damaged", code="artifact_damaged", status=503)

    monkeypatch.setattr(engine, "check_artifact", damaged)

    with pytest.raises(engine.RecognizerError, match="damaged"):
        train()

    run = TrainingRun.objects.get()
    assert (run.status, run.note) == ("failed", "It failed: damaged")
    assert (run.version, live()) == (None, parent)
    assert ModelVersion.objects.count() == 1


def test_the_same_labels_are_not_taught_twice(labelled, tuned):
    train()

    with pytest.raises(TrainingRefused, match="learnt already"):
        train()


def test_what_was_rolled_back_does_not_come_back_by_itself(labelled, tuned):
    train()
    model_version_rollback()

    with pytest.raises(TrainingRefused, match="learnt already"):
        train()


def test_more_labels_are_taught_again(labelled, tuned, reviewer):
    train()
    make_labelled(12, reviewer=reviewer)

    assert train().status == "succeeded"


def test_only_confirmed_labels_train(labelled, tuned, reviewer, alice):
    proposed = make_prediction(owner=alice).digits.get()
    correction_record(digit=proposed, label=1, viewer=Viewer(user=alice))

    train()

    assert len(tuned["labelled"]) == 10
    assert set(tuned["labelled"].labels.tolist()) == {3}


def test_copies_of_a_glyph_train_once(labelled, tuned, reviewer):
    make_labelled(10, reviewer=reviewer)

    train()

    assert len(tuned["labelled"]) == 10


def test_what_is_held_out_never_trains(reviewer):
    make_labelled(40, reviewer=reviewer)

    labelled = selectors.labelled_glyphs()

    held_out = {glyph_fingerprint(glyph.tobytes()) for glyph in labelled.held_out[0]}
    training = {glyph_fingerprint(glyph.tobytes()) for glyph in labelled.training[0]}
    assert held_out
    assert all(fingerprint < "33" for fingerprint in held_out)
    assert not any(fingerprint < "33" for fingerprint in training)
    assert len(held_out) + len(training) == 40


def test_the_fingerprint_is_of_the_labels_and_not_of_their_order(reviewer):
    make_labelled(4, reviewer=reviewer)
    before = selectors.labelled_glyphs().fingerprint()
    Prediction.objects.all().delete()

    make_labelled(4, reviewer=reviewer, backwards=True)

    assert selectors.labelled_glyphs().fingerprint() == before


def test_the_fingerprint_changes_with_a_label(reviewer):
    digits = make_labelled(4, reviewer=reviewer)
    before = selectors.labelled_glyphs().fingerprint()

    correction_record(digit=digits[0], label=5, viewer=reviewer)

    assert selectors.labelled_glyphs().fingerprint() != before
    correction_record(digit=digits[0], label=3, viewer=reviewer)
    assert selectors.labelled_glyphs().fingerprint() == before


def test_without_labels_there_is_nothing_to_learn(tuned, db):
    with pytest.raises(TrainingRefused, match="nothing to learn"):
        train()

    run = TrainingRun.objects.get()
    assert run.status == "failed"
    assert "nothing to learn" in run.note


def test_an_error_leaves_the_live_model_and_says_so(labelled, tuned):
    parent = live()
    tuned["error"] = RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        train()

    run = TrainingRun.objects.get()
    assert (run.status, run.note) == ("failed", "It failed: out of memory")
    assert live() == parent
    assert ModelVersion.objects.count() == 1


def test_a_training_can_be_interrupted_and_started_again(labelled, tuned):
    tuned["error"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        train()
    tuned["error"] = None

    train()

    assert [run.status for run in TrainingRun.objects.all()] == [
        "succeeded",
        "cancelled",
    ]


def test_a_second_training_has_to_wait(db):
    training_run_start(options=TrainingOptions())

    with pytest.raises(TrainingRefused, match="running already"):
        training_run_start(options=TrainingOptions())


def test_a_training_that_fell_silent_makes_way(db):
    dead = training_run_start(options=TrainingOptions())
    long_ago = timezone.now() - timedelta(minutes=11)
    TrainingRun.objects.update(heartbeat_at=long_ago)

    training_run_start(options=TrainingOptions())

    dead.refresh_from_db()
    assert dead.status == "failed"
    assert "without a word" in dead.note


def test_a_training_that_is_alive_is_not_buried(db):
    training_run_start(options=TrainingOptions())

    assert training_runs_bury() == 0


def test_a_run_keeps_how_each_epoch_went(labelled, tuned):
    run = train()

    run.refresh_from_db()
    assert run.epochs[0]["kept_aside_accuracy"] == 0.99
    assert run.gate[1]["after"] == 0.9


def test_the_command_shows_before_and_after(labelled, tuned, capsys):
    call_command("train", "--seed", "7", "--epochs", "2")

    text = capsys.readouterr().out
    assert "held-out labels" in text
    assert "80.00%" in text
    assert "90.00%" in text
    assert "Model 2 answers from now on." in text
    assert (tuned["seed"], tuned["epochs"]) == (7, 2)


def test_the_command_says_which_test_failed(labelled, tuned, capsys):
    tuned["gate"] = make_gate(held_out=0.7)

    call_command("train")

    text = capsys.readouterr().out
    assert "worse: may not fall" in text
    assert "kept as a candidate" in text


@pytest.mark.parametrize(
    "options",
    [
        ["--architecture", "lenet5"],
        ["--usps", "usps.h5"],
        ["--fonts", "fonts"],
        ["--output", "new"],
        ["--precision", "bfloat16"],
    ],
)
def test_options_of_training_anew_are_not_ignored(labelled, tuned, options):
    with pytest.raises(CommandError, match="Add --from-scratch"):
        call_command("train", *options)

    assert not TrainingRun.objects.exists()


def test_the_command_explains_that_there_is_nothing_to_learn(tuned, db):
    with pytest.raises(CommandError, match="nothing to learn"):
        call_command("train")
