"""What is written in the boxes of a form: in each of them one digit, or none.

Lengths are in parts of a box's height where not in px.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask, bounds
from ml.forms import Form
from ml.glyphs import stroke_width
from ml.lines import Line, Part
from ml.pieces import Piece, connected
from ml.search import Segmented, segmented

# What is written goes beyond the boxes by so much at most, and is as high as this.
# Other ink counts as unread if it is so long, in any direction; what is shorter is a
# speck, or a crumb of the lines.
BEYOND: Final = 0.3
LEAST_HEIGHT: Final = 0.3
LEAST_UNREAD: Final = 0.08
# Nothing wider, as a part of its own height, is one digit.
WIDEST: Final = 1.5
# Where more than this part of the boxes has more than a digit in it, they are none.
MOST_CROWDED: Final = 0.5
# What goes on into the next box by more than this part of one is cut between them.
SPANNING: Final = 0.25


@dataclass(frozen=True, slots=True)
class Written:
    """What is written in a form.

    Attributes:
        found: the largest digit, and the ink without the form's lines.
        line: all digits, each a part of its own; None where they share one box.
        touches_lines: whether strokes may have gone with the lines.
        has_beside: whether there is more in line with the boxes.
    """

    found: Segmented
    line: Line | None
    touches_lines: bool
    has_beside: bool

    @property
    def count(self) -> int:
        """How many boxes are filled."""
        return 1 if self.line is None else len(self.line.parts)

    def besides(self, far: "Written") -> "Written":
        """The same, where more stands beside it if it does from far away."""
        if self.line is None or not far.has_beside:
            return self
        return replace(self, line=replace(self.line, has_more_beside=True))


def written_in(found: Segmented, form: Form) -> Written | None:
    """Find what is written in the boxes of a form, which has at most a digit in each.

    Returns:
        None where nothing is, or more than a digit in most boxes: then it is no form.
    """
    ink = _ink_in(found, form)
    parts = _parts(ink, form)
    crowded = sum(_is_crowded(part, ink.inside[part.label], form) for part in parts)
    if crowded > MOST_CROWDED * len(parts) and not form.is_field:
        return None
    filled = [part.label for part in parts]
    own = np.asarray(np.isin(ink.where, filled), np.uint8)
    digit = segmented(found.ink * own, ink.weak & own, ink.strong & own)
    if digit is None:
        return None
    if len(parts) == 1 and not form.is_field:
        # All that is there, also what a line has cut off.
        digit = replace(digit, digit=own, box=parts[0].box)
    # People are shown the lines as well, before they go.
    digit = replace(digit, ink=found.ink)
    touches = any(
        piece.label in ink.at_lines
        for cell in filled
        for piece in ink.inside[cell]
        if piece.height >= LEAST_HEIGHT * form.height_px
    )
    has_gap = filled[-1] - filled[0] >= len(filled)
    line = Line(
        found.ink,
        ink.weak,
        ink.where,
        tuple(parts),
        float(np.median([part.box.height for part in parts])),
        max(1.0, stroke_width(found.ink * own * np.float32(1 / 255))),
        has_more_beside=form.has_others
        or ink.has_beside
        or has_gap
        or crowded > 0
        or _is_unread(ink, filled, form),
        is_parted=True,
    )
    return Written(digit, None if form.is_field else line, touches, ink.has_beside)


def is_empty(found: Segmented, form: Form) -> bool:
    """Whether there is nothing but specks and crumbs, in the boxes or elsewhere."""
    weak = found.weak & (1 - form.lines)
    _, _, pieces = connected(weak, weak)
    return not any(_is_long(piece, form) for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Ink:
    """Ink without the lines of a form, and which of it is in which box.

    Attributes:
        weak, strong: as of `Segmented`.
        where: (H, W) of each px the number of its box, from 1 on; 0 is in none.
        inside: the pieces in each box; what goes into several is in that of its middle.
        has_beside: whether there is ink in line with the boxes, or as high as a digit
            elsewhere.
        at_lines: the labels of pieces that touch lines.
    """

    weak: Mask
    strong: Mask
    where: NDArray[np.int32]
    inside: dict[int, list[Piece]]
    has_beside: bool
    at_lines: frozenset[int]


def _ink_in(found: Segmented, form: Form) -> _Ink:
    weak, strong = found.weak & (1 - form.lines), found.strong & (1 - form.lines)
    labels, _, pieces = connected(weak, strong)
    at_lines = _touching(labels, form)
    ends = np.array([end for _, end in form.cells])
    columns = np.arange(labels.shape[1]) + 0.5
    cell_of = (np.searchsorted(ends[:-1], columns) + 1).astype(np.int32)
    own = np.zeros(int(labels.max()) + 1, np.int32)
    spanning: list[int] = []
    inside: dict[int, list[Piece]] = defaultdict(list)
    has_beside = False
    for piece in pieces:
        if piece.label in at_lines and not _is_long(piece, form):
            continue
        if not _is_in_line(piece, form):
            has_beside |= piece.height >= LEAST_HEIGHT * form.height_px
            continue
        if not form.cells[0][0] <= piece.centre_x <= form.cells[-1][1]:
            has_beside |= _is_long(piece, form)
            continue
        cell = int(cell_of[int(piece.centre_x)])
        inside[cell].append(piece)
        if _spans(piece, form.cells[cell - 1], cell_of):
            spanning.append(piece.label)
        else:
            own[piece.label] = cell
    where = own[labels]
    for label in spanning:
        is_piece = labels == label
        where[is_piece] = np.broadcast_to(cell_of, labels.shape)[is_piece]
    return _Ink(weak, strong, where, inside, has_beside, at_lines)


def _touching(labels: NDArray[np.uint16], form: Form) -> frozenset[int]:
    """The labels of what touches the lines."""
    beside = cv2.dilate(form.lines, np.ones((3, 3), np.uint8)) > 0
    return frozenset(np.unique(labels[beside]).tolist())


def _is_long(piece: Piece, form: Form) -> bool:
    return max(piece.width, piece.height) >= LEAST_UNREAD * form.height_px


def _is_in_line(piece: Piece, form: Form) -> bool:
    """Whether a piece is no further up or down than what is written in boxes."""
    middle = piece.top + piece.height / 2
    above, below = form.box.top - middle, middle - form.box.top - form.box.height
    return max(above, below) <= BEYOND * form.height_px


def _spans(piece: Piece, cell: tuple[float, float], cell_of: NDArray[np.int32]) -> bool:
    """Whether a piece goes far into other boxes than that of its middle."""
    start, stop = cell
    beyond = max(start - piece.left, piece.right - stop)
    is_in_one = cell_of[piece.left] == cell_of[piece.right - 1]
    return not is_in_one and beyond > SPANNING * (stop - start)


def _parts(ink: _Ink, form: Form) -> list[Part]:
    """What is in each box, if it is as high as a digit."""
    parts = []
    for cell in range(1, len(form.cells) + 1):
        box = bounds(np.asarray(ink.where == cell, np.uint8))
        if box is not None and box.height >= LEAST_HEIGHT * form.height_px:
            is_cut_off = box.left == 0 or box.left + box.width == ink.where.shape[1]
            parts.append(Part(cell, box, is_low=False, is_cut_off=is_cut_off))
    return parts


def _is_crowded(part: Part, pieces: Sequence[Piece], form: Form) -> bool:
    """Whether there is more than a digit: something wide, or two pieces in a row."""
    high = [each for each in pieces if each.height >= LEAST_HEIGHT * form.height_px]
    return part.box.width > WIDEST * part.box.height or any(
        max(one.left, two.left) >= min(one.right, two.right)
        for one, two in combinations(high, 2)
    )


def _is_unread(ink: _Ink, filled: Sequence[int], form: Form) -> bool:
    """Whether there is ink in a box that is no digit, nor the bar or half of one."""
    return any(
        _is_long(piece, form)
        and not (cell in filled and _is_of_digit(piece, max(pieces, key=_by_area)))
        for cell, pieces in ink.inside.items()
        for piece in pieces
        if cell in filled or piece.label not in ink.at_lines
    )


def _by_area(piece: Piece) -> int:
    return piece.area


def _is_of_digit(piece: Piece, main: Piece) -> bool:
    """Whether a piece is above, within or below the main one, and not by itself."""
    shared = min(piece.right, main.right) - max(piece.left, main.left)
    return shared >= piece.width / 2 and piece.top <= main.bottom
