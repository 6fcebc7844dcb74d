"""A digit among neighbours that the border cuts off."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.cuts import TRUST, choose, other_cuts
from ml.inference import Recognizer
from ml.ink import extract_ink, thresholds
from ml.outcomes import Outcome
from ml.preprocessing import glyph_from_grey
from ml.segmentation import Side, neighbours
from tests.ml.pages import STROKE_OF_2, as_file, make_page


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def make_crop(*, neighbour_left: int | None = None, width: int = 150) -> NDArray:
    """A 2 in the middle, and perhaps another one that begins at this column."""
    page = make_page(width=width, height=200, digit_px=140)
    if neighbour_left is not None:
        points = np.array(STROKE_OF_2) * 140 + (neighbour_left, 30)
        cv2.polylines(page, [points.round().astype(np.int32)], False, 0, 14)
    return page


def ink_of(page: NDArray) -> NDArray:
    ink = extract_ink(page)
    assert ink is not None
    return ink


@pytest.mark.parametrize(
    ("left", "sides"),
    [(None, set()), (-70, {Side.LEFT}), (115, {Side.RIGHT})],
)
def test_a_neighbour_reaches_in_from_its_side(left, sides):
    weak, strong = thresholds(ink_of(make_crop(neighbour_left=left)))

    assert neighbours(weak, strong) == sides


def test_a_frame_along_the_border_is_no_neighbour():
    page = make_crop()
    page[:, :3] = 0

    assert neighbours(*thresholds(ink_of(page))) == frozenset()


def test_a_digit_alone_is_not_cut():
    assert other_cuts(ink_of(make_crop())) == []


def test_one_of_the_cuts_parts_the_digit_from_a_neighbour_that_touches_it():
    alone = glyph_from_grey(make_crop())
    page = make_crop(neighbour_left=-50)
    assert alone is not None

    cuts = other_cuts(ink_of(page))

    likeness = [
        np.corrcoef(cut.found.glyph.ravel(), alone.glyph.ravel())[0, 1] for cut in cuts
    ]
    assert max(likeness) > 0.9
    best = cuts[int(np.argmax(likeness))]
    assert best.found.box.left == pytest.approx(alone.box.left, abs=25)
    assert best.strokes > 0


def test_the_cut_with_the_likeliest_digit_is_chosen_and_trusted_in_part():
    cuts = other_cuts(ink_of(make_crop(neighbour_left=-50)))
    first = np.full(11, 1 / 11)
    seen = np.full((len(cuts), 11), 1 / 11)
    seen[1] = np.eye(11)[2]

    cut, known = choose(cuts, seen, first)

    assert cut is cuts[1]
    assert known.sum() == pytest.approx(1)
    assert known[2] == pytest.approx(TRUST + (1 - TRUST) / 11)


def test_what_was_found_at_first_stays_where_no_cut_is_better():
    cuts = other_cuts(ink_of(make_crop(neighbour_left=-50)))
    first = np.eye(11)[7] * 0.9 + 0.1 / 11

    assert choose(cuts, np.full((len(cuts), 11), 1 / 11), first) is None


def test_a_digit_that_touches_its_neighbour_is_read_and_never_called_sure(recognizer):
    page = make_crop(neighbour_left=-50)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2", Outcome.UNSURE)
    [digit] = reading.digits
    assert sum(digit.probabilities) + digit.not_a_digit == pytest.approx(1)


def test_the_box_of_a_cut_is_in_pixels_of_the_picture_as_sent(recognizer):
    page = cv2.resize(make_crop(neighbour_left=-50), None, fx=5, fy=5)

    [digit] = recognizer.read(as_file(page)).digits

    assert digit.box.left == pytest.approx(5 * 23, abs=5 * 5)
    assert digit.box.left + digit.box.width <= page.shape[1]
    assert digit.box.height == pytest.approx(5 * 154, rel=0.1)
