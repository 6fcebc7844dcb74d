"""What is written in the boxes of a form, and when nobody is sure of it."""

import cv2
import numpy as np
import pytest

from ml.artifacts import SHIPPED
from ml.inference import Recognizer, trace
from ml.outcomes import Outcome
from tests.ml.forms import (
    FORMS,
    HIGH_PX,
    LEFT,
    PEN_PX,
    TOP,
    WIDE_PX,
    apart,
    blank,
    comb,
    line,
    long_box,
    make_form,
    row,
)
from tests.ml.pages import Drawn, Grey, as_file
from tests.ml.rows import WIDTH_PX, write_2


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


@pytest.mark.parametrize("is_inverted", [False, True], ids=["ink", "chalk"])
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("draw", FORMS)
def test_a_digit_in_each_box_is_a_number(recognizer, draw, count, is_inverted):
    page = make_form(draw, count, range(count))

    reading = recognizer.read(as_file(255 - page if is_inverted else page))

    assert (reading.text, reading.outcome) == ("2" * count, Outcome.SURE)


@pytest.mark.parametrize("draw", FORMS)
def test_a_form_may_have_many_boxes(recognizer, draw):
    assert recognizer.read(as_file(make_form(draw, 9, range(9)))).text == "2" * 9


def test_boxes_may_nearly_touch_each_other(recognizer):
    page = make_form(row, 4, range(4))
    for x in range(LEFT + WIDE_PX, LEFT + 4 * WIDE_PX, WIDE_PX):
        cv2.line(page, (x - 5, TOP), (x - 5, TOP + HIGH_PX), 0, PEN_PX)
        cv2.line(page, (x, TOP + 4), (x, TOP + HIGH_PX - 4), 255, 2)
        cv2.line(page, (x + 5, TOP), (x + 5, TOP + HIGH_PX), 0, PEN_PX)

    assert recognizer.read(as_file(page)).text == "2222"


@pytest.mark.parametrize("turn_deg", [-2, 2])
@pytest.mark.parametrize("draw", FORMS)
def test_forms_may_lie_askew(recognizer, draw, turn_deg):
    page = make_form(draw, 4, range(4))
    middle = page.shape[1] / 2, page.shape[0] / 2
    turn = cv2.getRotationMatrix2D(middle, turn_deg, 1)
    turned = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=255)

    assert recognizer.read(as_file(np.asarray(turned, np.uint8))).text == "2222"


@pytest.mark.parametrize("draw", FORMS)
@pytest.mark.parametrize("ink", [80, 150])
def test_forms_may_be_paler_than_what_is_written(recognizer, draw, ink):
    assert recognizer.read(as_file(make_form(draw, 3, range(3), ink=ink))).text == "222"


@pytest.mark.parametrize("draw", [row, apart, comb])
def test_print_may_have_gaps(recognizer, draw):
    page = make_form(draw, 4, [])
    page[::9] = page[:, ::9] = 255
    for place in range(4):
        write_2(page, LEFT + place * WIDE_PX + 18, TOP + 25)

    assert recognizer.read(as_file(page)).text == "2222"


# Where a stroke ran into a line, some of it may be gone with that.
@pytest.mark.parametrize("draw", [row, apart, comb])
def test_of_digits_that_touch_the_lines_nobody_is_sure(recognizer, draw):
    page = make_form(draw, 3, range(3), down_px=23)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("222", Outcome.UNSURE)


@pytest.mark.parametrize("draw", [row, apart, comb, long_box])
@pytest.mark.parametrize("place", [0, 2])
def test_one_digit_in_a_form_is_a_digit(recognizer, draw, place):
    reading = recognizer.read(as_file(make_form(draw, 4, [place])))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


def test_one_that_touches_the_lines_is_not_sure(recognizer):
    reading = recognizer.read(as_file(make_form(row, 4, [1], down_px=23)))

    assert (reading.text, reading.outcome) == ("2", Outcome.UNSURE)


# It may be one number, or two.
def test_of_digits_around_an_empty_box_nobody_is_sure(recognizer):
    reading = recognizer.read(as_file(make_form(row, 4, [0, 1, 3])))

    assert (reading.text, reading.outcome) == ("222", Outcome.UNSURE)


@pytest.mark.parametrize("boxes", [3, 4])
@pytest.mark.parametrize("draw", [row, comb])
def test_empty_boxes_are_blank(recognizer, draw, boxes):
    page = make_form(draw, boxes, [])

    assert recognizer.read(as_file(page)).outcome == Outcome.BLANK


# They may be zeros that somebody drew with corners.
@pytest.mark.parametrize("boxes", [2, 3, 5])
def test_boxes_apart_are_never_blank(recognizer, boxes):
    page = make_form(apart, boxes, [])

    assert recognizer.read(as_file(page)).outcome not in {Outcome.BLANK, Outcome.SURE}


def dashes(page: Grey) -> None:
    for left in range(LEFT + 30, LEFT + 4 * WIDE_PX, WIDE_PX):
        line(page, (left, TOP + 75), (left + 50, TOP + 75), 0)


def dots(page: Grey) -> None:
    for left in range(LEFT + 55, LEFT + 4 * WIDE_PX, WIDE_PX):
        cv2.circle(page, (left, TOP + 75), 10, 0, -1)


def above(page: Grey) -> None:
    write_2(page, LEFT, TOP - 70, height=45)


@pytest.mark.parametrize("draw", [dashes, dots, above])
def test_boxes_are_not_blank_where_there_is_other_ink(recognizer, draw: Drawn):
    page = make_form(row, 4, [])
    draw(page)

    assert recognizer.read(as_file(page)).outcome != Outcome.BLANK


# Beside a black line a pencil's stroke is no ink.
@pytest.mark.parametrize("pencil", [128, 190, 225])
@pytest.mark.parametrize(("filled", "text"), [([0, 1, 2, 3], "2222"), ([2], "2")])
def test_a_pencil_is_read_in_printed_boxes(recognizer, pencil, filled, text):
    printed, written = make_form(row, 4, []), make_form(blank, 4, filled)
    pale = 255 - (255 - written.astype(int)) * (255 - pencil) // 255
    page = np.asarray(np.minimum(printed, pale), np.uint8)

    assert recognizer.read(as_file(page)).text == text


def comma(page: Grey) -> None:
    line(page, (LEFT + 100, TOP + 116), (LEFT + 98, TOP + 132), 0)


def point(page: Grey) -> None:
    cv2.circle(page, (LEFT + 98, TOP + 118), 8, 0, -1)


def minus(page: Grey) -> None:
    line(page, (LEFT - 50, TOP + 75), (LEFT - 15, TOP + 75), 0)


def another_line(page: Grey) -> None:
    write_2(page, LEFT, TOP + HIGH_PX + 70, height=70)


def another_row(page: Grey) -> None:
    row(page[HIGH_PX + 30 :], 4)


@pytest.mark.parametrize("draw", [comma, point, minus, another_line, another_row])
def test_beside_other_ink_nobody_is_sure_of_a_number(recognizer, draw: Drawn):
    page = make_form(row, 4, range(4))
    draw(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2222", Outcome.UNSURE)


@pytest.mark.parametrize("margin_px", [-2, 0, 3, 10])
def test_a_form_may_be_cut_out_tightly(recognizer, margin_px):
    page = make_form(row, 4, range(4))
    top, bottom = TOP - margin_px, TOP + HIGH_PX + margin_px + 1
    left, right = LEFT - margin_px, LEFT + 4 * WIDE_PX + margin_px + 1

    assert recognizer.read(as_file(page[top:bottom, left:right])).text == "2222"


# Two digits in most boxes are none in a box each; the boxes are lines that meet.
def test_what_is_crowded_is_no_form(recognizer):
    page = make_form(row, 3, [])
    for left in range(LEFT + 10, LEFT + 3 * WIDE_PX, WIDE_PX // 2):
        write_2(page, left, TOP + 45, height=60)

    reading = recognizer.read(as_file(page))

    assert reading.outcome != Outcome.SURE
    assert len(reading.digits) != 3


def test_a_digit_that_reaches_into_the_next_box_is_parted_there(recognizer):
    page = make_form(row, 3, [0, 2])
    write_2(page, LEFT + WIDE_PX + 18, TOP + 25)
    # The foot of the one in the middle goes on to the next one's.
    line(page, (LEFT + 190, TOP + 123), (LEFT + 245, TOP + 123), 0)

    reading = recognizer.read(as_file(page))

    assert (len(reading.digits), reading.outcome) == (3, Outcome.UNSURE)
    assert reading.text[:2] == "22"


def scribble(page: Grey) -> None:
    points = [(10, 30), (60, 120), (20, 100), (70, 40), (30, 60), (75, 90)]
    corner = np.array((LEFT + WIDE_PX + 12, TOP))
    whole = (np.array(points) + corner).astype(np.int32)
    cv2.polylines(page, [whole], False, 0, 7, cv2.LINE_AA)


def test_what_is_no_digit_is_no_reason_to_leave_out_the_others(recognizer):
    page = make_form(row, 4, [0, 2, 3])
    scribble(page)

    reading = recognizer.read(as_file(page))

    assert reading.outcome == Outcome.UNSURE
    assert len(reading.digits) == 4
    assert (reading.text[0], reading.text[2:]) == ("2", "22")


def test_boxes_that_hold_no_digits_are_no_number(recognizer):
    page = make_form(row, 3, [])
    for place in range(3):
        moved = np.full_like(page, 255)
        scribble(moved)
        page = np.minimum(page, np.roll(moved, (place - 1) * WIDE_PX, axis=1))

    assert recognizer.read(as_file(page)).outcome == Outcome.NOT_A_DIGIT


def small_2(page: Grey) -> None:
    write_2(page, LEFT + 3 * WIDE_PX + 40, TOP + 60, height=35)


def beside_2(page: Grey) -> None:
    write_2(page, LEFT + 4 * WIDE_PX + 25, TOP + 25)


@pytest.mark.parametrize("draw", [small_2, beside_2])
def test_of_what_leaves_ink_unread_nobody_is_sure(recognizer, draw: Drawn):
    wide = make_form(row, 4, [1, 2])
    page = np.full((420, wide.shape[1] + 120), 255, np.uint8)
    page[:, : wide.shape[1]] = wide
    draw(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("22", Outcome.UNSURE)


@pytest.mark.parametrize("scale", [1, 4, 8])
@pytest.mark.parametrize("draw", FORMS)
def test_each_digit_is_where_it_stands(recognizer, draw, scale):
    page = make_form(draw, 3, range(3))
    page = np.asarray(cv2.resize(page, None, fx=scale, fy=scale), np.uint8)

    digits = recognizer.read(as_file(page)).digits

    assert len(digits) == 3
    for place, digit in enumerate(digits):
        left = LEFT + place * WIDE_PX + (WIDE_PX - WIDTH_PX) // 2
        assert digit.box.left == pytest.approx(scale * left, abs=6 * scale)
        assert digit.box.top == pytest.approx(scale * (TOP + 20), abs=6 * scale)
        assert digit.box.height == pytest.approx(scale * 108, abs=8 * scale)


def test_a_small_form_on_a_large_page_is_looked_at_from_nearer(recognizer):
    page = np.full((1500, 2000), 255, np.uint8)
    form = make_form(row, 4, range(4))
    small = cv2.resize(form, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    page[600 : 600 + small.shape[0], 900 : 900 + small.shape[1]] = small

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2222", Outcome.SURE)


def test_the_steps_show_the_form_until_it_goes(recognizer):
    page = as_file(make_form(row, 3, [1]))
    [read] = recognizer.read(page).digits

    _, ink, digit, glyph = (step.pixels for step in trace(page, read.glyph))

    height, width = ink.shape
    at_edge = slice((LEFT - 3) * width // 450, (LEFT + 4) * width // 450)
    middle = (TOP + HIGH_PX // 2) * height // 420
    assert ink[middle, at_edge].min() < 32
    assert digit[middle, at_edge].min() == 255
    assert np.array_equal(glyph, read.glyph)
