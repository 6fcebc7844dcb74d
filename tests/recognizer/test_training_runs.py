import pytest

from recognizer import engine, selectors
from recognizer.models import (
    ModelVersion,
    TrainingRun,
)
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from recognizer.services.training_execution import (
    TrainingGivenUp,
    training_run_execute,
)
from recognizer.services.training_promotion import (
    training_run_promote,
    version_promote,
)
from recognizer.services.training_runs import TrainingRefused
from tests.factories import make_artifact
from tests.recognizer.trainings import live, make_gate, start, train


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


def test_a_training_holds_its_result_and_what_answered_against_what_is_kept(
    labelled, tuned
):
    run = train()

    counts = selectors.flip_counts(version=run.version, against=run.version.parent)
    assert counts.n == len(labelled)


def test_a_report_that_fails_loses_no_training(labelled, tuned, monkeypatch, caplog):
    def failing(_version):
        raise engine.RecognizerError("It is gone.", code="artifact_damaged", status=503)

    monkeypatch.setattr(engine, "glyph_reader", failing)

    run = train()

    run.refresh_from_db()
    assert (run.status, live()) == ("succeeded", run.version)
    assert "It is gone." in caplog.text


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


def test_a_worse_model_that_somebody_chose_needs_a_reason_as_well(
    labelled, tuned, reviewer
):
    tuned["gate"] = make_gate(held_out=0.7)
    run = train()

    for nothing in ("", " "):
        with pytest.raises(TrainingRefused, match="Say why"):
            version_promote(version=run.version, reason=nothing)
    version_promote(version=run.version, reason="A trial.", user=reviewer.user)

    assert live() == run.version
    run.refresh_from_db()
    assert run.forced_because == "A trial."
    assert live().promotions.get().user == reviewer.user


def test_a_version_that_went_live_meanwhile_is_not_replaced_unjudged(
    labelled, tuned, models_root
):
    run = start()
    fine_tune = engine.fine_tune

    def overtaken(*args, **asked):
        manifest = make_artifact(models_root / "other", sure_threshold=0.6)
        other = model_version_register(folder=models_root / "other", manifest=manifest)
        model_version_promote(version=other)
        return fine_tune(*args, **asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "fine_tune", overtaken)
        training_run_execute(run=run)

    assert live().number == 2
    assert run.version.state == "candidate"
    assert "Model 2 went live meanwhile" in run.note


def test_a_run_that_was_given_up_does_not_come_back(labelled, tuned):
    parent = live()
    run = start()
    TrainingRun.objects.update(status="failed", note="It fell silent.")

    with pytest.raises(TrainingGivenUp, match="fell silent"):
        training_run_execute(run=run)

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


def test_a_run_keeps_how_each_epoch_went(labelled, tuned):
    run = train()

    run.refresh_from_db()
    assert run.epochs[0]["kept_aside_accuracy"] == 0.99
    assert run.gate[1]["after"] == 0.9


def test_what_the_check_doubts_is_not_taught(labelled, tuned, monkeypatch):
    doubtful = engine.Contradiction(0, answer=7)
    monkeypatch.setattr(engine, "contradictions", lambda *_, **__: [doubtful])

    run = train()

    assert len(tuned["labelled"]) == len(labelled) - 1
    run.refresh_from_db()
    assert run.doubted == 1
