"""Connected pieces of ink, and how they lie in the picture.

All boxes and masks are in pixels of the array given.
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Mask

MOST_PIECES: Final = 64
# Within this part of the picture, measured from a border, lies a border's shadow or
# a slice of a neighbour.
EDGE_SHARE: Final = 0.04
# Ink that lies along the border for more than this part of its box's outline is not
# a digit: a band along one side, or a frame all around.
BAND_CONTACT: Final = 0.3
FRAME_CONTACT: Final = 0.6


class Side(Enum):
    """A side of the picture."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Piece:
    """One connected piece of ink: its label, box and area, in px."""

    label: int
    left: int
    top: int
    width: int
    height: int
    area: int
    centre_x: float
    centre_y: float

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.top + self.height

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.width, self.height)


def connected(
    mask: Mask, strong: Mask
) -> tuple[NDArray[np.uint16], NDArray[np.int32], list[Piece]]:
    """Label the connected ink.

    Returns:
        The label of every pixel (0 is paper), the area of every label (0 px for paper
        and for ink without any strong pixel), and the largest pieces.
    """
    # 16 bits hold the labels of any mask of 500x500 px, and are counted three times as
    # fast as 32.
    _, labels, stats, centres = cv2.connectedComponentsWithStats(
        mask, connectivity=8, ltype=cv2.CV_16U
    )
    is_alive = np.zeros(len(stats), np.bool_)
    is_alive[labels[(strong & mask).view(np.bool_)]] = True
    is_alive[0] = False
    areas = np.where(is_alive, stats[:, cv2.CC_STAT_AREA], 0).astype(np.int32)
    # No digit has so many parts; salt on a scan makes thousands.
    largest = np.argsort(-areas, kind="stable")[:MOST_PIECES]
    pieces = [
        Piece(int(label), *stats[label].tolist(), *centres[label].tolist())
        for label in largest
        if areas[label] > 0
    ]
    return np.asarray(labels, np.uint16), areas, pieces


def is_frame(piece: Piece, mask: Mask) -> bool:
    """Ink along a border: the edge of a scan, a shadow, a cut-off neighbour's tip."""
    height, width = mask.shape
    edge_x, edge_y = max(1.0, EDGE_SHARE * width), max(1.0, EDGE_SHARE * height)
    hugs_side = piece.right <= edge_x or piece.left >= width - edge_x
    hugs_end = piece.bottom <= edge_y or piece.top >= height - edge_y
    touching = contact(piece, mask)
    # A digit that was cut out tightly lies in the middle; so does a whole frame.
    is_central = (
        abs(piece.centre_x / width - 0.5) < 0.2
        and abs(piece.centre_y / height - 0.5) < 0.2
    )
    limit = FRAME_CONTACT if is_central else BAND_CONTACT
    return hugs_side or hugs_end or touching > limit


def contact(piece: Piece, mask: Mask) -> float:
    """Part of the outline of the piece's box that is ink on the picture's border."""
    height, width = mask.shape
    rows = slice(piece.top, piece.bottom)
    columns = slice(piece.left, piece.right)
    touching = 0
    if piece.left == 0:
        touching += int(mask[rows, 0].sum())
    if piece.right == width:
        touching += int(mask[rows, -1].sum())
    if piece.top == 0:
        touching += int(mask[0, columns].sum())
    if piece.bottom == height:
        touching += int(mask[-1, columns].sum())
    return touching / (2 * (piece.width + piece.height))


def is_cut(piece: Piece, shape: tuple[int, ...]) -> bool:
    """Whether a border of the picture cuts the piece off."""
    height, width = shape
    beside = piece.left == 0 or piece.right == width
    return beside or piece.top == 0 or piece.bottom == height


def cut_sides(piece: Piece, shape: tuple[int, ...]) -> set[Side]:
    """Where a border cuts the piece off; a rule from border to border is not cut."""
    height, width = shape
    sides = set()
    if (piece.left == 0) != (piece.right == width):
        sides.add(Side.LEFT if piece.left == 0 else Side.RIGHT)
    if (piece.top == 0) != (piece.bottom == height):
        sides.add(Side.TOP if piece.top == 0 else Side.BOTTOM)
    return sides


def weight(piece: Piece, shape: tuple[int, ...]) -> float:
    """How likely this is the digit: large, central, not cut by a border."""
    height, width = shape
    away_x = abs(piece.centre_x / width - 0.5) * 2
    away_y = abs(piece.centre_y / height - 0.5) * 2
    away = max(away_x, away_y)
    extent = float(max(piece.width, piece.height)) * math.sqrt(piece.area)
    cut = 0.3 if away > 0.5 and is_cut(piece, shape) else 1.0
    return extent * cut * (1.0 - 0.7 * away**2)


def union(pieces: list[Piece]) -> Piece:
    """The pieces as one; of its centre only the box's matters."""
    left, top = min(p.left for p in pieces), min(p.top for p in pieces)
    right, bottom = max(p.right for p in pieces), max(p.bottom for p in pieces)
    return Piece(
        label=0,
        left=left,
        top=top,
        width=right - left,
        height=bottom - top,
        area=sum(p.area for p in pieces),
        centre_x=(left + right) / 2,
        centre_y=(top + bottom) / 2,
    )
