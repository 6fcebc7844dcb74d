import numpy as np
import pytest

from ml.calibration import (
    LEAST_SURE,
    SURE_ACCURACY,
    apply_temperature,
    fit_sure_threshold,
    fit_temperature,
)


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
