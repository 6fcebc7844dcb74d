"""A digit among neighbours that the border cuts off."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import LITERT_FILE, SHIPPED, Manifest
from ml.cuts import (
    CLEAR_AT_FIRST,
    DOWN,
    LEAST_GAIN,
    MOST_STROKES,
    STROKE_COST,
    TRUST,
    look_again,
    other_cuts,
)
from ml.inference import Recognizer
from ml.ink import depth_of_ink, thresholds
from ml.networks import LiteRTNetwork
from ml.outcomes import NOT_A_DIGIT_LABEL, Outcome
from ml.pieces import Side
from ml.preprocessing import glyph_from_grey
from ml.segmentation import neighbours
from tests.ml.pages import STROKE_OF_2, as_file, make_page


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def make_crop(*places: tuple[int, int], width: int = 150) -> NDArray:
    """A 2 in the middle, and others whose left top corners are at these places."""
    page = make_page(width=width, height=200, digit_px=140)
    for place in places:
        points = np.array(STROKE_OF_2) * 140 + place
        cv2.polylines(page, [points.round().astype(np.int32)], False, 0, 14)
    return page


# One runs into the 2 from the left; one is cut off on the right and does not touch it.
TOUCHING, BESIDE = (-50, 30), (128, 30)


def ink_of(page: NDArray) -> NDArray:
    depth = depth_of_ink(page)
    assert depth is not None
    return depth.as_ink()


@pytest.mark.parametrize(
    ("places", "sides"),
    [
        ([], set()),
        ([(-72, 30)], {Side.LEFT}),
        ([BESIDE], {Side.RIGHT}),
        ([(30, -125)], {Side.TOP}),
        ([(30, 180)], {Side.BOTTOM}),
        ([TOUCHING, BESIDE], {Side.LEFT, Side.RIGHT}),
    ],
)
def test_neighbours_reach_in_from_their_sides(places, sides):
    assert neighbours(*thresholds(ink_of(make_crop(*places)))) == sides


def test_a_digit_that_touches_the_border_alone_has_no_neighbour():
    assert neighbours(*thresholds(ink_of(make_crop()[:, 20:]))) == frozenset()


def test_a_frame_along_the_border_is_no_neighbour():
    page = make_crop()
    page[:, :3] = 0

    assert neighbours(*thresholds(ink_of(page))) == frozenset()


def test_a_digit_alone_is_not_cut():
    assert other_cuts(ink_of(make_crop())) == []


def test_one_of_the_cuts_parts_the_digit_from_a_neighbour_that_touches_it():
    alone = glyph_from_grey(make_crop())
    page = make_crop(TOUCHING, BESIDE)
    assert alone is not None

    cuts = other_cuts(ink_of(page))

    likeness = [
        np.corrcoef(cut.found.glyph.ravel(), alone.glyph.ravel())[0, 1] for cut in cuts
    ]
    assert max(likeness) > 0.9
    best = cuts[int(np.argmax(likeness))]
    assert best.found.box.left == pytest.approx(alone.box.left, abs=25)
    assert best.strokes > 0


def test_what_reaches_in_from_above_is_cut_off_too():
    alone = glyph_from_grey(make_crop())
    assert alone is not None

    cuts = other_cuts(ink_of(make_crop((30, -118))), DOWN)

    assert any(cut.found.box.top >= alone.box.top - 2 for cut in cuts)


def test_the_cut_with_the_likeliest_digit_is_chosen_and_trusted_in_part():
    ink = ink_of(make_crop(TOUCHING, BESIDE))
    cuts = other_cuts(ink)
    first = np.full(11, 1 / 11)

    def read(glyphs):
        is_second = [np.array_equal(each, cuts[1].found.glyph) for each in glyphs]
        return np.where(np.array(is_second)[:, None], np.eye(11)[2], first)

    found, known = look_again(ink, first, read)

    assert np.array_equal(found.glyph, cuts[1].found.glyph)
    assert known.sum() == pytest.approx(1)
    assert known[2] == pytest.approx(TRUST + (1 - TRUST) / 11)


def test_what_was_found_at_first_stays_where_no_cut_is_better():
    first = np.eye(11)[7] * 0.6 + 0.4 / 11

    second = look_again(
        ink_of(make_crop(TOUCHING, BESIDE)),
        first,
        lambda glyphs: np.full((len(glyphs), 11), 1 / 11),
    )

    assert second is None


@pytest.mark.parametrize(("gain", "is_cut"), [(-0.01, False), (0.01, True)])
def test_a_cut_must_be_better_by_the_least_gain(gain, is_cut):
    ink = ink_of(make_crop(BESIDE))
    least = min(cut.strokes for cut in other_cuts(ink))
    first = np.eye(11)[7] * 0.5 + np.eye(11)[NOT_A_DIGIT_LABEL] * 0.5
    better = 0.5 + LEAST_GAIN + STROKE_COST * least + gain
    likely = np.eye(11)[2] * better + np.eye(11)[NOT_A_DIGIT_LABEL] * (1 - better)

    second = look_again(ink, first, lambda glyphs: np.tile(likely, (len(glyphs), 1)))

    assert (second is not None) == is_cut


def test_a_cut_through_all_there_is_may_still_pay():
    """What is made of a digit by its strokes is dear, but not endlessly so."""
    ink = ink_of(make_crop(TOUCHING, BESIDE))
    dearest = max(other_cuts(ink), key=lambda cut: cut.strokes)
    assert dearest.strokes > MOST_STROKES
    nothing = np.eye(11)[NOT_A_DIGIT_LABEL]

    def read(glyphs):
        is_dearest = [np.array_equal(each, dearest.found.glyph) for each in glyphs]
        return np.where(np.array(is_dearest)[:, None], np.eye(11)[2], nothing)

    found, _ = look_again(ink, nothing, read)

    assert np.array_equal(found.glyph, dearest.found.glyph)


def test_a_digit_that_touches_its_neighbour_is_read_and_never_called_sure(recognizer):
    easily_sure = replace(recognizer.manifest, sure_threshold=0.7)
    network = LiteRTNetwork((SHIPPED / LITERT_FILE).read_bytes())

    reading = Recognizer(network, easily_sure).read(
        as_file(make_crop(TOUCHING, BESIDE))
    )

    assert (reading.text, reading.outcome) == ("2", Outcome.UNSURE)
    assert reading.confidence > 0.7
    [digit] = reading.digits
    assert sum(digit.probabilities) + digit.not_a_digit == pytest.approx(1)


def test_strokes_that_the_first_cut_went_through_count_at_the_second_too():
    """A network that finds all cuts as good has no reason to cut twice."""
    ink = ink_of(make_crop(TOUCHING, BESIDE, (30, -118)))
    across = [cut.found.box for cut in other_cuts(ink)]
    good = np.eye(11)[2] * 0.9 + np.eye(11)[NOT_A_DIGIT_LABEL] * 0.1

    found, _ = look_again(
        ink,
        np.eye(11)[NOT_A_DIGIT_LABEL],
        lambda glyphs: np.tile(good, (len(glyphs), 1)),
    )

    assert found.box in across


def test_what_is_likely_enough_at_first_sight_is_not_cut():
    def fail(_glyphs):
        raise AssertionError

    first = np.eye(11)[7] * CLEAR_AT_FIRST + np.eye(11)[2] * (1 - CLEAR_AT_FIRST)

    assert look_again(ink_of(make_crop(TOUCHING, BESIDE)), first, fail) is None


def test_the_box_of_a_cut_is_in_pixels_of_the_picture_as_sent():
    page = cv2.resize(make_crop(TOUCHING, BESIDE), None, fx=5, fy=5)
    alone = glyph_from_grey(make_crop())
    assert alone is not None

    def as_like_as(glyphs):
        """A 2 as probable as a glyph looks like the one that stands alone."""
        rows = np.corrcoef(alone.glyph.ravel(), glyphs.reshape(len(glyphs), -1))
        likeness = rows[0, 1:, None].clip(0, 1) ** 8
        return likeness * np.eye(11)[2] + (1 - likeness) * np.eye(11)[NOT_A_DIGIT_LABEL]

    manifest = Manifest("none", temperature=1, sure_threshold=1, reject_threshold=2)

    [digit] = Recognizer(as_like_as, manifest).read(as_file(page)).digits

    assert digit.box.left == pytest.approx(5 * alone.box.left, abs=5 * 8)
    assert digit.box.height == pytest.approx(5 * alone.box.height, rel=0.1)
