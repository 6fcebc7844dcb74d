"""The boxes of a form: which of the ink is printed around what is written.

Known are boxes in a row that share their sides, boxes apart from each other, combs,
which have no lid, and long boxes, of which a side may be beyond the picture. Lengths
are in parts of a box's height where not in px.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Mask, bounds, crop, union
from ml.boxes import THICKEST, thickness_of, with_thickness
from ml.combs import WRITTEN_HEIGHT, teeth_on
from ml.edges import Edge, edge_of, ink_of
from ml.pieces import Piece, connected

# One box is for a number if it is so many times as wide as high; others, with a digit,
# are known to `ml.boxes`. So many boxes are a form whatever there is in them, and no
# more are looked for than the most.
LONG: Final = 1.4
CERTAIN: Final = 3
MOST_BOXES: Final = 16
NARROWEST: Final = 0.5
NARROWEST_OF_TWO: Final = 0.62
LEAST_HEIGHT_PX: Final = 12
# All ink is wider than this part of its height, or a piece of it long. Gaps of so many
# px in lines are filled; boxes with more of them are taken if they go so many times as
# far as those with less.
WIDE: Final = 1.0
GAPS_PX: Final = (0, 5, 11)
MUCH: Final = 1.2
# Boxes in line have their upper and lower edges as near to each other's as this.
UNEVEN: Final = 0.15
# A line between two boxes is seen along so much of it. One that divides a row evenly is
# no further from where it should be than this part of a box's width, or so many px.
SEEN: Final = 0.85
OFF: Final = 0.08
OFF_PX: Final = 2
# Two lines as near to each other as this are one, and so many times as thick at least.
NEAR: Final = 0.15
DOUBLE: Final = 1.6
# Where lines go along a row, this far from its edges, it is a table or squared paper.
FLAT: Final = 0.15


@dataclass(frozen=True, slots=True)
class Form:
    """Boxes that were found.

    Attributes:
        lines: (H, W), 1 where they are printed.
        box: around them, in px.
        height_px: of one of them; of a comb as high as what is written in it may be.
        cells: where each begins and ends, in px from the left.
    """

    lines: Mask
    box: Box
    height_px: float
    cells: tuple[tuple[float, float], ...]

    @property
    def is_certain(self) -> bool:
        """Whether they are so many that they are nothing else: two may be zeros."""
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
    frames = _in_line(frames)
    boxes = sum(len(frame.cells) for frame in frames)
    is_long = boxes == 1 and frames[0].piece.width >= LONG * frames[0].piece.height
    return _form(ink, frames) if boxes > 1 or is_long else None


def _may_be_form(ink: Mask) -> bool:
    """Whether all ink, or a piece of it, is wide, as hardly any digit is."""
    whole = bounds(ink)
    if whole is None:
        return False
    if whole.width >= WIDE * whole.height:
        return True
    _, _, pieces = connected(ink, ink)
    return any(
        piece.width >= LONG * piece.height
        for piece in pieces
        if piece.height >= LEAST_HEIGHT_PX
    )


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
    for piece in large[:MOST_BOXES]:
        frame = _frame(piece, _own(labels, piece))
        if frame is not None:
            yield frame


def _area(piece: Piece) -> int:
    return piece.width * piece.height


def _overlap(one: Piece, two: Piece) -> bool:
    return one.left < two.right and two.left < one.right


def _form(ink: Mask, frames: Sequence[_Frame]) -> Form:
    lines = np.zeros_like(ink)
    for frame in frames:
        own = crop(ink, _box(frame.piece))
        found = ink_of(frame.edges, own)
        crop(lines, _box(frame.piece))[...] |= found
    box = union([_box(frame.piece) for frame in frames])
    height = float(np.median([frame.height for frame in frames]))
    # A comb has no lid.
    top = max(0, min(box.top, round(box.top + box.height - height)))
    box = Box(box.left, top, box.width, box.top + box.height - top)
    return Form(
        lines,
        box,
        height,
        tuple(sorted(cell for frame in frames for cell in frame.cells)),
    )


def _own(labels: NDArray[np.uint16], piece: Piece) -> Mask:
    return np.asarray(crop(labels, _box(piece)) == piece.label, np.uint8)


def _box(piece: Piece) -> Box:
    return Box(piece.left, piece.top, piece.width, piece.height)


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
    thickness = thickness_of(sides)
    if thickness > THICKEST * min(mask.shape):
        return None
    sides = with_thickness(sides, thickness)
    between = _dividers(mask, sides)
    if between is None:
        return None
    _, right, _, left = sides
    upright = [
        float(left.rows.mean()) + thickness / 2,
        *(_middle(edge, mask) for edge in between),
        _middle(right, mask),
    ]
    cells = _cells(piece, upright)
    return _Frame(piece, (*sides, *between), cells, piece.height)


def _comb(piece: Piece, mask: Mask, bottom: Edge) -> _Frame | None:
    if bottom.thickness > THICKEST * mask.shape[0]:
        return None
    teeth = teeth_on(mask, bottom)
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
    thickness = thickness_of(there)
    if thickness > THICKEST * mask.shape[0]:
        return None
    cell = float(piece.left), float(piece.right)
    edges = with_thickness(there, thickness)
    return _Frame(piece, tuple(edges), (cell,), piece.height)


def _middle(edge: Edge, mask: Mask) -> float:
    """How far from the left a line stands that was seen from the right: its middle."""
    return float(mask.shape[1] - edge.rows.mean() - edge.thickness / 2)


def _cells(piece: Piece, upright: Sequence[float]) -> tuple[tuple[float, float], ...]:
    places = sorted(piece.left + x for x in upright)
    return tuple(pairwise(places))


def _dividers(mask: Mask, sides: Sequence[Edge]) -> list[Edge] | None:
    """The lines between boxes in a row.

    Args:
        sides: the row's upper, right, lower and left edge.
    Returns:
        None where lines go from left to right as well: squared paper, or a table.
    """
    height, width = mask.shape
    top, right, bottom, left = sides
    upper, lower = top.rows, height - bottom.rows[::-1]
    first, last = left.rows[::-1], width - right.rows
    tall, across = float((lower - upper).mean()), float((last - first).mean())
    thickness = top.thickness
    lines = _lines_between(mask, first, last, thickness)
    places = np.array([place for place, _, _ in lines])
    chosen = _dividing(places, NARROWEST * tall / across, OFF_PX / across)
    if len(chosen) == 1 and across < 2 * NARROWEST_OF_TWO * tall:
        return []
    beside = [place for place, _, _ in _lines_between(mask.T, upper, lower, thickness)]
    if chosen.size and any(FLAT < place < 1 - FLAT for place in beside):
        return None
    return [
        Edge(1, width - first - (last - first) * middle - wide / 2, wide)
        for middle, wide in _doubled(lines, chosen, thickness, tall / across, across)
    ]


def _doubled(
    lines: Sequence[tuple[float, float, float]],
    chosen: NDArray[np.float64],
    thickness: float,
    near: float,
    across: float,
) -> list[tuple[float, float]]:
    """Each divider's middle and thickness: with its double, if each of them has one.

    Boxes that stand close to each other have two lines between them.
    """
    extents = [
        [
            end
            for _, *ends in lines
            if max(ends[0] - place, place - ends[1]) <= NEAR * near
            for end in ends
        ]
        for place in chosen
    ]
    wide = [(max(ends) - min(ends)) * across for ends in extents]
    if len(wide) > 1 and min(wide) > DOUBLE * thickness:
        return [
            ((max(ends) + min(ends)) / 2, width)
            for ends, width in zip(extents, wide, strict=True)
        ]
    return [(float(place), thickness) for place in chosen]


def _lines_between(
    mask: Mask,
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    thickness: float,
) -> list[tuple[float, float, float]]:
    """Where lines go down all of a box, as shares of the way from left to right.

    Args:
        first, last: (h,) where the box begins and ends in each row, its lines included.
    Returns:
        Of each line where it is most likely, and where it begins and ends.
    """
    height, width = mask.shape
    across = float((last - first).mean())
    shares = np.linspace(0, 1, 2 * max(2, round(across)) + 1)
    x = first[:, None] + (last - first)[:, None] * shares
    thick = cv2.dilate(np.ascontiguousarray(mask), np.ones((1, 3), np.uint8))
    columns = np.floor(x).astype(np.intp).clip(0, width - 1)
    rim = min(height // 3, round(2 * thickness))
    seen = thick[np.arange(height)[:, None], columns][rim : height - rim].mean(axis=0)
    # Where a stroke goes along a line, that is where most is seen, in all of its width.
    window = 2 * max(1, round(thickness)) + 1
    most = np.convolve(seen, np.ones(window) / window, "same")
    flags = np.concatenate(([0], seen >= SEEN, [0])).astype(np.int8)
    found: list[tuple[float, float, float]] = []
    for a, b in np.flatnonzero(np.diff(flags)).reshape(-1, 2):
        best = np.flatnonzero(most[a:b] >= most[a:b].max() - 1e-6) + a
        # What was dilated goes a pixel less far to either side.
        start, stop = shares[a] + 1 / across, shares[b - 1] - 1 / across
        found.append((float(shares[best].mean()), float(start), float(stop)))
    return found


def _dividing(
    places: NDArray[np.float64], least: float, off: float
) -> NDArray[np.float64]:
    """Choose among the places of lines in a row of boxes those between boxes.

    Those that divide it evenly, if there are such: a tall 1 is a line as well.
    """
    inner = places[(places > least) & (places < 1 - least)]
    if not inner.size:
        return inner
    for boxes in range(min(MOST_BOXES, int(1 / least)), 1, -1):
        even = np.arange(1, boxes) / boxes
        nearest = inner[np.abs(inner[:, None] - even).argmin(axis=0)]
        if (np.abs(nearest - even) <= max(off, OFF / boxes)).all():
            return np.asarray(nearest, np.float64)
    gaps = np.diff(np.concatenate(([0.0], inner, [1.0])))
    return inner if gaps.min() >= least else inner[:0]
