from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from recognizer import selectors
from recognizer.models import (
    HELD_OUT_BELOW,
    NOT_A_DIGIT,
    Correction,
    Digit,
    glyph_fingerprint,
)
from recognizer.services.corrections import (
    NothingToUndo,
    correction_record,
    correction_undo,
)
from recognizer.services.predictions import predictions_adopt
from recognizer.viewers import Viewer
from tests.factories import make_prediction


def digit_of(prediction) -> Digit:
    return prediction.digits.get()


def stands_as(digit: Digit) -> tuple[int | None, str]:
    """What the database says of a digit."""
    fresh = Digit.objects.get(pk=digit.pk)
    return fresh.label, fresh.review


@pytest.fixture
def owner(alice) -> Viewer:
    return Viewer(user=alice)


@pytest.fixture
def reviewer(rita) -> Viewer:
    return rita


@pytest.fixture
def second_reviewer(sven) -> Viewer:
    return sven


@pytest.fixture
def digit(alice) -> Digit:
    return digit_of(make_prediction(owner=alice))


@pytest.fixture
def copy(bob) -> Digit:
    """The same glyph, sent by somebody else."""
    return digit_of(make_prediction(owner=bob))


def test_an_owner_proposes(digit, owner, alice):
    correction = correction_record(digit=digit, label=1, viewer=owner)

    assert stands_as(digit) == (1, "proposed")
    assert (correction.old_label, correction.new_label) == (None, 1)
    assert (correction.user, correction.visitor) == (alice, None)


def test_a_visitor_proposes(db):
    visitor = uuid4()
    digit = digit_of(make_prediction(visitor=visitor))

    correction = correction_record(
        digit=digit, label=NOT_A_DIGIT, viewer=Viewer(visitor=visitor)
    )

    assert stands_as(digit) == (NOT_A_DIGIT, "proposed")
    assert (correction.user, correction.visitor) == (None, visitor)


def test_a_reviewer_confirms(digit, owner, reviewer):
    correction_record(digit=digit, label=1, viewer=owner)

    correction_record(digit=digit, label=1, viewer=reviewer)

    assert stands_as(digit) == (1, "confirmed")
    assert Correction.objects.count() == 2


def test_the_same_label_twice_is_kept_once(digit, owner):
    correction_record(digit=digit, label=1, viewer=owner)

    assert correction_record(digit=digit, label=1, viewer=owner) is None
    assert Correction.objects.count() == 1


def test_an_owner_who_agrees_changes_nothing(digit, owner, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)

    assert correction_record(digit=digit, label=1, viewer=owner) is None
    assert stands_as(digit) == (1, "confirmed")


def test_an_owner_who_disagrees_with_a_reviewer_disputes(digit, owner, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)

    correction_record(digit=digit, label=7, viewer=owner)

    assert stands_as(digit) == (7, "disputed")


def test_a_reviewer_decides_what_an_owner_disputes(digit, owner, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=digit, label=7, viewer=owner)

    correction_record(digit=digit, label=1, viewer=reviewer)

    assert stands_as(digit) == (1, "confirmed")


def test_two_labels_of_one_glyph_are_both_disputed(digit, copy, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)

    correction_record(digit=copy, label=7, viewer=reviewer)

    assert stands_as(digit) == (1, "disputed")
    assert stands_as(copy) == (7, "disputed")


def test_who_spoke_last_does_not_decide_a_dispute(
    digit, copy, reviewer, second_reviewer
):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)

    correction_record(digit=copy, label=4, viewer=reviewer)

    assert stands_as(copy) == (4, "disputed")


def test_who_mistyped_a_copy_may_put_it_right(digit, copy, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)

    correction_record(digit=copy, label=1, viewer=reviewer)

    assert stands_as(digit) == stands_as(copy) == (1, "confirmed")


def test_a_decision_reaches_the_copies_that_had_that_label(
    digit, copy, bob, reviewer, second_reviewer
):
    third = digit_of(make_prediction(owner=bob))
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)
    correction_record(digit=third, label=1, viewer=reviewer)

    correction_record(digit=digit, label=1, viewer=second_reviewer)

    assert {stands_as(each) for each in (digit, copy, third)} == {(1, "confirmed")}


def test_a_second_reviewer_decides_for_all_copies(
    digit, copy, reviewer, second_reviewer
):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)

    correction_record(digit=copy, label=7, viewer=second_reviewer)

    assert stands_as(digit) == stands_as(copy) == (7, "confirmed")


def test_a_proposal_for_a_copy_disputes_nothing(digit, copy, reviewer, bob):
    correction_record(digit=digit, label=1, viewer=reviewer)

    correction_record(digit=copy, label=7, viewer=Viewer(user=bob))

    assert stands_as(digit) == (1, "confirmed")
    assert stands_as(copy) == (7, "proposed")


def test_another_glyph_contradicts_nothing(digit, bob, reviewer):
    other = digit_of(make_prediction(owner=bob))
    glyph = bytes(range(196)) * 4
    Digit.objects.filter(pk=other.pk).update(
        glyph=glyph, fingerprint=glyph_fingerprint(glyph)
    )
    correction_record(digit=digit, label=1, viewer=reviewer)

    correction_record(digit=Digit.objects.get(pk=other.pk), label=7, viewer=reviewer)

    assert stands_as(digit) == (1, "confirmed")
    assert stands_as(other) == (7, "confirmed")


def test_what_was_said_last_is_taken_back(digit, owner):
    correction_record(digit=digit, label=1, viewer=owner)
    correction_record(digit=digit, label=2, viewer=owner)

    correction_undo(digit=digit, viewer=owner)

    assert stands_as(digit) == (1, "proposed")
    assert Correction.objects.count() == 3


def test_taking_back_twice_goes_back_two_steps(digit, owner):
    correction_record(digit=digit, label=1, viewer=owner)
    correction_record(digit=digit, label=2, viewer=owner)

    correction_undo(digit=digit, viewer=owner)
    correction_undo(digit=digit, viewer=owner)

    assert stands_as(digit) == (None, "unreviewed")
    with pytest.raises(NothingToUndo):
        correction_undo(digit=digit, viewer=owner)


def test_what_somebody_else_said_stays(digit, owner, reviewer):
    correction_record(digit=digit, label=1, viewer=owner)
    correction_record(digit=digit, label=2, viewer=reviewer)

    with pytest.raises(NothingToUndo):
        correction_undo(digit=digit, viewer=owner)

    assert stands_as(digit) == (2, "confirmed")


def test_taking_back_a_contradiction_ends_the_dispute(digit, copy, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)

    correction_undo(digit=copy, viewer=reviewer)

    assert stands_as(digit) == (1, "confirmed")
    assert stands_as(copy) == (None, "unreviewed")


def test_a_copy_that_was_labelled_since_is_left_alone(
    digit, copy, reviewer, second_reviewer
):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)
    correction_record(digit=digit, label=4, viewer=second_reviewer)

    with pytest.raises(NothingToUndo):
        # The second reviewer's decision reached this copy, too.
        correction_undo(digit=copy, viewer=reviewer)

    assert stands_as(digit) == stands_as(copy) == (4, "confirmed")


def test_a_label_stays_when_its_copy_is_deleted(digit, copy, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)
    correction_record(digit=copy, label=7, viewer=reviewer)

    copy.prediction.delete()

    assert stands_as(digit) == (1, "disputed")
    assert digit.corrections.count() == 2


def test_a_label_stays_without_its_name_when_the_account_goes(digit, reviewer):
    correction_record(digit=digit, label=1, viewer=reviewer)

    reviewer.user.delete()

    assert stands_as(digit) == (1, "confirmed")
    assert digit.corrections.get().user is None


def test_a_visitor_who_logs_in_can_take_back_what_he_said(alice, owner):
    visitor = uuid4()
    digit = digit_of(make_prediction(visitor=visitor))
    correction_record(digit=digit, label=1, viewer=Viewer(visitor=visitor))
    predictions_adopt(visitor=visitor, user=alice)

    correction_undo(digit=digit, viewer=owner)

    assert stands_as(digit) == (None, "unreviewed")


def test_a_label_out_of_range_is_refused(digit, owner):
    with pytest.raises(ValueError, match="Received: 11"):
        correction_record(digit=digit, label=11, viewer=owner)


def test_a_kept_correction_cannot_be_changed(digit, owner):
    correction = correction_record(digit=digit, label=1, viewer=owner)
    correction.new_label = 2

    with pytest.raises(TypeError):
        correction.save()


@pytest.mark.parametrize(
    ("label", "review"), [(None, "confirmed"), (3, "unreviewed"), (11, "confirmed")]
)
def test_the_database_refuses_a_review_without_its_label(digit, label, review):
    with pytest.raises(IntegrityError), transaction.atomic():
        Digit.objects.filter(pk=digit.pk).update(label=label, review=review)


def test_one_glyph_in_five_is_held_out():
    rng = np.random.default_rng(1)
    glyphs = rng.integers(0, 256, (5000, 784), np.uint8)

    prints = [glyph_fingerprint(glyph.tobytes()) for glyph in glyphs]

    share = sum(each < HELD_OUT_BELOW for each in prints) / len(prints)
    assert share == pytest.approx(0.2, abs=0.02)


def test_which_glyphs_are_held_out_never_changes():
    """A change here would let models be measured on what trained them."""
    glyphs = [bytes([level]) * 784 for level in range(40)]

    held_out = [
        level
        for level, glyph in enumerate(glyphs)
        if Digit(fingerprint=glyph_fingerprint(glyph)).is_held_out
    ]

    assert held_out == [0, 1, 7, 14, 17, 30]


def test_only_the_owner_and_reviewers_find_a_digit(digit, owner, bob, reviewer):
    assert selectors.digit_get(viewer=owner, pk=digit.pk) == digit
    assert selectors.digit_get(viewer=reviewer, pk=digit.pk) == digit
    with pytest.raises(Digit.DoesNotExist):
        selectors.digit_get(viewer=Viewer(user=bob), pk=digit.pk)
