import numpy as np
import pytest

from ml.calibration import (
    LEAST_REFUSAL,
    LEAST_SURE,
    REFUSED_DIGITS,
    SURE_ACCURACY,
    apply_temperature,
    fit,
    fit_reject_threshold,
    fit_sure_threshold,
    fit_temperature,
)
from ml.outcomes import NOT_A_DIGIT_LABEL


def make_answers(
    *, n: int, sharpness: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Answers that are right as often as they say, then sharpened."""
    rng = np.random.default_rng(seed)
    honest = rng.dirichlet(np.full(10, 0.05), size=n)
    labels = np.array([rng.choice(10, p=row) for row in honest], np.uint8)
    return apply_temperature(honest, 1 / sharpness), labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.0])
def test_the_temperature_undoes_too_much_and_too_little_confidence(sharpness):
    probabilities, labels = make_answers(n=4000, sharpness=sharpness)

    assert fit_temperature(probabilities, labels) == pytest.approx(sharpness, rel=0.1)


def test_rows_still_sum_to_one():
    probabilities, _ = make_answers(n=50, sharpness=1)

    assert apply_temperature(probabilities, 0.3).sum(axis=1) == pytest.approx(1)


def test_the_temperature_changes_no_answer():
    probabilities, _ = make_answers(n=200, sharpness=1)

    cooled = apply_temperature(probabilities, 3.0)

    assert np.array_equal(cooled.argmax(1), probabilities.argmax(1))


def test_sure_answers_are_right_as_often_as_promised():
    probabilities, labels = make_answers(n=20_000, sharpness=1)

    threshold = fit_sure_threshold(probabilities, labels)

    sure = probabilities.max(axis=1) >= threshold
    assert sure.any()
    right = probabilities[sure].argmax(1) == labels[sure]
    assert right.mean() >= SURE_ACCURACY
    assert threshold >= LEAST_SURE


def test_nothing_is_sure_when_everything_is_wrong():
    probabilities = np.eye(10)[np.arange(10)]
    labels = ((np.arange(10) + 1) % 10).astype(np.uint8)

    assert fit_sure_threshold(probabilities, labels) == 1.0


def test_few_digits_are_refused():
    not_a_digit = np.random.default_rng(1).random(10_000) ** 0.1

    threshold = fit_reject_threshold(not_a_digit)

    assert (not_a_digit >= threshold).mean() == pytest.approx(REFUSED_DIGITS, abs=1e-3)


def test_what_is_more_likely_a_digit_is_never_refused():
    assert fit_reject_threshold(np.zeros(100)) == LEAST_REFUSAL


def test_all_three_are_fitted_at_once():
    labels = np.array([*range(10), NOT_A_DIGIT_LABEL] * 20, np.uint8)
    probabilities = np.eye(11)[labels] * 0.89 + 0.01

    fitted = fit(probabilities, labels)

    assert fitted.temperature < 1
    assert LEAST_SURE <= fitted.sure_threshold <= 1
    assert fitted.reject_threshold == LEAST_REFUSAL


def test_what_is_no_digit_has_no_say_in_the_temperature():
    probabilities, labels = make_answers(n=500, sharpness=1)
    probabilities = np.pad(probabilities, ((0, 0), (0, 1)))
    # These are all called a 0, with certainty.
    more = np.eye(11)[np.zeros(200, int)]
    no_digits = np.full(200, NOT_A_DIGIT_LABEL, np.uint8)

    fitted = fit(
        np.concatenate((probabilities, more)), np.concatenate((labels, no_digits))
    )

    assert fitted.temperature == fit_temperature(probabilities, labels)
