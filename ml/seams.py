"""Paths from the top of a picture to its bottom along which least ink is crossed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Of two paths through bare paper the shorter one.
PAPER_COST: Final = 0.002

Path = NDArray[np.intp]  # (H,) the column in each row


def cost_of_ink(ink: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What it costs to cross each pixel; full ink costs 1."""
    return ink * np.float32(1 / 255) + np.float32(PAPER_COST)


def cheapest(cost: NDArray[np.float32], start: int, stop: int) -> tuple[Path, float]:
    """The cheapest way down within some columns, a column to either side per row.

    Args:
        cost: (H, W) of crossing a pixel.
        start, stop: the columns.
    Returns:
        The path, and what it costs.
    Source: R. Bellman, "Dynamic programming", 1957.
    """
    band = np.pad(cost[:, start:stop], ((0, 0), (1, 1)), constant_values=np.inf)
    total = band[0]
    came_from = np.zeros(band.shape, np.intp)
    for row in range(1, len(band)):
        above = np.stack((total[:-2], total[1:-1], total[2:]))
        best = above.argmin(axis=0)
        came_from[row, 1:-1] = best - 1
        total = band[row].copy()
        total[1:-1] += above[best, np.arange(best.size)]
    path = np.empty(len(band), np.intp)
    place = int(total.argmin())
    for row in range(len(band) - 1, -1, -1):
        path[row] = place - 1 + start
        place += int(came_from[row, place])
    return path, float(total.min())
