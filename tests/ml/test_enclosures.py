"""Digits with a ring or a box drawn around them."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.enclosures import enclosed
from ml.inference import Recognizer, trace
from ml.outcomes import Outcome
from tests.ml.pages import Grey, as_file, make_page

SIDE_PX = 400
MIDDLE = (SIDE_PX // 2, SIDE_PX // 2)
Draw = Callable[[Grey], None]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def make_digit(**options: int) -> Grey:
    """A 2 in the middle of a page, with room around it."""
    size = {"width": SIDE_PX, "height": SIDE_PX, "digit_px": 150, "pen_px": 12}
    return make_page(**size | options)


def ellipse(
    *, axes: tuple[int, int] = (130, 130), gap_deg: int = 0, pen_px: int = 8
) -> Draw:
    def draw(page: Grey) -> None:
        cv2.ellipse(page, MIDDLE, axes, 20, gap_deg, 360, 0, pen_px, cv2.LINE_AA)

    return draw


def box(*, axes: tuple[int, int] = (100, 120), pen_px: int = 6) -> Draw:
    def draw(page: Grey) -> None:
        (x, y), (width, height) = MIDDLE, axes
        ends = (x - width, y - height), (x + width, y + height)
        cv2.rectangle(page, *ends, 0, pen_px)

    return draw


@pytest.mark.parametrize(
    "draw",
    [
        ellipse(),
        ellipse(gap_deg=40),
        ellipse(axes=(150, 130)),
        ellipse(pen_px=30),
        box(),
        box(axes=(70, 110)),
        box(axes=(190, 110)),
    ],
    ids=["ring", "open", "wide", "thick", "box", "narrow box", "wide box"],
)
@pytest.mark.parametrize("is_inverted", [False, True], ids=["ink", "chalk"])
def test_a_digit_is_read_whatever_is_drawn_around_it(recognizer, draw, is_inverted):
    page = make_digit()
    draw(page)

    reading = recognizer.read(as_file(255 - page if is_inverted else page))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


def test_the_box_is_that_of_the_digit_and_the_steps_show_it(recognizer):
    [alone] = recognizer.read(as_file(make_digit(left=160, top=140))).digits
    page = make_digit(left=160, top=140)
    ellipse(axes=(140, 140))(page)

    [digit] = recognizer.read(as_file(page)).digits

    assert digit.box.left == pytest.approx(alone.box.left, abs=2)
    assert digit.box.top == pytest.approx(alone.box.top, abs=2)
    assert digit.box.height == pytest.approx(alone.box.height, abs=2)
    assert trace(as_file(page))[-1].pixels.tolist() == digit.glyph.tolist()


def test_in_a_large_photo_as_well(recognizer):
    page = make_digit()
    ellipse()(page)
    large = cv2.resize(np.asarray(page), None, fx=3, fy=3)

    [digit] = recognizer.read(as_file(large)).digits

    assert digit.digit == 2
    assert digit.box.height == pytest.approx(3 * 162, abs=9)


def test_a_faint_digit_in_a_bold_ring_is_read(recognizer):
    page = make_digit(ink=150, pen_px=6)
    ellipse(pen_px=12)(page)

    assert recognizer.read(as_file(page)).text == "2"


def test_soft_rims_that_run_into_the_ring_do_not_join_them(recognizer):
    page = make_digit(digit_px=170, pen_px=14)
    ellipse(axes=(118, 118), pen_px=10)(page)
    blurred = np.asarray(cv2.GaussianBlur(page, (0, 0), 3), np.uint8)

    assert recognizer.read(as_file(blurred)).text == "2"


@pytest.mark.parametrize(
    ("inner", "axes"),
    [
        # A dot, a stroke in a 0 as narrow as most, and nothing.
        (lambda page: cv2.circle(page, MIDDLE, 12, 0, -1), (100, 130)),
        (lambda page: cv2.line(page, (180, 240), (220, 160), 0, 10), (80, 130)),
        (lambda page: page, (110, 130)),
    ],
    ids=["dot", "stroke", "nothing"],
)
def test_a_nought_is_one_whatever_is_in_it(recognizer, inner, axes):
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    cv2.ellipse(page, MIDDLE, axes, 0, 0, 360, 0, 14, cv2.LINE_AA)
    inner(page)

    assert recognizer.read(as_file(page)).text == "0"


def mask_of(*draws: Callable[[NDArray[np.uint8]], object]) -> NDArray[np.uint8]:
    page = np.zeros((200, 200), np.uint8)
    for draw in draws:
        draw(page)
    return page


def round_line(**options: int) -> Callable[[NDArray[np.uint8]], object]:
    kind = {"radius": 90, "pen_px": 6, "from_deg": 0} | options

    def draw(page: NDArray[np.uint8]) -> object:
        axes = kind["radius"], kind["radius"]
        return cv2.ellipse(
            page, (100, 100), axes, 0, kind["from_deg"], 360, 1, kind["pen_px"]
        )

    return draw


def bar(*, length: int = 90, left: int = 95) -> Callable[[NDArray[np.uint8]], object]:
    def draw(page: NDArray[np.uint8]) -> object:
        top = 100 - length // 2
        return cv2.rectangle(page, (left, top), (left + 10, top + length), 1, -1)

    return draw


def test_what_is_enclosed_is_what_stands_apart_within():
    within = enclosed(*3 * [mask_of(round_line(), bar())])

    assert within is not None
    assert (within == mask_of(bar())).all()


@pytest.mark.parametrize(
    "draws",
    [
        (bar(),),
        (round_line(),),
        (round_line(), bar(length=30)),
        (round_line(), bar(left=10)),
        (round_line(from_deg=90), bar()),
        (round_line(radius=66, pen_px=66), bar(length=50)),
    ],
    ids=["no ring", "nothing within", "a dot", "they touch", "half", "no line"],
)
def test_nothing_is_enclosed_otherwise(draws):
    assert enclosed(*3 * [mask_of(*draws)]) is None


def test_an_outline_beside_encloses_nothing():
    """A 5 whose roof stands apart, and a ring beside it."""
    page = np.zeros((200, 400), np.uint8)
    cv2.circle(page, (100, 100), 90, 1, 6)
    cv2.rectangle(page, (300, 60), (310, 140), 1, -1)

    assert enclosed(page, page, page) is None


def test_rims_are_the_digits_as_far_as_there_is_ink():
    """Where soft rims run into the ring, strong ink says what is within."""
    strong = mask_of(round_line(), bar())
    digit = mask_of(round_line(pen_px=10), bar(), lambda page: page[100, 10:95].fill(1))

    within = enclosed(digit, digit, strong)

    assert within is not None
    assert (within[mask_of(bar()) == 1] == 1).all()
    assert within[100, 90:95].tolist() == [0, 0, 0, 1, 1]
