"""Digits and letters by made-up hands."""

import numpy as np
import pytest

from ml.allographs import DIGIT_FORMS, LETTER_FORMS
from ml.artifacts import SHIPPED
from ml.datasets import written_digits
from ml.fonts import LIKE_DIGITS
from ml.handwriting import curve, parsed, write, written_letters
from ml.inference import Recognizer

FORMS = [form for of_one in (*DIGIT_FORMS, *LETTER_FORMS.values()) for form in of_one]


def test_each_digit_is_written_as_often():
    digits = written_digits(50)

    assert digits.images.shape == (50, 28, 28)
    assert np.array_equal(np.bincount(digits.labels), [5] * 10)


def test_most_written_digits_are_read_as_what_they_are():
    digits = written_digits(500, seed=7)

    read = Recognizer.load(SHIPPED).probabilities(digits.images).argmax(axis=1)

    assert (read == digits.labels).mean() > 0.9


def test_no_two_written_digits_are_the_same():
    digits = written_digits(200)

    assert len({image.tobytes() for image in digits.images}) == 200


def test_the_same_seed_writes_the_same_digits():
    one, same, other = (written_digits(20, seed=seed) for seed in (1, 1, 2))

    assert one.fingerprint() == same.fingerprint()
    assert one.fingerprint() != other.fingerprint()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_noted_within_its_box_and_leaves_ink(form):
    points = np.concatenate([stroke.points for stroke in parsed(form)])

    assert points.min() >= -10
    assert points.max() <= 120
    assert write(parsed(form), np.random.default_rng(1)).sum() > 10_000


def test_a_corner_is_noted_but_at_the_ends_of_a_stroke():
    (stroke,) = parsed("0,0! 50,20! 100,0!")

    assert stroke.corners == (1,)


def test_a_bar_means_that_the_pen_is_lifted():
    assert len(parsed("5,5 92,2! 55,50 35,100 | 20,52 85,48")) == 2


def test_a_curve_passes_through_its_points():
    points = np.array([[0.0, 0], [50, 80], [100, 0]])

    line = curve(points)

    for point in points:
        assert np.abs(line - point).sum(axis=1).min() < 1e-9


def test_nothing_that_looks_like_a_digit_is_written_as_a_letter():
    # With its bar, a J does not.
    assert not LIKE_DIGITS & (set(LETTER_FORMS) - {"J"})


def test_letters_are_written_once_a_process():
    assert written_letters(20) is written_letters(20)
