import pytest

from recognizer import selectors
from recognizer.models import Correction, Digit, Via
from recognizer.services.corrections import NothingToUndo, correction_record
from recognizer.services.predictions import prediction_preview
from recognizer.services.reviews import (
    review_claim,
    review_skip,
    review_undo,
    reviews_confirm,
)
from recognizer.viewers import Viewer
from tests.factories import make_image, make_reading
from tests.recognizer.reviewing import expire, given, make_read, review, say

# How certain a digit is


def test_a_refused_scribble_is_as_certain_as_its_refusal(stub_engine):
    stub_engine.reading = make_reading(
        confidence=0.02, not_a_digit=0.95, outcome="not_a_digit"
    )

    answer = prediction_preview(data=make_image())

    assert answer.digits[0].certainty == 0.95


# Which comes next


def test_the_least_certain_comes_first(rita):
    make_read(confidence=0.9)
    doubtful = make_read(confidence=0.4)
    make_read(confidence=0.03, not_a_digit=0.95, outcome="not_a_digit")

    assert given(rita) == doubtful


def test_what_an_owner_proposed_comes_before_what_nobody_labelled(rita):
    make_read(confidence=0.4)
    proposed = make_read()
    say(proposed, 1, Viewer(visitor=proposed.prediction.visitor))

    assert given(rita) == proposed


def test_a_dispute_comes_before_a_proposal(rita, sven):
    proposed, disputed = make_read(), make_read()
    say(proposed, 1, Viewer(visitor=proposed.prediction.visitor))
    say(disputed, 1, sven)
    say(disputed, 7, Viewer(visitor=disputed.prediction.visitor))

    assert given(rita) == disputed


def test_a_dispute_waits_for_somebody_who_did_not_speak_last(rita, sven):
    digit, copy = make_read(), make_read()
    Digit.objects.filter(pk=copy.pk).update(fingerprint=digit.fingerprint)
    copy.refresh_from_db()
    say(digit, 1, rita)
    say(copy, 7, rita)

    assert given(rita) is None
    assert given(sven) in (digit, copy)


def test_what_is_confirmed_does_not_come_again(rita, sven):
    say(make_read(), 7, sven)

    assert given(rita) is None


def test_nobody_but_reviewers_is_given_anything(alice):
    make_read()

    with pytest.raises(ValueError, match="Expected a reviewer"):
        review_claim(viewer=Viewer(user=alice))


# Skipping


def test_a_skipped_one_gives_way_to_the_next_and_does_not_come_back_at_once(rita):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    review_claim(viewer=rita)

    assert review_skip(viewer=rita).digit == second
    assert review_skip(viewer=rita) is None
    expire(digit=first)
    assert given(rita) == first


def test_what_was_skipped_and_labelled_all_the_same_is_of_the_queue(rita):
    digit = make_read()
    review_claim(viewer=rita)
    review_skip(viewer=rita)

    assert say(digit, 7, rita).via == Via.QUEUE


# Where a label was given


def test_a_label_says_where_it_was_given(rita):
    assert say(make_read(), 7, rita, Via.API).via == Via.API


def test_of_what_the_queue_gave_the_queue_is_kept(rita):
    digit = make_read()
    review_claim(viewer=rita)

    assert say(digit, 7, rita, Via.API).via == Via.QUEUE


def test_what_the_queue_gave_somebody_else_is_not_of_the_queue(rita, sven):
    digit = make_read()
    review_claim(viewer=sven)

    assert say(digit, 7, rita, Via.API).via == Via.API


def test_a_change_of_mind_is_of_the_queue_too(rita):
    make_read()
    digit = review(rita, 1)

    assert say(digit, 7, rita).via == Via.QUEUE


# Taking back


def test_what_is_taken_back_comes_again_first(rita):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    review(rita)
    assert given(rita) == second

    review_undo(viewer=rita)

    assert Digit.objects.get(pk=first.pk).label is None
    assert given(rita) == first
    assert review(rita) == first
    assert given(rita) == second


def test_taking_back_goes_back_step_by_step(rita):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    review(rita)
    review(rita)

    assert review_undo(viewer=rita) == second
    assert review_undo(viewer=rita) == first
    with pytest.raises(NothingToUndo):
        review_undo(viewer=rita)


def test_labels_from_elsewhere_are_not_taken_back_by_the_queue(rita):
    say(make_read(), 7, rita)

    with pytest.raises(NothingToUndo):
        review_undo(viewer=rita)


# The random tenth


def test_every_tenth_is_drawn_at_random(rita):
    for _ in range(25):
        make_read()

    vias = []
    for _ in range(21):
        vias.append(review_claim(viewer=rita).via)
        review(rita)

    assert [at for at, via in enumerate(vias, 1) if via == Via.RANDOM] == [10, 20]


def test_each_unreviewed_digit_is_as_likely_to_be_drawn(rita):
    digits = [make_read() for _ in range(4)]
    gap = [make_read() for _ in range(4)]
    last = make_read()
    Digit.objects.filter(pk__in=[each.pk for each in gap]).delete()

    drawn = [selectors.digits_at_random(size=1)[0] for _ in range(500)]

    counts = [drawn.count(each) for each in (*digits, last)]
    # 100 each, with a standard deviation of 9; a jump over the gap would give 277.
    assert min(counts) > 50
    assert max(counts) < 150


def test_the_last_of_many_is_drawn_where_few_are_left(rita, monkeypatch):
    monkeypatch.setattr("recognizer.selectors.reviews._drawn_keys", list)
    digit = make_read()

    assert selectors.digits_at_random(size=5) == [digit]


def test_nothing_is_drawn_from_nothing(db):
    assert selectors.digits_at_random(size=5) == []


# Many at once


def test_many_are_confirmed_at_once(rita):
    digits = [make_read(), make_read()]

    assert reviews_confirm(digits=digits, label=7, viewer=rita) == 2
    assert [each.via for each in Correction.objects.all()] == [Via.GRID] * 2


def test_what_was_labelled_since_is_left_as_it_is(rita, sven):
    digit = make_read()
    say(Digit.objects.get(pk=digit.pk), 1, sven)

    assert reviews_confirm(digits=[digit], label=7, viewer=rita) == 0
    assert Digit.objects.get(pk=digit.pk).label == 1


def test_what_another_reviewer_looks_at_is_left_to_him(rita, sven):
    mine, his = make_read(confidence=0.4), make_read(confidence=0.5)
    review_claim(viewer=rita)
    review_claim(viewer=sven)

    reviews_confirm(digits=[mine, his], label=7, viewer=rita)

    assert Digit.objects.get(pk=mine.pk).label == 7
    assert Digit.objects.get(pk=his.pk).label is None


def test_either_all_are_confirmed_or_none(rita, monkeypatch):
    digits = [make_read(), make_read()]

    def break_at_the_second(**given):
        if Correction.objects.exists():
            raise RuntimeError
        return correction_record(**given)

    monkeypatch.setattr(
        "recognizer.services.reviews.correction_record", break_at_the_second
    )
    with pytest.raises(RuntimeError):
        reviews_confirm(digits=digits, label=7, viewer=rita)

    assert not Correction.objects.exists()
