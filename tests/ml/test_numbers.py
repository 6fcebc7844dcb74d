"""Whole numbers: digits in a line, each read by itself."""

import time

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import LITERT_FILE, SHIPPED, Manifest
from ml.inference import Recognizer
from ml.networks import LiteRTNetwork
from ml.numbers import SURE
from ml.outcomes import Outcome
from tests.ml.pages import Drawn, Grey, as_file
from tests.ml.rows import FORMS, HEIGHT_PX, LEFT, TOP, WIDTH_PX, make_row, write_2

APART_PX = 60
STEP_PX = WIDTH_PX + APART_PX


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


@pytest.mark.parametrize("is_inverted", [False, True], ids=["ink", "chalk"])
@pytest.mark.parametrize(
    ("row", "text"),
    [
        (make_row(45), "22"),
        (make_row(110), "22"),
        (make_row(60, top=TOP + 25), "22"),
        (make_row(50, 50), "222"),
        (make_row(*[55] * 6, width=1100), "2222222"),
    ],
    ids=["two", "further apart", "sloping", "three", "seven in a wide picture"],
)
def test_digits_in_a_line_are_a_number(recognizer, row, text, is_inverted):
    reading = recognizer.read(as_file(255 - row if is_inverted else row))

    assert (reading.text, reading.outcome) == (text, Outcome.SURE)
    assert "".join(str(digit.digit) for digit in reading.digits) == text
    assert SURE <= reading.confidence <= min(d.confidence for d in reading.digits)


@pytest.mark.parametrize("draw", FORMS)
def test_a_number_on_a_form_is_read(recognizer, draw: Drawn):
    page = make_row(APART_PX)
    ink = page < 128
    draw(page)
    page[ink] = 0

    assert recognizer.read(as_file(page)).text == "22"


# A large picture is searched at a smaller size, and its line looked at from nearer.
@pytest.mark.parametrize("scale", [1, 4, 8])
def test_each_digit_is_where_it_stands(recognizer, scale):
    page = cv2.resize(make_row(APART_PX, APART_PX), None, fx=scale, fy=scale)

    digits = recognizer.read(as_file(page)).digits

    edge_px = 5 * scale
    assert len(digits) == 3
    for position, digit in enumerate(digits):
        left = LEFT + 8 - 5 + position * STEP_PX
        assert digit.box.left == pytest.approx(scale * left, abs=edge_px)
        assert digit.box.top == pytest.approx(scale * (TOP - 5), abs=edge_px)
        assert digit.box.width == pytest.approx(scale * 67, abs=edge_px)
        assert digit.box.height == pytest.approx(scale * 108, abs=edge_px)


def test_a_small_number_on_a_large_page_is_looked_at_from_nearer(recognizer):
    page = np.full((1200, 1600), 255, np.uint8)
    row = make_row(*[40] * 3, width=600)
    small = cv2.resize(row, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    page[500 : 500 + small.shape[0], 700 : 700 + small.shape[1]] = small

    reading = recognizer.read(as_file(page))

    assert reading.text == "2222"
    first, second = (digit.box for digit in reading.digits[:2])
    assert first.left == pytest.approx(700 + 0.4 * (LEFT + 3), abs=3)
    assert second.left - first.left == pytest.approx(0.4 * (WIDTH_PX + 40), abs=3)


def touching(page: Grey) -> None:
    """A stroke from one to the next."""
    write_2(page, LEFT + STEP_PX, TOP)
    write_2(page, LEFT + 2 * STEP_PX, TOP)
    y = TOP + 97
    cv2.line(page, (LEFT + 60, y), (LEFT + STEP_PX + 10, y), 0, 5)


def test_digits_that_touch_are_parted_and_nobody_is_sure(recognizer):
    page = make_row()
    touching(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("222", Outcome.UNSURE)


def test_one_piece_of_ink_is_never_parted(recognizer):
    """Of letters in one piece, many would be two digits."""
    page = make_row()
    write_2(page, LEFT + 62, TOP)

    assert len(recognizer.read(as_file(page)).digits) == 1


def comma(page: Grey) -> None:
    cv2.line(page, (LEFT + 95, TOP + 95), (LEFT + 90, TOP + 110), 0, 8)


def dash_behind(page: Grey) -> None:
    cv2.line(page, (LEFT + 220, TOP + 60), (LEFT + 260, TOP + 58), 0, 8)


@pytest.mark.parametrize("draw", [comma, dash_behind])
def test_a_comma_or_a_dash_is_left_out_and_nobody_is_sure(recognizer, draw: Drawn):
    page = make_row(APART_PX)
    draw(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("22", Outcome.UNSURE)


def blot_between(page: Grey) -> None:
    cv2.circle(page, (LEFT + 95, TOP + 60), 20, 0, -1)


def pale_2_behind(page: Grey) -> None:
    faint = np.full_like(page, 255)
    write_2(faint, LEFT + 2 * STEP_PX, TOP)
    page[faint < 128] = 150


def line_below(page: Grey) -> None:
    write_2(page, LEFT, TOP + 140)
    write_2(page, LEFT + STEP_PX, TOP + 140)


def far_apart(page: Grey) -> None:
    write_2(page, LEFT + 2 * WIDTH_PX + 3 * HEIGHT_PX, TOP)


@pytest.mark.parametrize("draw", [blot_between, pale_2_behind, line_below, far_apart])
def test_where_there_is_more_than_digits_nobody_is_sure(recognizer, draw: Drawn):
    page = np.full((500, 700), 255, np.uint8)
    page[:400] = make_row(APART_PX, width=700)
    draw(page)

    reading = recognizer.read(as_file(page))

    assert reading.text.startswith("22")
    assert reading.outcome == Outcome.UNSURE


def test_a_network_that_knows_digits_alone_is_not_asked_for_numbers():
    network = LiteRTNetwork((SHIPPED / LITERT_FILE).read_bytes())

    def of_digits(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        known = network(glyphs)[:, :10]
        return np.asarray(known / known.sum(axis=1, keepdims=True), np.float32)

    recognizer = Recognizer(of_digits, Manifest("cnn", 1.0, 1.0))

    assert len(recognizer.read(as_file(make_row(5))).digits) == 1


def test_where_a_page_is_full_of_digits_none_of_its_lines_is_the_answer(recognizer):
    """Not all of their pieces are looked at."""
    page = np.full((900, 1300), 255, np.uint8)
    for row in range(8):
        for column in range(10):
            write_2(page, 60 + 120 * column, 40 + 105 * row, height=70)

    reading = recognizer.read(as_file(page))

    assert reading.outcome in (Outcome.NOT_A_DIGIT, Outcome.UNSURE)
    assert len(reading.digits) == 1


@pytest.mark.parametrize(("step", "run"), [(4.5, 215), (5, 170)])
def test_a_thicket_of_strokes_is_given_up_soon(recognizer, step, run):
    page = np.full((500, 500), 255, np.uint8)
    for place in range(63):
        start, stop = (int(step * place), 490), (int(step * place) + run, 10)
        cv2.line(page, start, stop, 0, 1, cv2.LINE_AA)
    began = time.perf_counter()

    reading = recognizer.read(as_file(page))

    assert time.perf_counter() - began < 2
    assert len(reading.digits) == 1
