"""Paper as it would go on beyond what is seen of it: lit by a plane."""

from typing import Final

import numpy as np

from ml.arrays import Grey, Mask

# The plane is fitted to so many pixels at most.
SEEN: Final = 20_000


def paper_beyond(grey: Grey, paper: Mask, margin_px: int = 0) -> Grey:
    """What paper would look like in the picture, and around it.

    Args:
        grey: (H, W).
        paper: (H, W), 1 where there is bare paper; somewhere there must be.
        margin_px: so much around the picture.
    Returns:
        (H + 2 * margin_px, W + 2 * margin_px), by the plane closest to the paper seen
        (least squares).
    """
    height, width = grey.shape
    rows, columns = np.nonzero(paper)
    step = max(1, rows.size // SEEN)
    rows, columns = rows[::step], columns[::step]
    places = np.column_stack((np.ones(rows.size), rows, columns))
    level, down, across = np.linalg.lstsq(places, grey[rows, columns])[0]
    y = np.arange(-margin_px, height + margin_px)[:, None]
    x = np.arange(-margin_px, width + margin_px)
    return np.asarray((level + down * y + across * x + 0.5).clip(0, 255), np.uint8)
