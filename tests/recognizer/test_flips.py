import pytest

from recognizer import selectors
from recognizer.models import Digit, Review
from recognizer.selectors import Change
from tests.factories import (
    make_confirmed,
    make_prediction,
    make_scores,
)


@pytest.fixture
def flips(live, candidate) -> dict[str, Digit]:
    """One digit of each kind, all of them 7s; what 1 and then 2 answers."""
    made = {}
    for name, answers, is_held_out in (
        ("better", (1, 7), True),
        ("better, taught", (1, 7), False),
        ("worse", (7, 10), True),
        ("right", (7, 7), True),
        ("wrong", (1, 2), True),
    ):
        made[name] = make_confirmed(is_held_out=is_held_out)
        make_scores(made[name], dict(zip((1, 2), answers, strict=True)))
    for name, answers in (("changed", (1, 7)), ("same", (7, 7))):
        made[name] = make_prediction().digits.get()
        make_scores(made[name], dict(zip((1, 2), answers, strict=True)))
    make_scores(make_confirmed(), {1: 7})  # Only one of them was asked.
    return made


def test_flips_are_counted_and_the_held_out_ones_apart(flips, live, candidate):
    counts = selectors.flip_counts(version=candidate, against=live)

    assert counts.held_out == selectors.FlipTally(1, 1, 1, 1)
    assert counts.taught == selectors.FlipTally(to_right=1)
    assert (counts.changed, counts.others, counts.n) == (1, 2, 7)
    assert (counts.to_right, counts.to_wrong) == (2, 1)


def test_accuracy_before_and_after_is_that_of_the_same_digits(flips, live, candidate):
    tally = selectors.FlipTally(to_right=2, to_wrong=1, stayed_right=5, stayed_wrong=2)

    assert (tally.n, tally.before.share, tally.after.share) == (10, 0.6, 0.7)
    assert selectors.FlipTally().before is None


@pytest.mark.parametrize(
    ("change", "names"),
    [
        # What is held out comes first.
        (Change.TO_RIGHT, ["better", "better, taught"]),
        (Change.TO_WRONG, ["worse"]),
        (Change.CHANGED, ["changed"]),
    ],
)
def test_flips_are_listed(flips, live, candidate, change, names):
    rows = selectors.flip_digits(version=candidate, against=live, change=change)

    assert list(rows) == [flips[name] for name in names]


def test_a_flip_has_both_answers(flips, live, candidate):
    (row,) = selectors.flip_digits(
        version=candidate, against=live, change=Change.TO_WRONG
    )

    assert (row.was, row.now, row.was_confidence) == (7, 10, 0.9)


@pytest.mark.parametrize("review", [Review.PROPOSED, Review.DISPUTED])
def test_a_label_that_nobody_confirmed_makes_nothing_right(live, candidate, review):
    digit = make_confirmed()
    Digit.objects.update(review=review)
    make_scores(digit, {1: 1, 2: 7})

    counts = selectors.flip_counts(version=candidate, against=live)

    assert (counts.to_right, counts.changed) == (0, 1)
