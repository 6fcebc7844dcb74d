import numpy as np
import pytest

from ml.histograms import histogram_of, histogram_of_ink


@pytest.mark.parametrize("least", [0, 1, 200])
def test_every_value_is_counted(least):
    pixels = np.random.default_rng(1).integers(least, 256, (30, 40), np.uint8)

    counts = np.bincount(pixels.ravel(), minlength=256)

    assert histogram_of(pixels).tolist() == counts.tolist()
    assert histogram_of_ink(pixels).tolist() == [0, *counts[1:]]


def test_only_what_is_asked_for_is_counted():
    pixels = np.array([[0, 7, 7], [0, 7, 255]], np.uint8)
    where = np.array([[1, 0, 1], [0, 1, 0]], np.uint8)

    histogram = histogram_of(pixels, where=where)

    assert (histogram[0], histogram[7], histogram.sum()) == (1, 2, 3)
