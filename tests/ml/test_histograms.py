import numpy as np
import pytest

from ml.histograms import histogram_of, histogram_of_ink


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 1.0])
def test_every_value_is_counted(share):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (30, 40), np.uint8) * (rng.random((30, 40)) < share)

    counts = np.bincount(pixels.ravel(), minlength=256)

    assert histogram_of(pixels).tolist() == counts.tolist()
    assert histogram_of_ink(pixels).tolist() == [0, *counts[1:]]


def test_only_what_is_asked_for_is_counted():
    pixels = np.array([[0, 7, 7], [0, 7, 255]], np.uint8)
    where = np.array([[1, 0, 1], [0, 1, 0]], np.uint8)

    histogram = histogram_of(pixels, where=where)

    assert (histogram[0], histogram[7], histogram.sum()) == (1, 2, 3)
