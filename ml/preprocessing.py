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
from ml.cells import BEYOND, is_empty, written_in
from ml.cutouts import may_be_cut_out, mounted
from ml.enclosures import LEAST_LENGTH_OF_PALE, enclosed, goes_around, is_box
from ml.fellows import fellows, together
from ml.forms import Form, form_in
from ml.found import FoundDigit, FoundLine
from ml.greys import to_grey
from ml.imaging import DecodedImage
from ml.ink import thresholds
from ml.lines import line_of
from ml.search import search, search_box, search_form, segmented
from ml.sheets import sheet_of
from ml.sights import Sight, in_window

# Raised when glyphs come out so that a network no longer knows them. That a digit is
# found where none was, or is cut out of more, needs no other network.
PREPROCESSING_VERSION: Final = 2

# The search for the digit happens at this size; larger pictures gain nothing by it.
SEARCH_SIDE_PX: Final = 400
# A digit found smaller than this is looked at again at full resolution.
SMALL_DIGIT_PX: Final = 80
# Of several digits in the boxes of a form, one alone is as likely no answer as one: it
# is never sure then, and the network's own doubts refuse it.
TRUST_OF_ONE: Final = 0.5
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

    def unlikeness(sight: Sight) -> float:
        return float(np.abs(sight.found.glyph().astype(float) - glyph).sum())

    sights = _sights(to_grey(decoded.image))
    sights += [sight.number for sight in sights if sight.number]
    return _stages(min(sights, key=unlikeness), glyph) if sights else []


def _sights(grey: Grey) -> list[Sight]:
    """What may be the digit of a picture, the likeliest first."""
    page = _look_at_page(grey, Box(0, 0, grey.shape[1], grey.shape[0]))
    # A box of a form that was cut out tightly looks like a sheet, or a digit.
    in_form = [each for each in page[:1] if each.form and each.form.is_certain]
    nearer = _look_at_cutout(grey)
    if not nearer and (sheet := sheet_of(grey)) is not None:
        nearer = [] if sheet.is_bare else _look_at_page(sheet.grey, sheet.box)
        if not nearer and not in_form:
            return []
    sights = [*in_form, *nearer, *page[len(in_form) :]]
    return _within_rings(sights) if sights else []


def _within_rings(sights: list[Sight]) -> list[Sight]:
    """Look into a ring or a box, if that is what seems to be the digit.

    What is written in a form comes before that.
    """
    in_form = sights[0].form
    before = sights[:1] if in_form else []
    pages = sights[len(before) :]
    is_certain = in_form is not None and in_form.is_certain
    if is_certain or not pages or not goes_around(_line(pages[0])):
        return sights
    first, *others = pages
    # Where there is a digit within, the ring is none, however likely it looks like one.
    within = _look_within(first)
    if within is not None:
        within = replace(within, number=_number(within), trust=first.trust)
        return [*before, within]
    past = _look_past_edges(first)
    return [*before, first, *([past] if past else []), *others]


def _look_at_page(grey: Grey, window: Box) -> list[Sight]:
    """Search a window of a page, without a form if there is one, and as it is."""
    sight = _look(grey, window)
    return [] if sight is None else _sights_of(grey, sight, partial(_nearer, grey))


def _sights_of(
    grey: Grey, sight: Sight, nearer: Callable[[Sight], Sight]
) -> list[Sight]:
    """What is written in a form, if there is one, and the picture as it is.

    Args:
        nearer: looks at what was found from nearer, and at what is in line with it.
    """
    form = form_in(sight.found.weak)
    if form is None:
        return [nearer(sight)]
    written = _look_past_form(grey, sight, form)
    if written is not None:
        # Of boxes with something in them one digit is not what is written.
        plain = replace(nearer(sight.trusted(TRUST_IN_BOX)), trust=TRUST_OF_ONE)
        return [written, plain]
    if form.is_joined and is_empty(sight.found, form):
        return []
    # Something is in them, or beside them, that is not understood.
    return [nearer(sight.trusted(TRUST_IN_BOX))]


def _nearer(grey: Grey, sight: Sight) -> Sight:
    """Look at what was found small on a page from nearer."""
    seen = sight
    if sight.is_reduced and max(sight.found.digit_size) < SMALL_DIGIT_PX:
        margin = max(sight.box.width, sight.box.height)
        seen = _look(grey, around(sight.box, margin, grey.shape)) or sight
    line = partial(_line_near, grey, sight)
    return replace(seen, number=_number(sight), line=line, trust=sight.trust)


def _look_at_cutout(grey: Grey) -> list[Sight]:
    """Search a picture that was cut to its digit with paper laid around."""
    if not may_be_cut_out(grey):
        return []
    small = _reduced(grey, SEARCH_SIDE_PX)
    with_paper = mounted(small)
    found = with_paper and search(with_paper.grey)
    if not with_paper or not found:
        return []

    def placed(box: Box) -> Box:
        return scaled(with_paper.in_picture(box), small.shape, grey.shape)

    sight = Sight(
        with_paper.grey,
        found,
        placed(found.box),
        grey.shape != small.shape,
        is_whole=False,
        placed=placed,
    )
    return _sights_of(grey, sight, lambda seen: seen)


def _line_near(grey: Grey, sight: Sight) -> FoundLine | None:
    """Find what is in line with a digit, from nearer where it is small."""
    found = sight.in_line()
    if found is None or not sight.is_reduced or found.line.height_px >= SMALL_DIGIT_PX:
        return found
    line = found.line
    box = sight.placed(line.box)
    margin = round(line.height_px * box.width / line.box.width)
    near = _look(grey, around(box, margin, grey.shape))
    nearer = near and line_of(near.found)
    # From nearer, something else may look more like a digit.
    if not near or not nearer or not _meet(near.placed(nearer.box), sight.box):
        return found
    if line.has_more_beside:
        nearer = replace(nearer, has_more_beside=True)
    return FoundLine(nearer, near.placed, sight.trust)


def _meet(one: Box, two: Box) -> bool:
    beside = min(one.left + one.width, two.left + two.width) - max(one.left, two.left)
    down = min(one.top + one.height, two.top + two.height) - max(one.top, two.top)
    return beside > 0 and down > 0


def _number(sight: Sight) -> Sight | None:
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


def _look_past_form(grey: Grey, sight: Sight, form: Form) -> Sight | None:
    """Search what is written in the boxes of a form, from nearer if they are small."""
    written = written_in(sight.found, form)
    if written is None:
        # Beside dark lines a pencil's stroke is no ink.
        pale = search_form(sight.seen, form.lines)
        written = None if pale is None else written_in(pale, form)
    if written is None:
        return None
    if sight.is_reduced and form.height_px < SMALL_DIGIT_PX:
        whole = sight.placed(form.box)
        near = _look(grey, around(whole, round(BEYOND * whole.height), grey.shape))
        again = near and form_in(near.found.weak)
        nearer = near and again and written_in(near.found, again)
        if near and nearer and nearer.count >= written.count:
            sight, written = near, nearer.besides(written)
    trust = TRUST_IN_BOX if written.touches_lines else 1.0
    sight = replace(
        sight,
        found=written.found,
        box=sight.placed(written.found.box),
        is_whole=False,
        form=form,
    )
    sight = replace(sight, number=_number(sight)).trusted(trust)
    line = sight.in_line(written.line)
    # One of several digits is not what is written.
    if line is None or len(line.line.parts) > 1 or line.line.has_more_beside:
        sight = replace(sight, trust=TRUST_OF_ONE)
    return replace(sight, line=lambda: line)


def _look_within(sight: Sight) -> Sight | None:
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


def _look_into_box(sight: Sight) -> Sight | None:
    """Search for a pencil's digit in a printed box, beside which it is no ink."""
    line = _line(sight)
    if not is_box(line):
        return None
    inner = search_box(crop(sight.seen, sight.found.box), line)
    if inner is None or max(inner.digit_size) < LEAST_LENGTH_OF_PALE * max(line.shape):
        return None
    return sight.nearer(inner)


def _look_past_edges(sight: Sight) -> Sight | None:
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


def _line(sight: Sight) -> Mask:
    """What was found, cut to its box."""
    return crop(sight.found.digit, sight.found.box)


def _look(grey: Grey, window: Box) -> Sight | None:
    """Search a window of the picture, at SEARCH_SIDE_PX at most."""
    part = crop(grey, window)
    seen = _reduced(part, SEARCH_SIDE_PX)
    found = search(seen)
    if found is None:
        return None
    placed = partial(in_window, seen=seen.shape, window=window)
    return Sight(
        seen,
        found,
        placed(found.box),
        is_reduced=max(part.shape) > 1.2 * max(seen.shape),
        is_whole=part.shape == grey.shape,
        placed=placed,
    )


def _reduced(grey: Grey, side_px: int) -> Grey:
    factor = max(grey.shape) / side_px
    if factor <= 1:
        return grey
    width, height = (max(1, round(side / factor)) for side in grey.shape[::-1])
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _stages(sight: Sight, glyph: Glyph) -> list[Stage]:
    found = sight.found
    return [
        Stage("grey", sight.seen),
        Stage("ink", 255 - found.ink),
        Stage("digit", 255 - found.ink * found.digit),
        Stage("glyph", glyph),
    ]
