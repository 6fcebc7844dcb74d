import pytest
from django.core.management import CommandError, call_command

from recognizer import engine
from recognizer.models import TrainingRun
from tests.recognizer.trainings import make_gate


def test_the_command_shows_before_and_after(labelled, tuned, capsys):
    call_command("train", "--seed", "7", "--epochs", "2")

    text = capsys.readouterr().out
    assert "held-out labels" in text
    assert "80.00%" in text
    assert "90.00%" in text
    assert "Model 2 answers from now on." in text
    assert (tuned["seed"], tuned["epochs"]) == (7, 2)


def test_the_command_says_how_many_labels_it_left_out(
    labelled, tuned, capsys, monkeypatch
):
    doubtful = engine.Contradiction(0, answer=7)
    monkeypatch.setattr(engine, "contradictions", lambda *_, **__: [doubtful])

    call_command("train")

    assert "as they look wrong: 1 labels" in capsys.readouterr().out


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
