import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from ml.metrics import (
    auroc,
    chance_of_flips,
    coverage_curve,
    expected_calibration_error,
    reliability,
)


def floats(*values):
    return np.array(values, np.float64)


def flags(*values):
    return np.array(values, np.bool_)


def test_a_bin_holds_its_upper_edge_and_not_its_lower_one():
    bins = reliability(floats(0.5, 0.51), flags(1, 1), bins=2)

    assert [(each.low, each.high, each.n) for each in bins] == [
        (0.0, 0.5, 1),
        (0.5, 1.0, 1),
    ]


def test_no_confidence_and_all_of_it_have_their_bins():
    bins = reliability(floats(0.0, 1.0), flags(0, 1))

    assert [(each.low, each.high) for each in bins] == [
        (0.0, pytest.approx(1 / 15)),
        (pytest.approx(14 / 15), 1.0),
    ]


def test_a_bin_has_its_mean_confidence_and_its_accuracy():
    (only,) = reliability(floats(0.7, 0.72, 0.73), flags(1, 0, 1))

    assert only.confidence == pytest.approx(2.15 / 3)
    assert only.accuracy == pytest.approx(2 / 3)


def test_ece_weighs_the_gaps_by_their_answers():
    # (0.5, 1]: four answers of 0.9 on average, three right, gap 0.15.
    # (0, 0.5]: one answer of 0.3, wrong, gap 0.3.
    confidence, right = floats(1.0, 0.8, 0.9, 0.9, 0.3), flags(1, 1, 1, 0, 0)

    error = expected_calibration_error(confidence, right, bins=2)

    assert error == pytest.approx((4 * 0.15 + 1 * 0.3) / 5)


def test_ece_of_what_means_what_it_says_is_0():
    confidence, right = floats(0.75, 0.75, 0.75, 0.75), flags(1, 1, 0, 1)

    assert expected_calibration_error(confidence, right) == 0.0


def test_ece_of_nothing_is_none():
    assert expected_calibration_error(floats(), flags()) is None


def test_the_coverage_curve_goes_from_the_most_confident_to_all():
    curve = coverage_curve(floats(0.6, 0.9, 0.8, 0.7), flags(1, 1, 0, 1))

    assert [(each.confidence, each.coverage, each.accuracy) for each in curve] == [
        (0.9, 0.25, 1.0),
        (0.8, 0.5, 0.5),
        (0.7, 0.75, pytest.approx(2 / 3)),
        (0.6, 1.0, 0.75),
    ]


def test_answers_of_one_confidence_are_covered_together():
    curve = coverage_curve(floats(0.9, 0.5, 0.9), flags(0, 1, 1))

    assert [(each.coverage, each.accuracy) for each in curve] == [
        (pytest.approx(2 / 3), 0.5),
        (1.0, pytest.approx(2 / 3)),
    ]


def test_without_answers_there_is_no_curve():
    assert coverage_curve(floats(), flags()) == []


def test_auroc_counts_the_pairs_in_order():
    # 0.9 > 0.8, 0.9 > 0.1, 0.4 > 0.1, but 0.4 < 0.8.
    assert auroc(floats(0.9, 0.4), floats(0.8, 0.1)) == 0.75


def test_auroc_counts_ties_half():
    assert auroc(floats(0.5, 0.9), floats(0.5, 0.1)) == (0.5 + 3) / 4


@pytest.mark.parametrize(
    ("positive", "negative", "expected"), [(1.0, 0.0, 1.0), (0.0, 1.0, 0.0)]
)
def test_auroc_of_what_is_parted_is_1_or_0(positive, negative, expected):
    assert auroc(floats(positive), floats(negative)) == expected


def test_auroc_of_what_tells_nothing_is_a_half():
    assert auroc(floats(0.3, 0.3), floats(0.3)) == 0.5


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0)])
def test_auroc_with_an_empty_side_is_none(n, m):
    assert auroc(np.zeros(n), np.zeros(m)) is None


def test_auroc_agrees_with_scikit_learn():
    random = np.random.default_rng(5)
    positive = random.normal(0.5, 1, 200).round(1)  # rounded, so that many tie
    negative = random.normal(0.0, 1, 300).round(1)

    expected = roc_auc_score(
        [1] * 200 + [0] * 300, np.concatenate([positive, negative])
    )

    assert auroc(positive, negative) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("to_right", "to_wrong"), [(0, 0), (1, 0), (5, 14), (40, 40), (0, 3000), (9, 2)]
)
def test_the_chance_of_flips_agrees_with_scipy(to_right, to_wrong):
    flips = to_right + to_wrong
    expected = binomtest(to_right, flips, 0.5).pvalue if flips else 1.0

    assert chance_of_flips(to_right, to_wrong) == pytest.approx(expected)
    assert chance_of_flips(to_wrong, to_right) == pytest.approx(expected)
