import pytest
from django.utils import timezone

from recognizer import selectors
from recognizer.models import NOT_A_DIGIT, ReviewClaim, Via
from recognizer.selectors.reviews import wilson
from recognizer.services.corrections import correction_undo
from recognizer.viewers import Viewer
from tests.recognizer.reviewing import make_read, review, say


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
