"""Digits with a ring or a box drawn around them."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.enclosures import enclosed
from ml.inference import Recognizer, trace
from ml.outcomes import Outcome
from tests.ml.pages import Drawn, Grey, as_file, draw_mask, make_page

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


def test_the_steps_show_the_ring_until_it_goes(recognizer):
    page = make_digit()
    ellipse()(page)
    [read] = recognizer.read(as_file(page)).digits

    grey, ink, digit, _ = (step.pixels for step in trace(as_file(page), read.glyph))

    assert grey.shape == ink.shape == digit.shape
    for shown, rim in ((grey, 0), (ink, 0), (digit, 255)):
        assert shown[shown.shape[0] // 2, :8].min() == rim
    assert digit.min() == 0


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


def test_a_stain_in_a_nought_is_no_digit(recognizer):
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    ellipse(axes=(120, 130), pen_px=16)(page)
    cv2.line(page, (180, 230), (215, 150), 200, 8, cv2.LINE_AA)

    assert recognizer.read(as_file(page)).text == "0"


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (((165, 240), (235, 160)), Outcome.UNSURE),
        (((190, 250), (210, 150)), Outcome.SURE),
    ],
    ids=["slanting", "upright"],
)
def test_a_stroke_in_a_ring_may_cross_a_nought_out(recognizer, ends, outcome):
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    ellipse(axes=(110, 110), pen_px=12)(page)
    cv2.line(page, *ends, 0, 12, cv2.LINE_AA)

    reading = recognizer.read(as_file(page))

    assert reading.outcome == outcome
    if outcome == Outcome.UNSURE:
        likely = np.argsort(reading.digits[0].probabilities)[-2:].tolist()
        assert sorted(likely) == [0, 1]
    else:
        assert reading.text == "1"


def test_a_ring_on_a_sheet_on_a_table_is_none_either(recognizer):
    page = np.full((SIDE_PX, SIDE_PX), 60, np.uint8)
    page[40:360, 40:360] = make_digit(width=320, height=320, digit_px=120, pen_px=10)
    ellipse(axes=(105, 105))(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


SHAPE = (200, 240)
mask_of = partial(draw_mask, SHAPE)


def oval(
    *, axes: tuple[int, int] = (80, 80), pen_px: int = 6, gap_deg: int = 0
) -> Drawn:
    """Around (120, 100)."""

    def draw(page: NDArray[np.uint8]) -> object:
        return cv2.ellipse(page, (120, 100), axes, 0, gap_deg, 360, 1, pen_px)

    return draw


def rectangle(*, axes: tuple[int, int] = (40, 80)) -> Drawn:
    def draw(page: NDArray[np.uint8]) -> object:
        ends = (120 - axes[0], 100 - axes[1]), (120 + axes[0], 100 + axes[1])
        return cv2.rectangle(page, *ends, 1, 6)

    return draw


def bar(*, length: int = 80, x: int = 120, y: int = 100, width: int = 10) -> Drawn:
    def draw(page: NDArray[np.uint8]) -> object:
        ends = (x - width // 2, y - length // 2), (x + width // 2, y + length // 2)
        return cv2.rectangle(page, *ends, 1, -1)

    return draw


def dented(page: NDArray[np.uint8]) -> object:
    """The outline of a fat C, closed: it goes around, and has a dent."""
    points = [(40, 20), (200, 20), (200, 60), (110, 60), (110, 140), (200, 140)]
    corners = np.array([*points, (200, 180), (40, 180)], np.int32)[:, None]
    return cv2.polylines(page, [corners], True, 1, 4)


def within(*draws: Drawn) -> NDArray[np.uint8] | None:
    mask = mask_of(*draws)
    found = enclosed(mask, mask, mask)
    return None if found is None else found.ink


@pytest.mark.parametrize(
    "around",
    [
        oval(),
        oval(axes=(66, 80)),
        oval(axes=(110, 80)),
        oval(pen_px=28),
        oval(gap_deg=45),
        rectangle(),
        rectangle(axes=(100, 60)),
    ],
    ids=["ring", "narrow", "wide", "thick", "open", "box", "wide box"],
)
def test_what_stands_apart_within_a_ring_or_a_box_is_enclosed(around):
    found = within(around, bar())

    assert found is not None
    assert (found == mask_of(bar())).all()


@pytest.mark.parametrize(
    "draws",
    [
        (bar(),),
        (oval(),),
        (oval(), bar(length=40)),
        (oval(), bar(x=48)),
        (oval(gap_deg=70), bar()),
        (oval(axes=(60, 80)), bar()),
        (oval(pen_px=50), bar(length=70)),
        (dented, bar(length=120, x=75)),
    ],
    ids=[
        "no ring", "nothing within", "a dot", "they touch", "half a ring", "a 0",
        "no line", "a dent",
    ],
)  # fmt: skip
def test_nothing_is_enclosed_otherwise(draws):
    assert within(*draws) is None


def test_all_pieces_within_count_and_none_beside():
    """A 5 whose roof stands apart; other ink on all sides."""
    digit = [bar(length=60, y=105), bar(length=6, y=62, width=40)]
    beside = [bar(x=8), bar(x=232), bar(length=8, y=5), bar(length=8, y=195)]

    found = within(oval(), *digit, *beside)

    assert found is not None
    assert (found == mask_of(*digit)).all()


def test_pale_ink_within_a_bold_ring_is_to_be_longer():
    ring = mask_of(oval())

    def found(length: int) -> object:
        return enclosed(ring, mask_of(oval(), bar(length=length)), ring)

    assert found(60) is None
    assert found(90) is not None


def test_rims_are_the_digits_where_strong_ink_says_what_is_within():
    strong = mask_of(oval(), bar())
    bridge = [lambda page: page[100, 45:120].fill(1)]
    digit = mask_of(oval(pen_px=10), bar(width=12), *bridge)

    found = enclosed(digit, digit, strong)

    assert found is not None
    assert (found.ink[mask_of(bar(width=12)) == 1] == 1).all()
    assert found.ink[100, 108:116].tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("slant", "around", "is_slash"),
    [
        (40, oval(), True),
        (-40, oval(), False),
        (15, oval(), False),
        (40, rectangle(axes=(80, 80)), False),
    ],
    ids=["slash", "backslash", "upright", "in a box"],
)
def test_a_slanting_stroke_in_a_ring_may_be_a_slash(slant, around, is_slash):
    def stroke(page: NDArray[np.uint8]) -> object:
        return cv2.line(page, (120 - slant, 140), (120 + slant, 60), 1, 8)

    mask = mask_of(around, stroke)

    found = enclosed(mask, mask, mask)

    assert found is not None
    assert found.is_slash == is_slash


def test_what_is_wider_is_no_slash():
    def seven(page: NDArray[np.uint8]) -> object:
        points = np.array([[85, 62], [155, 60], [100, 140]], np.int32)[:, None]
        return cv2.polylines(page, [points], False, 1, 8)

    mask = mask_of(oval(), seven)

    found = enclosed(mask, mask, mask)

    assert found is not None
    assert not found.is_slash
