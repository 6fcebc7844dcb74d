"""The one way from a picture to a glyph, for training, page, API and review alike.

decoded picture -> grey -> paper around, if the picture was cut to its digit -> ink
(background flattened, polarity decided, scaled to its own contrast) -> the digit's
pieces -> stroke evened -> glyph, as MNIST was made: the long side fits 20 px, the
centre of mass lies at (14, 14) of 28x28, white on black.

Source of the glyph's form: Y. LeCun, C. Cortes, C. Burges, "The MNIST database".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph, Grey, Mask, around, crop, scaled
from ml.boxes import LEAST_HEIGHT_IN_BOX, TRUST_IN_BOX, edges_of_box
from ml.cutouts import may_be_cut_out, mounted
from ml.enclosures import LEAST_LENGTH_OF_PALE, enclosed, goes_around, is_box
from ml.fellows import fellows, together
from ml.found import FoundDigit, FoundLine, FoundNumber
from ml.greys import to_grey
from ml.imaging import DecodedImage
from ml.ink import thresholds
from ml.lines import line_of
from ml.search import Segmented, search, search_box, segmented
from ml.sheets import sheet_of

# Raised when glyphs come out so that a network no longer knows them. That a digit is
# found where none was, or is cut out of more, needs no other network.
PREPROCESSING_VERSION: Final = 2

# The search for the digit happens at this size; larger pictures gain nothing by it.
SEARCH_SIDE_PX: Final = 400
# A digit found smaller than this is looked at again at full resolution.
SMALL_DIGIT_PX: Final = 80
# The server shares its cores among pictures, not a picture among cores.
cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the picture looked like at one step: name and (H, W) uint8 grey values."""

    name: str
    pixels: NDArray[np.uint8]


def find_glyph(decoded: DecodedImage) -> FoundDigit | None:
    """Find the digit in a decoded picture; None when there is no ink.

    Returns:
        The glyph with its box in px of the upright picture as it was sent.
    """
    grey = to_grey(decoded.image)
    found = glyph_from_grey(grey)
    if found is None:
        return None
    return found.scaled(grey.shape, (decoded.height, decoded.width))


def glyph_from_grey(grey: Grey) -> FoundDigit | None:
    """Find the digit in (H, W) grey values of 0..255; None when there is no ink."""
    found = None
    for sight in reversed(_sights(grey)):
        found = replace(sight.as_digit(), otherwise=found)
    return found


def stages(decoded: DecodedImage, glyph: Glyph) -> list[Stage]:
    """Show people the steps from a picture to a glyph that was read in it.

    Args:
        decoded: the picture, or a copy of it that lost a little.
        glyph: what was read; one that was cut out between neighbours, or is a digit of
            a number, is not among what is found at a first look, so that the steps are
            those of what is most alike.
    Returns:
        The steps in order; an empty list when there is no ink.
    """

    def unlikeness(sight: _Sight) -> float:
        return float(np.abs(sight.found.glyph().astype(float) - glyph).sum())

    sights = _sights(to_grey(decoded.image))
    sights += [sight.number for sight in sights if sight.number]
    return _stages(min(sights, key=unlikeness), glyph) if sights else []


def _sights(grey: Grey) -> list["_Sight"]:
    """What may be the digit of a picture, the likeliest first."""
    sights = []
    if (cutout := _look_at_cutout(grey)) is not None:
        sights.append(cutout)
    elif (sheet := sheet_of(grey)) is not None:
        lying = None if sheet.is_bare else _look_at_page(sheet.grey, sheet.box)
        if lying is None:
            return []
        sights.append(lying)
    page = _look_at_page(grey, Box(0, 0, grey.shape[1], grey.shape[0]))
    if page is not None:
        sights.append(page)
    if not sights or not goes_around(_line(sights[0])):
        return sights
    # Where there is a digit within, the ring is none, however likely it looks like one.
    within = _look_within(sights[0])
    if within is not None:
        return [replace(within, number=_number(within))]
    past = _look_past_edges(sights[0])
    if past is not None:
        sights.insert(1, past)
    return sights


@dataclass(frozen=True, slots=True)
class _Sight:
    """A look at a picture, and the digit's box in the whole of it.

    Attributes:
        is_reduced: it was looked at smaller than it is.
        is_whole: all of it was looked at, and nothing else.
        placed: turns boxes in what was seen into such in the whole picture.
        rival, trust: as of a digit found.
        number: a look at all digits in line, if there may be more than one.
        others: of such a look, the glyphs of those beside the one that was found.
        line: as of a digit found.
    """

    seen: Grey
    found: Segmented
    box: Box
    is_reduced: bool
    is_whole: bool
    placed: Callable[[Box], Box]
    rival: Glyph | None = None
    trust: float = 1.0
    number: "_Sight | None" = None
    others: tuple[Glyph, ...] = ()
    line: Callable[[], FoundLine | None] | None = None

    def as_digit(self) -> FoundDigit:
        return FoundDigit(
            self.found.glyph(),
            self.box,
            self.found.ink if self.is_whole else None,
            rival=self.rival,
            trust=self.trust,
            number=self.number.as_number() if self.number else None,
            line=self.line or partial(_line_of, self),
        )

    def as_number(self) -> FoundNumber:
        return FoundNumber(self.found.glyph(), self.box, self.others)

    def in_picture(self, box: Box) -> Box:
        """A box within what was found, in px of the whole picture."""
        return _in_window(box, self.found.digit_size, self.box)

    def nearer(
        self, inner: Segmented, *, rival: Glyph | None = None, trust: float = 1.0
    ) -> "_Sight":
        """The same with what is found within what was found."""
        seen, box = crop(self.seen, self.found.box), self.in_picture(inner.box)
        return _Sight(
            seen,
            inner,
            box,
            self.is_reduced,
            is_whole=False,
            placed=self.in_picture,
            rival=rival,
            trust=trust,
        )


def _look_at_page(grey: Grey, window: Box) -> _Sight | None:
    """Search a window of a page, and what is found small in it from nearer."""
    sight = _look(grey, window)
    if sight is None:
        return None
    number = _number(sight)
    line = partial(_line_of, sight, grey if sight.is_reduced else None)
    if sight.is_reduced and max(sight.found.digit_size) < SMALL_DIGIT_PX:
        margin = max(sight.box.width, sight.box.height)
        sight = _look(grey, around(sight.box, margin, grey.shape)) or sight
    return replace(sight, number=number, line=line)


def _look_at_cutout(grey: Grey) -> _Sight | None:
    """Search a picture that was cut to its digit with paper laid around."""
    if not may_be_cut_out(grey):
        return None
    small = _reduced(grey, SEARCH_SIDE_PX)
    with_paper = mounted(small)
    found = with_paper and search(with_paper.grey)
    if not with_paper or not found:
        return None

    def placed(box: Box) -> Box:
        return scaled(with_paper.in_picture(box), small.shape, grey.shape)

    return _Sight(
        with_paper.grey,
        found,
        placed(found.box),
        grey.shape != small.shape,
        is_whole=False,
        placed=placed,
    )


def _line_of(sight: _Sight, grey: Grey | None = None) -> FoundLine | None:
    """Find what is in line with a digit, from nearer where it is small.

    Args:
        grey: the picture, if it was seen smaller than it is.
    """
    line = line_of(sight.found)
    if line is None:
        return None
    found = FoundLine(line, sight.placed)
    if grey is None or line.height_px >= SMALL_DIGIT_PX:
        return found
    box = sight.placed(line.box)
    margin = round(line.height_px * box.width / line.box.width)
    near = _look(grey, around(box, margin, grey.shape))
    nearer = near and line_of(near.found)
    # From nearer, something else may look more like a digit.
    if not near or not nearer or not _meet(near.placed(nearer.box), sight.box):
        return found
    if line.has_more_beside:
        nearer = replace(nearer, has_more_beside=True)
    return FoundLine(nearer, near.placed)


def _meet(one: Box, two: Box) -> bool:
    beside = min(one.left + one.width, two.left + two.width) - max(one.left, two.left)
    down = min(one.top + one.height, two.top + two.height) - max(one.top, two.top)
    return beside > 0 and down > 0


def _number(sight: _Sight) -> _Sight | None:
    """Look at all that the digit may be one digit of; None if it stands alone."""
    others = fellows(sight.found)
    if not others:
        return None
    found = together(sight.found, others)
    return replace(
        sight,
        found=found,
        box=sight.placed(found.box),
        others=tuple(other.glyph() for other in others),
    )


def _look_within(sight: _Sight) -> _Sight | None:
    """Search within a ring or a box that is drawn around the digit, if one is."""
    found = sight.found
    masks = found.digit, found.weak, found.strong
    within = enclosed(*(crop(mask, found.box) for mask in masks))
    if within is None:
        return _look_into_box(sight)
    ink = crop(found.ink, found.box)
    alone = ink * within.ink
    inner = segmented(alone, *thresholds(alone))
    if inner is None:
        return None
    # People are shown the ring as well, before it goes.
    inner = replace(inner, ink=ink, digit=inner.digit & within.ink)
    return sight.nearer(inner, rival=found.glyph() if within.is_slash else None)


def _look_into_box(sight: _Sight) -> _Sight | None:
    """Search for a pencil's digit in a printed box, beside which it is no ink."""
    line = _line(sight)
    if not is_box(line):
        return None
    inner = search_box(crop(sight.seen, sight.found.box), line)
    if inner is None or max(inner.digit_size) < LEAST_LENGTH_OF_PALE * max(line.shape):
        return None
    return sight.nearer(inner)


def _look_past_edges(sight: _Sight) -> _Sight | None:
    """Search what touches a box, or goes beyond it, without the box."""
    found, whole = sight.found, _line(sight)
    edges = edges_of_box(whole)
    if edges is None:
        return None
    rest = whole & (1 - edges)
    inks = found.ink, found.weak, found.strong
    inner = segmented(*(crop(ink, found.box) * rest for ink in inks))
    if inner is None or inner.box.height < LEAST_HEIGHT_IN_BOX * found.box.height:
        return None
    # A stroke that ends at an edge has its rim there back: of 500 such digits 97 are
    # misread, and without it 104.
    inner = replace(inner, ink=crop(found.ink, found.box))
    return sight.nearer(inner, trust=TRUST_IN_BOX)


def _line(sight: _Sight) -> Mask:
    """What was found, cut to its box."""
    return crop(sight.found.digit, sight.found.box)


def _look(grey: Grey, window: Box) -> _Sight | None:
    """Search a window of the picture, at SEARCH_SIDE_PX at most."""
    part = crop(grey, window)
    seen = _reduced(part, SEARCH_SIDE_PX)
    found = search(seen)
    if found is None:
        return None
    placed = partial(_in_window, seen=seen.shape, window=window)
    return _Sight(
        seen,
        found,
        placed(found.box),
        is_reduced=max(part.shape) > 1.2 * max(seen.shape),
        is_whole=part.shape == grey.shape,
        placed=placed,
    )


def _in_window(box: Box, seen: tuple[int, ...], window: Box) -> Box:
    """A box in what was seen of a window, in px of the picture."""
    box = scaled(box, seen, (window.height, window.width))
    return replace(box, left=window.left + box.left, top=window.top + box.top)


def _reduced(grey: Grey, side_px: int) -> Grey:
    factor = max(grey.shape) / side_px
    if factor <= 1:
        return grey
    width, height = (max(1, round(side / factor)) for side in grey.shape[::-1])
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _stages(sight: _Sight, glyph: Glyph) -> list[Stage]:
    found = sight.found
    return [
        Stage("grey", sight.seen),
        Stage("ink", 255 - found.ink),
        Stage("digit", 255 - found.ink * found.digit),
        Stage("glyph", glyph),
    ]
