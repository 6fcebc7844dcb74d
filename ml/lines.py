"""A line of writing: its parts from left to right, and their ink.

Lengths are in parts of the line's height where not in px: the median height of its
pieces of ink, by their area.

Source: R. Casey, E. Lecolinet, "A survey of methods and strategies in character
segmentation", 1996 (cutting in more ways than are needed).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph, Ink, Mask, around, bounds, crop, union
from ml.glyphs import RIM_INK, make_glyph, stroke_width
from ml.pieces import MOST_PIECES, Piece, connected, is_frame
from ml.seams import Path, cheapest, cost_of_ink
from ml.search import Segmented
from ml.segmentation import SPECK_SHARE, remove_rules

# A piece is as high as a digit between these two, and in line if its middle is no
# further up or down than this from that of the nearest one.
LOWEST: Final = 0.5
HIGHEST: Final = 1.9
OFF_THE_LINE: Final = 0.5
# Lower pieces as near as this may be parts of digits, or commas, if no longer than so.
NEAR_THE_LINE: Final = 0.35
LONGEST_LOW: Final = 1.2
# What is left unread counts from this height: ink anywhere, and what is too pale to be
# read, or lies along a border, near the line.
LEAST_UNREAD: Final = 0.3
# A stroke's soft rim goes so many px beyond it.
RIM_PX: Final = 2
# Of smaller writing nothing can be read, in px.
LEAST_HEIGHT_PX: Final = 8

# Paths along which a part is cut begin so far from its ends and from each other, and
# wander as far to either side. They cross so many strokes at most, and those that run
# as near to each other as this count once.
STEP: Final = 0.1
MOST_STROKES: Final = 2.5
ALIKE: Final = 0.1
LEAST_ALIKE_PX: Final = 1.5


@dataclass(frozen=True, slots=True)
class Part:
    """Connected ink, or what cuts leave together of it.

    Attributes:
        label: its own, in `Line.where`.
        box: in px.
        is_low: too low for a digit, but maybe a part of one: the roof of a 5, a comma.
        is_cut_off: it meets the left or the right border.
        before: the part from which it was cut off, by its label; None where the ink
            begins.
        strokes: how many that cut crosses.
    """

    label: int
    box: Box
    is_low: bool
    is_cut_off: bool
    before: int | None = None
    strokes: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """The parts of a line, ordered by their middles.

    Attributes:
        ink, weak: (H, W) of the whole picture, as of `Segmented`.
        where: (H, W) of each px the label of its part, or of other ink; 0 is paper.
        height_px, stroke_px: of the line, and the mean width of its strokes.
        has_more_beside: whether there is other ink, as high as parts of digits; where
            boxes part it, whether it may be less than all that is written.
        is_parted: whether each part is known to be all of a digit.
    """

    ink: Ink
    weak: Mask
    where: NDArray[np.int32]
    parts: tuple[Part, ...]
    height_px: float
    stroke_px: float
    has_more_beside: bool
    is_parted: bool = False

    @property
    def box(self) -> Box:
        return union([part.box for part in self.parts])

    def cuts_off(self, labels: Collection[int]) -> bool:
        """Whether a cut goes between some parts and others."""
        return any(
            part.before is not None
            and (part.before in labels) != (part.label in labels)
            for part in self.parts
        )

    def glyph_of(self, parts: Sequence[Part]) -> tuple[Glyph, Box] | None:
        """Parts as one glyph, and the box of their ink; None where none is left."""
        window = around(union([part.box for part in parts]), RIM_PX, self.weak.shape)
        where = crop(self.where, window)
        own = np.isin(where, [part.label for part in parts]).astype(np.uint8)
        # The soft rim of a stroke belongs to it; a neighbour's ink does not.
        rim = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)), np.uint8)
        ink = crop(self.ink, window) * (rim & (own | (1 - crop(self.weak, window))))
        box = bounds(np.asarray(ink > RIM_INK, np.uint8))
        if box is None:
            return None
        glyph = make_glyph(crop(ink, box) * np.float32(1 / 255))
        left, top = window.left + box.left, window.top + box.top
        return glyph, Box(left, top, box.width, box.height)

    def cut(self, parts: Collection[Part]) -> "Line":
        """The same line with some of its parts cut wherever they may be two."""
        where = self.where.copy()
        free = int(where.max()) + 1
        result = [part for part in self.parts if part not in parts]
        for part in parts:
            pieces = self._cut(part, where, free)
            free += len(pieces)
            result += pieces
        return replace(self, where=where, parts=_in_order(result))

    def _cut(self, part: Part, where: NDArray[np.int32], free: int) -> list[Part]:
        """Cut one part; labels from `free` on go into `where`."""
        box = part.box
        region = crop(where, box)
        own = region == part.label
        columns = np.arange(box.width)
        done = np.full(box.height, -1)
        pieces: list[Part] = []
        crossed = 0.0
        for path, strokes in self._ways_down(crop(self.ink, box) * own):
            # Where two paths cross each other there is nothing between them.
            reach = np.maximum(path, done)
            piece = own & (columns > done[:, None]) & (columns <= reach[:, None])
            within = bounds(piece.astype(np.uint8))
            done = reach
            if within is None:
                crossed = max(crossed, strokes)
                continue
            label = free + len(pieces)
            region[piece] = label
            left, top = box.left + within.left, box.top + within.top
            cut = Part(
                label,
                Box(left, top, within.width, within.height),
                is_low=False,
                is_cut_off=left == 0 or left + within.width == where.shape[1],
            )
            if pieces:
                cut = replace(cut, before=label - 1, strokes=crossed)
            pieces.append(cut)
            crossed = strokes
        return pieces

    def _ways_down(self, ink: Ink) -> Iterator[tuple[Path, float]]:
        """Paths from left to right with the strokes that each crosses; the end last."""
        cost, width = cost_of_ink(ink), ink.shape[1]
        step = STEP * self.height_px
        reach = max(1, round(step))
        alike = max(LEAST_ALIKE_PX, ALIKE * self.height_px)
        kept: list[tuple[Path, float]] = []
        for middle in np.arange(step, width - step, max(1.0, step)).round().astype(int):
            start, stop = max(0, middle - reach), min(width, middle + reach + 1)
            path, crossed = cheapest(cost, start, stop)
            strokes = crossed / self.stroke_px
            if strokes > MOST_STROKES:
                continue
            if kept and np.abs(path - kept[-1][0]).mean() < alike:
                if strokes < kept[-1][1]:
                    kept[-1] = path, strokes
            else:
                kept.append((path, strokes))
        yield from kept
        yield np.full(len(ink), width), 0.0


def line_of(found: Segmented) -> Line | None:
    """Find what is in line with a digit.

    Returns:
        None where it is too small to be read, or where there is so much ink that not
        all of it was looked at.
    """
    mask = remove_rules(found.weak)
    # Also what is too pale to be read: it is there.
    labels, _, pieces = connected(mask, mask)
    is_strong = np.zeros(int(labels.max()) + 1, np.bool_)
    is_strong[labels[(found.strong & mask).view(np.bool_)]] = True
    sound = [p for p in pieces if is_strong[p.label] and not is_frame(p, mask)]
    own = np.bincount(labels[found.digit.view(np.bool_)], minlength=is_strong.size)
    main = max(sound, key=lambda piece: own[piece.label], default=None)
    if main is None or not own[main.label]:
        return None
    high = _high(main, sound)
    height_px = _median_height(high)
    if height_px < LEAST_HEIGHT_PX:
        return None
    high = [each for each in high if each.height >= LOWEST * height_px]
    least = SPECK_SHARE * float(np.median([each.area for each in high]))
    if len(pieces) == MOST_PIECES and pieces[-1].area >= least:
        return None
    low = [
        each
        for each in sound
        if each not in high and each.area >= least and _is_low(each, high, height_px)
    ]
    read = [each.label for each in (*high, *low)]
    has_more = any(
        each.label not in read
        and each.height >= LEAST_UNREAD * height_px
        and (each in sound or _is_near(each, high, height_px))
        for each in pieces
    )
    ink = found.ink * np.isin(labels, [each.label for each in high])
    return Line(
        found.ink,
        found.weak,
        labels.astype(np.int32),
        _in_order([_part(p, mask.shape, is_low=p not in high) for p in high + low]),
        height_px,
        max(1.0, stroke_width(ink * np.float32(1 / 255))),
        has_more,
    )


def _high(main: Piece, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces in line with one, itself among them, that are as high, or so."""
    as_high = [
        piece
        for piece in pieces
        if piece is not main
        and LOWEST * main.height <= piece.height <= HIGHEST * main.height
    ]
    # Outwards, as lines slope.
    as_high.sort(key=lambda piece: abs(piece.centre_x - main.centre_x))
    in_line = [main]
    for piece in as_high:
        near = min(in_line, key=lambda each: abs(each.centre_x - piece.centre_x))
        if abs(_middle(piece) - _middle(near)) <= OFF_THE_LINE * main.height:
            in_line.append(piece)
    return in_line


def _median_height(pieces: Sequence[Piece]) -> float:
    by_height = sorted(pieces, key=lambda piece: piece.height)
    areas = np.cumsum([piece.area for piece in by_height])
    return float(by_height[int(np.searchsorted(areas, areas[-1] / 2))].height)


def _is_low(piece: Piece, high: Sequence[Piece], height_px: float) -> bool:
    """Whether it may be a part of a digit, or a comma."""
    if piece.height > (1 - LOWEST / 2) * height_px:
        return False
    return piece.width < LONGEST_LOW * height_px and _is_near(piece, high, height_px)


def _is_near(piece: Piece, high: Sequence[Piece], height_px: float) -> bool:
    near = min(
        high, key=lambda each: max(each.left - piece.right, piece.left - each.right)
    )
    above = near.top - NEAR_THE_LINE * height_px
    return above <= _middle(piece) <= near.bottom + NEAR_THE_LINE * height_px


def _part(piece: Piece, shape: tuple[int, ...], *, is_low: bool) -> Part:
    is_cut_off = piece.left == 0 or piece.right == shape[1]
    return Part(piece.label, piece.box, is_low, is_cut_off)


def _in_order(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.box.left + part.box.width / 2))


def _middle(piece: Piece) -> float:
    return piece.top + piece.height / 2
