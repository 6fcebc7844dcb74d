import pytest

from recognizer import selectors
from recognizer.models import (
    Prediction,
    glyph_fingerprint,
)
from recognizer.services.corrections import correction_record
from recognizer.services.model_versions import model_version_rollback
from recognizer.services.training_runs import TrainingRefused
from recognizer.viewers import Viewer
from tests.factories import (
    make_labelled,
    make_prediction,
)
from tests.recognizer.trainings import train


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
