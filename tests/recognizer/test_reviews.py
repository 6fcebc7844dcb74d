import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from recognizer import selectors
from recognizer.models import (
    NOT_A_DIGIT,
    Correction,
    Digit,
    ReviewClaim,
    Via,
    glyph_fingerprint,
)
from recognizer.selectors.reviews import wilson
from recognizer.services.corrections import (
    NothingToUndo,
    correction_record,
    correction_undo,
)
from recognizer.services.predictions import prediction_preview
from recognizer.services.reviews import (
    review_claim,
    review_skip,
    review_undo,
    reviews_confirm,
)
from recognizer.viewers import Viewer
from tests.factories import make_image, make_prediction, make_reading, make_user


def make_read(confidence: float = 0.99, **fields) -> Digit:
    """A digit of somebody's, with a glyph of its own."""
    prediction = make_prediction(visitor=uuid4(), confidence=confidence, **fields)
    digit = prediction.digits.get()
    digit.glyph = prediction.pk.to_bytes(4) * 196
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def say(digit: Digit, label: int, viewer: Viewer, via: Via = Via.PAGE) -> Correction:
    correction = correction_record(digit=digit, label=label, viewer=viewer, via=via)
    assert correction is not None
    return correction


def review(viewer: Viewer, label: int | None = None) -> Digit:
    """Label what the queue gives, as it was read unless told otherwise."""
    claim = review_claim(viewer=viewer)
    assert claim is not None
    say(claim.digit, claim.digit.read_label if label is None else label, viewer)
    return claim.digit


def given(viewer: Viewer) -> Digit | None:
    claim = review_claim(viewer=viewer)
    return claim and claim.digit


def expire(**claims) -> None:
    past = timezone.now() - timedelta(seconds=1)
    ReviewClaim.objects.filter(**claims).update(expires_at=past)


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


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


# Claims


def test_it_stays_the_same_until_it_is_labelled(rita):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)

    assert given(rita) == given(rita) == first
    say(first, 7, rita)
    assert given(rita) == second


def test_asking_again_renews_the_claim(rita):
    make_read()
    first = review_claim(viewer=rita)
    ReviewClaim.objects.update(expires_at=timezone.now() + timedelta(seconds=9))

    again = review_claim(viewer=rita)

    assert again.pk == first.pk
    assert ReviewClaim.objects.get().expires_at == again.expires_at
    assert again.expires_at > timezone.now() + timedelta(minutes=9)


def test_two_reviewers_are_given_different_digits(rita, sven):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)

    assert (given(rita), given(sven)) == (first, second)


def test_nothing_is_left_while_somebody_else_looks_at_the_last_one(rita, sven):
    make_read()
    review_claim(viewer=rita)

    assert review_claim(viewer=sven) is None


def test_an_expired_claim_gives_way(rita, sven):
    digit = make_read()
    review_claim(viewer=rita)
    expire()

    assert given(sven) == digit
    assert given(rita) is None


def test_a_label_of_another_reviewer_ends_the_claim(rita, sven):
    digit = make_read()
    review_claim(viewer=rita)

    say(digit, 7, sven)

    assert not ReviewClaim.objects.exists()


def test_a_proposal_of_the_owner_leaves_the_claim(rita):
    digit = make_read()
    review_claim(viewer=rita)

    say(digit, 1, Viewer(visitor=digit.prediction.visitor))

    assert given(rita) == digit


def test_what_is_labelled_between_finding_and_claiming_is_passed_over(
    rita, sven, monkeypatch
):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    found = [first, second]
    say(Digit.objects.get(pk=first.pk), 7, sven)
    monkeypatch.setattr(selectors, "digits_to_review", lambda **_: (None,))
    monkeypatch.setattr(selectors, "unclaimed", lambda _: found)

    assert given(rita) == second


def test_what_is_claimed_between_finding_and_claiming_is_passed_over(
    rita, sven, monkeypatch
):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    review_claim(viewer=sven)
    monkeypatch.setattr(selectors, "digits_to_review", lambda **_: (None,))
    monkeypatch.setattr(selectors, "unclaimed", lambda _: [first, second])

    assert given(rita) == second


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


# What came of it


def test_what_is_left_is_counted(rita, sven):
    make_read()
    proposed = make_read()
    say(proposed, 1, Viewer(visitor=proposed.prediction.visitor))
    say(make_read(), 7, sven)

    assert selectors.review_progress(viewer=rita).left == 2


def test_more_than_enough_is_not_counted_to_the_end(rita, monkeypatch):
    monkeypatch.setattr("recognizer.selectors.reviews.LEFT_COUNTED", 2)
    for _ in range(3):
        make_read()

    progress = selectors.review_progress(viewer=rita)

    assert (progress.left, progress.has_more) == (2, True)


def test_an_error_is_a_label_other_than_what_was_read(rita):
    make_read()
    make_read()
    review(rita, 1)
    review(rita, 7)

    progress = selectors.review_progress(viewer=rita)

    assert (progress.recent, progress.errors) == (2, 1)


def test_a_refused_scribble_was_read_as_not_a_digit(rita):
    make_read(outcome="not_a_digit")
    make_read(outcome="not_a_digit")
    review(rita, NOT_A_DIGIT)
    review(rita, 7)

    assert selectors.review_progress(viewer=rita).errors == 1


def test_what_was_taken_back_is_no_error(rita):
    make_read()
    digit = review(rita, 1)
    correction_undo(digit=digit, viewer=rita)

    assert selectors.review_progress(viewer=rita).recent == 0


def test_of_a_change_of_mind_only_the_last_word_counts(rita):
    make_read()
    say(review(rita, 1), 7, rita)

    progress = selectors.review_progress(viewer=rita)

    assert (progress.recent, progress.errors) == (1, 0)


def test_labels_from_elsewhere_are_no_reviews(rita):
    say(make_read(), 1, rita)

    assert selectors.review_progress(viewer=rita).recent == 0


def test_the_accuracy_is_that_of_the_random_ones(rita):
    for label in (1, 7, 7, 7):
        digit = make_read()
        ReviewClaim.objects.create(
            digit=digit, user=rita.user, via=Via.RANDOM, expires_at=timezone.now()
        )
        say(digit, label, rita)
    make_read()
    review(rita, 1)  # Chosen for being doubtful: it says nothing of the others.

    accuracy = selectors.review_progress(viewer=rita).accuracy

    assert (accuracy.n, accuracy.share) == (4, 0.75)


def test_there_is_no_accuracy_before_the_first_random_one(rita):
    assert selectors.review_progress(viewer=rita).accuracy is None


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_is_wilsons(right, n, low, high):
    accuracy = wilson(right=right, n=n)

    assert (accuracy.low, accuracy.high) == pytest.approx((low, high), abs=5e-5)


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


# Two at once


@pytest.fixture
def for_threads(transactional_db, tmp_path) -> Iterator[Callable[[], None]]:
    """Call it once the rows are there: then threads have connections of their own.

    SQLite's tests live in memory, where two connections cannot wait for each other:
    the threads get a copy in a file.
    """
    # Undone before the database's own fixture ends, which by another name would close
    # what lives in memory.
    with pytest.MonkeyPatch.context() as patch:

        def share() -> None:
            if connection.vendor != "sqlite":
                return
            path = tmp_path / "db.sqlite3"
            with closing(sqlite3.connect(path)) as copy:
                connection.connection.backup(copy)
            patch.setitem(connections.settings["default"], "NAME", str(path))

        yield share


def drain(viewer: Viewer, start: threading.Barrier, seen: list[int]) -> None:
    start.wait()
    try:
        while (claim := review_claim(viewer=viewer)) is not None:
            seen.append(claim.digit_id)
            say(claim.digit, claim.digit.read_label, viewer)
    finally:
        connections.close_all()


def test_two_reviewers_at_once_never_get_the_same_digit_and_together_get_all(
    for_threads,
):
    viewers = [Viewer(user=make_user(is_staff=True)) for _ in range(2)]
    digits = {make_read().pk for _ in range(30)}
    start, seen = threading.Barrier(2), ([], [])
    for_threads()

    threads = [
        threading.Thread(target=drain, args=(viewer, start, own))
        for viewer, own in zip(viewers, seen, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert seen[0]
    assert seen[1]
    assert len(seen[0]) + len(seen[1]) == len(digits)
    assert {*seen[0], *seen[1]} == digits
