import cv2
import numpy as np
import pytest

from ml.morphology import closed


@pytest.mark.parametrize("shape", [(64, 64), (90, 141), (140, 90)])
@pytest.mark.parametrize("side_px", [1, 3, 19, 33, 65, 101])
def test_it_closes_as_opencv_does(shape, side_px):
    grey = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    kernel = np.ones((side_px, side_px), np.uint8)

    assert np.array_equal(
        closed(grey, side_px), cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel)
    )


def test_a_stroke_goes_and_a_shade_stays():
    grey = np.full((100, 100), 200, np.uint8)
    grey[:, 50:] = 120
    grey[30:70, 20:30] = 10

    paper = closed(grey, 31)

    assert (paper[:, :50] == 200).all()
    assert (paper[:, 50:] == 120).all()
