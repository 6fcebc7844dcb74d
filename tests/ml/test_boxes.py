"""Digits that touch the box around them, or go beyond it."""

from functools import partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.boxes import edges_of_box
from ml.inference import Recognizer, trace
from ml.outcomes import Outcome
from ml.preprocessing import glyph_from_grey
from tests.ml.pages import Drawn, Grey, as_file, draw_mask, make_page

SIDE_PX = 400
# The 2 goes from (151, 125) to (249, 275), half of its pen further.
MIDDLE = (200, 200)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def boxed(
    *, left: int = 130, top: int = 105, right: int = 270, bottom: int = 295,
    pen_px: int = 6, turn_deg: float = 0.0,
) -> Grey:  # fmt: skip
    """A 2 on a page, and a box at these px, turned around the middle of the page."""
    page = make_page(width=SIDE_PX, height=SIDE_PX, digit_px=150, pen_px=12)
    frame = np.full_like(page, 255)
    cv2.rectangle(frame, (left, top), (right, bottom), 0, pen_px)
    turn = cv2.getRotationMatrix2D(MIDDLE, turn_deg, 1)
    turned = cv2.warpAffine(frame, turn, frame.shape[::-1], borderValue=255)
    return np.asarray(np.minimum(page, turned), np.uint8)


@pytest.mark.parametrize(
    "box",
    [
        {"left": 60, "right": 340, "bottom": 262},
        {"left": 60, "right": 340, "top": 135, "bottom": 290},
        {"top": 140, "pen_px": 24},
        {"right": 250, "turn_deg": 4},
        {"left": 158, "top": 130, "right": 300, "bottom": 320, "turn_deg": -4},
    ],
    ids=["below", "above", "bold", "turned", "turned back"],
)
@pytest.mark.parametrize("is_inverted", [False, True], ids=["ink", "chalk"])
def test_a_digit_that_touches_its_box_is_read_and_nobody_is_sure(
    recognizer, box, is_inverted
):
    page = boxed(**box)

    reading = recognizer.read(as_file(255 - page if is_inverted else page))

    assert (reading.text, reading.outcome) == ("2", Outcome.UNSURE)


def test_what_an_edge_may_have_taken_is_not_forgotten(recognizer):
    reading = recognizer.read(as_file(boxed(left=60, right=340, bottom=262)))

    assert 0.8 < reading.confidence < 0.96


def test_the_steps_show_the_box_until_it_goes(recognizer):
    page = as_file(boxed(left=60, right=340, bottom=262))
    [read] = recognizer.read(page).digits

    _, ink, digit, glyph = (step.pixels for step in trace(page, read.glyph))

    assert ink[:, 57:63].min() == 0
    assert digit[:, :60].min() == 255
    assert np.array_equal(glyph, read.glyph)


def test_the_place_is_the_digits_and_not_the_boxs(recognizer):
    page = make_page(width=SIDE_PX, height=SIDE_PX, digit_px=150, pen_px=12)
    [alone] = recognizer.read(as_file(page)).digits

    [digit] = recognizer.read(as_file(boxed(left=60, right=340, bottom=262))).digits

    assert digit.box.left == pytest.approx(alone.box.left, abs=5)
    assert digit.box.top == pytest.approx(alone.box.top, abs=5)
    assert digit.box.height == pytest.approx(alone.box.height, abs=6)


def test_in_a_large_photo_as_well(recognizer):
    large = cv2.resize(
        np.asarray(boxed(left=60, right=340, bottom=262)), None, fx=3, fy=3
    )

    [digit] = recognizer.read(as_file(large)).digits

    assert digit.digit == 2
    assert digit.box.height == pytest.approx(3 * 162, abs=18)


@pytest.mark.parametrize(
    ("has_bar", "digit"), [(False, "0"), (True, "8")], ids=["0", "8"]
)
def test_in_digits_of_straight_lines_there_is_no_other(recognizer, has_bar, digit):
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    cv2.rectangle(page, (150, 100), (250, 300), 0, 16)
    if has_bar:
        cv2.line(page, (150, 200), (250, 200), 0, 16)

    found = glyph_from_grey(page)

    assert found is not None
    assert found.otherwise is None
    assert recognizer.read(as_file(page)).text == digit


SHAPE = (200, 160)
mask_of = partial(draw_mask, SHAPE)


def rectangle(*, top: int = 0, pen_px: int = 6) -> Drawn:
    """Up to the borders, but for the top."""

    def draw(page: NDArray[np.uint8]) -> object:
        cv2.rectangle(page, (0, top), (159, 199), 1, -1)
        inner = (pen_px, top + pen_px), (159 - pen_px, 199 - pen_px)
        return cv2.rectangle(page, *inner, 0, -1)

    return draw


def stem(*, top: int, bottom: int, x: int = 80) -> Drawn:
    def draw(page: NDArray[np.uint8]) -> object:
        return cv2.rectangle(page, (x - 5, top), (x + 5, bottom), 1, -1)

    return draw


def oval(page: NDArray[np.uint8]) -> object:
    return cv2.ellipse(page, (80, 100), (76, 96), 0, 0, 360, 1, 6)


def open_box(page: NDArray[np.uint8]) -> object:
    rectangle()(page)
    return cv2.rectangle(page, (6, 0), (153, 60), 0, -1)


def tilted(page: NDArray[np.uint8]) -> object:
    """Turned by ten degrees."""
    points = np.array([[28, 3], [157, 26], [131, 196], [2, 173]], np.int32)[:, None]
    return cv2.polylines(page, [points], True, 1, 6)


def diamond(page: NDArray[np.uint8]) -> object:
    points = np.array([[80, 3], [156, 100], [80, 196], [3, 100]], np.int32)[:, None]
    return cv2.polylines(page, [points], True, 1, 6)


def test_the_edges_are_the_box_and_not_what_is_in_it():
    edges = edges_of_box(mask_of(rectangle(), stem(top=60, bottom=195)))

    assert edges is not None
    assert edges[mask_of(rectangle()) == 1].all()
    assert not edges[10:190, 10:150].any()


def test_a_stroke_that_goes_on_beyond_an_edge_is_kept_there():
    edges = edges_of_box(mask_of(rectangle(top=30), stem(top=0, bottom=150)))

    assert edges is not None
    assert not edges[:150, 75:86].any()
    assert edges[30:36, [40, 120]].all()


def test_a_stroke_that_ends_at_an_edge_loses_no_more_than_the_edge_there():
    edges = edges_of_box(mask_of(rectangle(top=30), stem(top=30, bottom=150)))

    assert edges is not None
    assert edges[30:36].all()
    assert not edges[40:150, 75:86].any()


def test_an_edge_is_as_thick_as_the_others_where_all_of_it_is_covered():
    """The roof of a 7, say."""
    roof = mask_of(rectangle())
    roof[6:16, 20:140] = 1

    edges = edges_of_box(roof)

    assert edges is not None
    assert edges[:6].all()
    assert not edges[9:16, 20:140].any()


@pytest.mark.parametrize(
    "draw",
    [oval, open_box, diamond, tilted, rectangle(pen_px=50), stem(top=0, bottom=199)],
    ids=["ring", "no top", "askew", "tilted", "too bold", "stroke"],
)
def test_nothing_else_has_edges(draw):
    assert edges_of_box(mask_of(draw)) is None
