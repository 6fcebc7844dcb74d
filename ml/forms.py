"""The boxes of a form: which of the ink is printed around what is written.

Known are boxes in a row that share their sides, boxes apart from each other, combs,
which have no lid, and long boxes, of which a side may be beyond the picture. Lengths
are in parts of a box's height where not in px. What is given here and in `ml.combs`,
`ml.dividers` and `ml.cells` was chosen on made-up forms, with digits kept aside; the
table in docs/benchmarks.md says what they bring together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Mask, bounds, crop, union
from ml.combs import WRITTEN_HEIGHT, teeth_on
from ml.dividers import dividers
from ml.edges import Edge, edge_of, evened, ink_of
from ml.pieces import Piece, connected

# One box is for a number if it is so many times as wide as high; others, with a digit,
# are known to `ml.boxes`. So many boxes are a form; two may be zeros, or a digit whose
# stroke goes from edge to edge of one box.
LONG: Final = 1.4
CERTAIN: Final = 3
# So many pieces of ink are looked at, the largest first; lower ones hold no digit.
MOST_PIECES: Final = 16
LEAST_HEIGHT_PX: Final = 12
# All ink is wider than this part of its height, or a piece of it long, or there are
# more than so many pieces: of most pictures of one digit none holds. Gaps of so many px
# in lines are filled; boxes with more of them are taken if they go so many times as far
# as those with less.
WIDE: Final = 1.0
MANY: Final = 3
GAPS_PX: Final = (0, 5, 11)
MUCH: Final = 1.2
# Boxes in line have their upper and lower edges as near to each other's as this.
UNEVEN: Final = 0.15
# Of a long box that is cut the upper and lower edges are seen along so much of them;
# they are bars if they are so many times as thick as the others.
SEEN: Final = 0.85
BAR: Final = 2.0


@dataclass(frozen=True, slots=True)
class Form:
    """Boxes that were found.

    Attributes:
        lines: (H, W), 1 where they are printed.
        box: around them, in px.
        height_px: of one of them; of a comb as high as what is written in it may be.
        cells: where each begins and ends, in px from the left.
        is_joined: whether so many that they are a form share sides: others may be
            zeros that somebody drew with corners.
        has_others: whether there are boxes in other lines as well.
    """

    lines: Mask
    box: Box
    height_px: float
    cells: tuple[tuple[float, float], ...]
    is_joined: bool
    has_others: bool

    @property
    def is_certain(self) -> bool:
        """Whether they are so many that they are nothing else."""
        return len(self.cells) >= CERTAIN

    @property
    def is_field(self) -> bool:
        """Whether all digits share one box."""
        return len(self.cells) == 1


@dataclass(frozen=True, slots=True)
class _Frame:
    """A piece of ink with the lines in it, and the boxes that these make."""

    piece: Piece
    edges: tuple[Edge, ...]
    cells: tuple[tuple[float, float], ...]
    height: float


def form_in(ink: Mask) -> Form | None:
    """Find the boxes of a form.

    Args:
        ink: (H, W), 1 where there may be some.
    """
    if not _may_be_form(ink):
        return None
    frames: list[_Frame] = []
    for px in GAPS_PX:
        for frame in _frames(_closed(ink, px)):
            # With more gaps filled, strokes run into lines.
            under = [each for each in frames if _overlap(each.piece, frame.piece)]
            if frame.piece.width > MUCH * sum(each.piece.width for each in under):
                frames = [each for each in frames if each not in under] + [frame]
    found, frames = frames, _in_line(frames)
    boxes = sum(len(frame.cells) for frame in frames)
    is_long = boxes == 1 and frames[0].piece.width >= LONG * frames[0].piece.height
    return _form(ink, frames, len(found)) if boxes > 1 or is_long else None


def _may_be_form(ink: Mask) -> bool:
    """Whether ink is wide, a piece of it is long, or there are many pieces."""
    whole = bounds(ink)
    if whole is None:
        return False
    if whole.width >= WIDE * whole.height:
        return True
    _, _, pieces = connected(ink, ink)
    high = [piece for piece in pieces if piece.height >= LEAST_HEIGHT_PX]
    is_long = any(piece.width >= LONG * piece.height for piece in high)
    return is_long or len(high) > MANY


def _closed(ink: Mask, px: int) -> Mask:
    """Ink whose gaps of so many px along lines are filled: pale print is full of them.

    Source: P. Soille, "Morphological image analysis", 2003 (closing).
    """
    if not px:
        return ink
    across, down = np.ones((1, px + 1), np.uint8), np.ones((px + 1, 1), np.uint8)
    closed = [cv2.morphologyEx(ink, cv2.MORPH_CLOSE, each) for each in (across, down)]
    return np.asarray(np.maximum(*closed), np.uint8)


def _frames(ink: Mask) -> Iterator[_Frame]:
    """Boxes, rows of them and combs, the largest first."""
    labels, _, pieces = connected(ink, ink)
    large = [piece for piece in pieces if piece.height >= LEAST_HEIGHT_PX]
    large.sort(key=_area, reverse=True)
    for piece in large[:MOST_PIECES]:
        frame = _frame(piece, _own(labels, piece))
        if frame is not None:
            yield frame


def _area(piece: Piece) -> int:
    return piece.width * piece.height


def _overlap(one: Piece, two: Piece) -> bool:
    is_beside = one.right <= two.left or two.right <= one.left
    return not (is_beside or one.bottom <= two.top or two.bottom <= one.top)


def _form(ink: Mask, frames: Sequence[_Frame], count: int) -> Form:
    """The form of the frames in a line, of so many in all."""
    lines = np.zeros_like(ink)
    for frame in frames:
        own = crop(ink, frame.piece.box)
        found = ink_of(frame.edges, own)
        crop(lines, frame.piece.box)[...] |= found
    box = union([frame.piece.box for frame in frames])
    height = float(np.median([frame.height for frame in frames]))
    # A comb has no lid.
    top = max(0, min(box.top, round(box.top + box.height - height)))
    box = Box(box.left, top, box.width, box.top + box.height - top)
    return Form(
        lines,
        box,
        height,
        tuple(sorted(cell for frame in frames for cell in frame.cells)),
        is_joined=any(len(frame.cells) >= CERTAIN for frame in frames),
        has_others=count > len(frames),
    )


def _own(labels: NDArray[np.uint16], piece: Piece) -> Mask:
    return np.asarray(crop(labels, piece.box) == piece.label, np.uint8)


def _in_line(frames: Sequence[_Frame]) -> list[_Frame]:
    """The largest one and those in line with it, outwards, as lines slope."""
    if not frames:
        return []
    first = max(frames, key=lambda frame: _area(frame.piece))
    rest = [frame for frame in frames if frame is not first]
    rest.sort(key=lambda each: abs(each.piece.centre_x - first.piece.centre_x))
    in_line = [first]
    for frame in rest:
        own = frame.piece
        near = min(
            (each.piece for each in in_line),
            key=lambda piece: abs(piece.centre_x - own.centre_x),
        )
        ends = abs(own.top - near.top), abs(own.bottom - near.bottom)
        if max(ends) <= UNEVEN * first.piece.height:
            in_line.append(frame)
    return in_line


def _frame(piece: Piece, mask: Mask) -> _Frame | None:
    """Find the lines in a piece of ink: a box's, a row's, a comb's."""
    top, bottom = edge_of(mask, 0), edge_of(mask, 2)
    # Most ink is none of these, which is seen at once.
    if top is None and bottom is None:
        return None
    right, left = edge_of(mask, 1), edge_of(mask, 3)
    if top and right and bottom and left:
        return _row(piece, mask, (top, right, bottom, left))
    comb = bottom and _comb(piece, mask, bottom)
    return comb or _cut(piece, mask, (top, right, bottom, left))


def _row(piece: Piece, mask: Mask, sides: Sequence[Edge]) -> _Frame | None:
    """One box, or several that share their sides."""
    even = evened(sides, min(mask.shape))
    between = even and dividers(mask, even)
    if even is None or between is None:
        return None
    _, right, _, left = even
    upright = [
        float(left.rows.mean()) + left.thickness / 2,
        *(_middle(edge, mask) for edge in between),
        _middle(right, mask),
    ]
    return _Frame(piece, (*even, *between), _cells(piece, upright), piece.height)


def _comb(piece: Piece, mask: Mask, bottom: Edge) -> _Frame | None:
    teeth = evened([bottom], mask.shape[0]) and teeth_on(mask, bottom)
    if teeth is None:
        return None
    cells = _cells(piece, [_middle(tooth, mask) for tooth in teeth])
    step = (cells[-1][1] - cells[0][0]) / len(cells)
    height = max(piece.height, WRITTEN_HEIGHT * step)
    return _Frame(piece, (bottom, *teeth), cells, height)


def _cut(piece: Piece, mask: Mask, sides: Sequence[Edge | None]) -> _Frame | None:
    """A long box of which one side is not in the picture."""
    if piece.width < LONG * piece.height:
        return None
    there = [edge for edge in sides if edge]
    flat = [edge for edge in there if not edge.turns % 2]
    if len(there) < 3 or min(edge.seen for edge in flat) < SEEN:
        return None
    edges = evened(there, mask.shape[0])
    if edges is None or max(edge.thickness for edge in flat) > BAR * edges[0].thickness:
        return None
    cell = float(piece.left), float(piece.right)
    return _Frame(piece, tuple(edges), (cell,), piece.height)


def _middle(edge: Edge, mask: Mask) -> float:
    """How far from the left a line stands that was seen from the right: its middle."""
    return float(mask.shape[1] - edge.rows.mean() - edge.thickness / 2)


def _cells(piece: Piece, upright: Sequence[float]) -> tuple[tuple[float, float], ...]:
    places = sorted(piece.left + x for x in upright)
    return tuple(pairwise(places))
