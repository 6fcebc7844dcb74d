"""Paths along which least ink is crossed."""

import numpy as np
import pytest

from ml.seams import PAPER_COST, cheapest, cost_of_ink


def test_a_path_goes_around_ink_where_it_can():
    ink = np.zeros((9, 9), np.uint8)
    ink[4, 2:7] = 255

    path, cost = cheapest(cost_of_ink(ink), 0, 9)

    assert not ink[np.arange(9), path].any()
    assert cost == pytest.approx(9 * PAPER_COST)


def test_it_crosses_where_least_ink_is():
    ink = np.full((9, 9), 200, np.uint8)
    ink[:, 6] = 51

    path, cost = cheapest(cost_of_ink(ink), 0, 9)

    assert path.tolist() == [6] * 9
    assert cost == pytest.approx(9 * (0.2 + PAPER_COST))


def test_it_keeps_to_its_columns_and_moves_one_at_a_time():
    rng = np.random.default_rng(1)
    ink = rng.integers(0, 256, (40, 30)).astype(np.uint8)

    path, cost = cheapest(cost_of_ink(ink), 10, 16)

    assert path.min() >= 10
    assert path.max() < 16
    assert np.abs(np.diff(path)).max() <= 1
    assert cost == pytest.approx(cost_of_ink(ink)[np.arange(40), path].sum(), rel=1e-5)
