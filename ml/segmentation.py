"""Which of the ink in a picture is the digit.

All boxes and masks are in pixels of the array given.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Mask
from ml.pieces import (
    Piece,
    Side,
    connected,
    contact,
    cut_sides,
    is_cut,
    is_frame,
    union,
    weight,
)

# A rule or frame spans the page; a stroke of a digit in a tight crop seldom touches
# both borders and is seldom straight for so long.
RULE_SPAN: Final = 0.9
# Ink of less than this part of the digit's main piece is a speck or a crumb.
SPECK_SHARE: Final = 0.03
# A crumb belongs to the digit within this part of its long side, if its area is at
# least this part of the square of the stroke's width.
CRUMB_GAP: Final = 0.08
CRUMB_SHARE: Final = 0.3
# Pieces nearer than this part of the digit's long side belong to it: the roof of a 5,
# the second half of a broken 0.
JOIN_GAP: Final = 0.25
# Below this a "line from border to border" may be the bar of a tightly cut 7.
MIN_RULED_PX: Final = 40
# How many px a rule may drift up or down across the picture.
TILT_PX: Final = 3
# A bar thicker than this part of the picture is ink.
RULE_THICKNESS: Final = 0.06
# A thin slice of a neighbour has up to half of its outline on the border; a band along
# it has half at least.
NEIGHBOUR_CONTACT: Final = 0.45


def find_digit(weak: Mask, strong: Mask) -> Mask | None:
    """Keep the pieces of ink that make up the digit.

    Args:
        weak: (H, W), 1 where there may be ink.
        strong: (H, W), 1 where there surely is; a piece without any does not count.
    Returns:
        (H, W) mask of the digit's ink, or None where nothing is left of it.
    """
    mask = remove_rules(weak)
    labels, areas, pieces = connected(mask, strong)
    pieces = [piece for piece in pieces if not is_frame(piece, mask)]
    main = _largest(pieces, mask)
    if main is None:
        return None
    parts = _parts(main, pieces, mask.shape)
    keep = np.zeros(areas.size, np.uint8)
    keep[[part.label for part in parts]] = 1
    digit = _looked_up(keep, labels, union(parts))
    crumbs = _crumbs(digit, labels, areas, main)
    if crumbs.any():
        digit = np.asarray((keep | crumbs)[labels], np.uint8)
    return digit


def neighbours(weak: Mask, strong: Mask) -> frozenset[Side]:
    """From which sides ink reaches in that the border cuts off, as of digits beside.

    A digit that was cut out tightly touches borders itself, so that it counts only
    beside other ink that is cut off. Bands along a border do not count.

    Args:
        weak, strong: as for `find_digit`.
    """
    mask = remove_rules(weak)
    _, areas, pieces = connected(mask, strong)
    least = SPECK_SHARE * int(areas.max(initial=0))
    large = [
        piece
        for piece in pieces
        if piece.area >= least and contact(piece, mask) <= NEIGHBOUR_CONTACT
    ]
    main = _largest([each for each in pieces if not is_frame(each, mask)], mask)
    if not any(cut_sides(piece, mask.shape) for piece in large if piece != main):
        return frozenset()
    return frozenset().union(*(cut_sides(piece, mask.shape) for piece in large))


def _largest(pieces: list[Piece], mask: Mask) -> Piece | None:
    """The largest part of the digit, if there is any."""
    return max(pieces, key=lambda each: weight(each, mask.shape), default=None)


def _looked_up(keep: NDArray[np.uint8], labels: NDArray[np.uint16], box: Piece) -> Mask:
    """Look labels up within a box; outside it the mask is 0."""
    window = np.s_[box.top : box.bottom, box.left : box.right]
    mask = np.zeros(labels.shape, np.uint8)
    mask[window] = keep[labels[window]]
    return mask


def remove_rules(mask: Mask) -> Mask:
    """Wipe out straight horizontal and vertical lines from border to border.

    Where a stroke crosses a line, the crossing is kept.
    """
    height, width = mask.shape
    result = mask
    if width >= MIN_RULED_PX:
        result = _without_lines(result, axis=1)
    if height >= MIN_RULED_PX:
        result = _without_lines(result, axis=0)
    return result


def rules_and_frames(mask: Mask) -> Mask:
    """The ink that is no digit: lines from border to border, and what lies along one.

    Returns:
        (H, W), 1 where there is such ink.
    """
    unruled = remove_rules(mask)
    labels, areas, pieces = connected(unruled, unruled)
    is_line = np.zeros(areas.size, np.uint8)
    is_line[[each.label for each in pieces if is_frame(each, unruled)]] = 1
    return np.asarray((mask & (1 - unruled)) | is_line[labels], np.uint8)


def _without_lines(mask: Mask, *, axis: int) -> Mask:
    # Most pages have no rule, which is seen without turning the page.
    window = (TILT_PX, 1) if axis == 1 else (1, TILT_PX)
    thick = cv2.dilate(mask, np.ones(window, np.uint8))
    covered = cv2.reduce(thick, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    length = mask.shape[axis]
    if covered.max() < RULE_SPAN * length:
        return mask
    across = np.ascontiguousarray(mask if axis == 1 else mask.T)
    kernel = np.ones((1, max(3, length // 4)), np.uint8)
    straight = np.asarray(cv2.morphologyEx(across, cv2.MORPH_OPEN, kernel), np.uint8)
    # A slanting rule leaves each row after a while and goes on in the next.
    tilted = cv2.dilate(straight, np.ones((TILT_PX, 1), np.uint8))
    spans = (tilted.mean(axis=1) >= RULE_SPAN) & straight.any(axis=1)
    cleaned = across.copy()
    for start, stop in _runs_of_true(spans):
        if stop - start <= max(3, RULE_THICKNESS * len(across)):
            _wipe(cleaned, straight, start, stop)
    return cleaned if axis == 1 else np.ascontiguousarray(cleaned.T)


def _wipe(mask: Mask, straight: Mask, start: int, stop: int) -> None:
    """Clear the straight runs in some rows, but where a stroke crosses them."""
    empty = np.zeros_like(mask[0])
    above = mask[start - 1] if start > 0 else empty
    below = mask[stop] if stop < len(mask) else empty
    crossing = cv2.dilate((above | below)[None, :], np.ones((1, 3), np.uint8))[0]
    if crossing.mean() < 0.5:
        mask[start:stop] &= crossing | (1 - straight[start:stop])


def _runs_of_true(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _parts(main: Piece, pieces: list[Piece], shape: tuple[int, ...]) -> list[Piece]:
    """Add to the main piece the large ones that are part of the same digit."""
    least = SPECK_SHARE * main.area
    rest = [piece for piece in pieces if piece is not main and piece.area >= least]
    chosen, whole = [main], main
    while near := [piece for piece in rest if _belongs(piece, whole, shape)]:
        chosen += near
        rest = [piece for piece in rest if piece not in near]
        whole = union([whole, *near])
    return chosen


def _belongs(piece: Piece, whole: Piece, shape: tuple[int, ...]) -> bool:
    """Whether a piece is part of the digit of which `whole` is known so far."""
    gap = max(
        piece.left - whole.right,
        whole.left - piece.right,
        piece.top - whole.bottom,
        whole.top - piece.bottom,
    )
    is_beside = piece.left >= whole.right or piece.right <= whole.left
    if is_beside and is_cut(piece, shape):
        return False
    return gap <= JOIN_GAP * max(whole.width, whole.height)


def _crumbs(
    digit: Mask,
    labels: NDArray[np.uint16],
    areas: NDArray[np.int32],
    main: Piece,
) -> NDArray[np.uint8]:
    """Small pieces close to the digit's ink: broken strokes, and no salt.

    A crumb is as large as the stroke is wide, or nearly; a speck on the paper is not.
    Crumbs bring no further crumbs with them.

    Returns:
        (labels,) uint8, 1 where the label is a crumb of the digit.
    """
    is_small = (areas > 0) & (areas < SPECK_SHARE * main.area)
    if not is_small.any():
        return is_small.astype(np.uint8)
    reach = max(1, round(CRUMB_GAP * max(main.width, main.height)))
    around = cv2.dilate(digit, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    is_near = np.zeros(areas.size, np.bool_)
    is_near[labels[around.view(np.bool_)]] = True
    stroke_px = 2 * main.area / max(1, _outline(digit))
    is_large = areas >= max(1.0, CRUMB_SHARE * stroke_px**2)
    return (is_near & is_large & is_small).astype(np.uint8)


def _outline(mask: Mask) -> int:
    """Length of all rims of a mask, in px."""
    across = int((mask[:, 1:] ^ mask[:, :-1]).sum())
    return across + int((mask[1:] ^ mask[:-1]).sum())
