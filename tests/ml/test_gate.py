from dataclasses import replace

import numpy as np
import pytest

from ml.gate import Scores, answered, judge, mnist_scores
from ml.outcomes import NOT_A_DIGIT_LABEL

SAME = Scores(mnist=0.9957, recalls=(0.995,) * 10, held_out=0.9)


def failed(after, before=SAME):
    return [test.name for test in judge(before, after) if not test.is_passed]


def test_the_same_scores_pass():
    assert failed(SAME) == []


@pytest.mark.parametrize(
    ("mnist", "names"), [(0.9952, []), (0.9951, ["MNIST test set"])]
)
def test_mnist_may_fall_by_five_hundredths_of_a_point(mnist, names):
    assert failed(replace(SAME, mnist=mnist)) == names


@pytest.mark.parametrize(("recall", "names"), [(0.992, []), (0.9919, ["recall of 4"])])
def test_a_digits_recall_may_fall_by_three_tenths_of_a_point(recall, names):
    recalls = tuple(recall if digit == 4 else 0.995 for digit in range(10))

    assert failed(replace(SAME, recalls=recalls)) == names


def test_held_out_labels_may_not_fall_at_all():
    assert failed(replace(SAME, held_out=0.8999)) == ["held-out labels"]


def test_without_held_out_labels_there_is_nothing_to_fall():
    nothing = replace(SAME, held_out=None)

    assert failed(nothing, before=nothing) == []


def test_recall_is_counted_for_each_digit():
    labels = np.array([1, 1, 2, 2, 2, 2], np.uint8)

    accuracy, recalls = mnist_scores(np.array([1, 7, 2, 2, 2, 10]), labels)

    assert accuracy == pytest.approx(4 / 6)
    assert (recalls[1], recalls[2], recalls[0]) == (0.5, 0.75, 1.0)


def test_what_is_refused_is_answered_as_no_digit():
    probabilities = np.zeros((2, 11))
    probabilities[:, 3], probabilities[:, 10] = 0.3, (0.69, 0.7)

    assert answered(probabilities, 0.7).tolist() == [3, NOT_A_DIGIT_LABEL]


def since_the_first(after, first):
    tests = judge(after, after, first)
    return [test.name for test in tests if not test.is_passed]


def test_small_losses_do_not_add_up():
    first = replace(SAME, mnist=SAME.mnist + 0.0006)

    assert since_the_first(SAME, first) == ["MNIST since the first"]


def test_of_the_recalls_the_one_that_fell_most_is_held_against_the_first():
    recalls = [0.995] * 10
    recalls[2], recalls[7] = 0.997, 0.9981
    first = replace(SAME, recalls=tuple(recalls))

    assert since_the_first(SAME, first) == ["recall of 7 since the first"]


def test_who_lost_nothing_since_the_first_passes():
    assert since_the_first(SAME, SAME) == []
