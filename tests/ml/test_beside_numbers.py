"""Numbers with something beside them that is no digit."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.chains import Read
from ml.inference import Recognizer
from ml.lines import Line
from ml.numbers import (
    LIKELY_ALONE,
    LIKELY_BESIDE,
    WIDE_ALONE,
    Number,
    read_number,
)
from ml.outcomes import NOT_A_DIGIT_LABEL, Outcome
from tests.ml.bars import bars, is_one_bar, line_of_row, reader
from tests.ml.pages import Grey, as_file
from tests.ml.rows import LEFT, TOP, make_row, write_2

BAR = (14, 80)
BLOCK = (60, 80)


def page_of(*widths: tuple[int, int]) -> Grey:
    """Bars and blocks from left to right."""
    lefts = [60 + 100 * place for place in range(len(widths))]
    shapes = zip(lefts, widths, strict=True)
    places = [(left, 100, wide, high) for left, (wide, high) in shapes]
    return bars(*places, width=120 + 100 * len(widths))


def is_block(glyph: NDArray[np.uint8]) -> bool:
    """Whether most of a glyph's middle is ink; a bar is narrow."""
    return int((glyph[14] > 128).sum()) > 8


def sees_blocks_as(likely: float) -> Read:
    """A network to which a bar is a 7, and a block no digit but for so much."""
    return reader(lambda glyph: likely if is_block(glyph) else 0.99)


def read_in(line: Line, *, likely: float = 0.01) -> Number | None:
    return read_number(line, sees_blocks_as(likely))


@pytest.mark.parametrize(
    "shapes",
    [(BLOCK, BAR, BAR), (BAR, BAR, BLOCK), (BLOCK, BLOCK, BAR, BAR, BLOCK)],
    ids=["before", "behind", "some"],
)
def test_what_is_no_digit_is_left_out_at_the_ends(shapes):
    number = read_in(line_of_row(page_of(*shapes)))

    assert number is not None
    bar_px, _ = BAR
    assert [digit.box.width for digit in number.digits] == [bar_px, bar_px]
    assert number.confidence > 0.5
    assert not number.is_clear


@pytest.mark.parametrize("more", [-0.1, 0.1])
def test_digits_beside_something_else_must_be_likely(more):
    page = page_of(BAR, BAR, BAR, BLOCK)
    # Three digits, and little less than nothing for all other ways.
    likely = (LIKELY_BESIDE + more) ** (1 / 3)

    number = number_of_bars(line_of_row(page), likely)

    assert (number is not None) == (more > 0)


def number_of_bars(line: Line, likely: float) -> Number | None:
    """Read bars as 7s, as likely as is said, or else 1s."""

    def read(glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
        known = sees_blocks_as(0.01)(glyphs)
        known[:, 7], known[:, 1] = likely * known[:, 7], (1 - likely) * known[:, 7]
        return known

    return read_number(line, read)


def test_what_stands_between_digits_is_not_left_out():
    assert read_in(line_of_row(page_of(BAR, BAR, BLOCK, BAR, BAR))) is None


@pytest.mark.parametrize("shapes", [(BLOCK, BAR), (BAR, BLOCK)])
def test_one_digit_beside_something_else_is_read(shapes):
    number = read_in(line_of_row(page_of(*shapes)))

    assert number is not None
    assert [digit.box.width for digit in number.digits] == [BAR[0]]
    assert not number.is_clear


def test_one_digit_beside_something_else_must_be_likely():
    line = line_of_row(page_of(BAR, BLOCK))

    assert number_of_bars(line, 0.99)
    assert number_of_bars(line, LIKELY_ALONE) is None


def test_one_digit_that_is_cut_off_something_else_is_none():
    """As the stem of a K."""
    page = page_of(BLOCK, BLOCK)
    page[138:146, 210:250] = 0
    page[100:180, 240:254] = 0
    line = line_of_row(page)
    assert len(line.parts) == 2

    def see(glyph: NDArray[np.uint8]) -> float:
        return 0.99 if is_one_bar(glyph) and not is_block(glyph) else 0.01

    assert read_number(line, reader(see)) is None


def test_one_digit_of_two_pieces_is_not_clear():
    page = bars((60, 100, *BAR), (84, 100, *BAR), width=200)

    number = read_number(
        line_of_row(page),
        reader(lambda glyph: 0.01 if is_one_bar(glyph) else 0.99),
        may_be_one=True,
    )

    assert number is not None
    assert len(number.digits) == 1
    assert not number.is_clear


def test_what_is_a_digit_as_well_as_not_takes_from_the_confidence():
    line = line_of_row(page_of(BAR, BAR, BLOCK))

    clear, doubtful = (read_in(line, likely=likely) for likely in (0.01, 0.15))

    assert clear is not None
    assert doubtful is not None
    assert len(doubtful.digits) == len(clear.digits) == 2
    assert doubtful.confidence < clear.confidence - 0.1


def test_clear_digits_are_not_left_out_with_what_is_beside_them():
    """A block and a bar near it are no digit together; the bar is one."""
    page = page_of(BAR, BAR)
    page[100:180, 182:220] = 0
    line = line_of_row(page)
    assert len(line.parts) == 3

    number = read_in(line)

    assert number is not None
    assert len(number.digits) == 2


def test_a_low_part_behind_is_left_out_in_one_way():
    """Be it a comma or something else: the digits are the same."""
    page = page_of(BAR, BAR, BAR)
    page[100:147, 260:274] = 255
    line = line_of_row(page)
    assert line.parts[-1].is_low

    number = read_number(line, reader(lambda glyph: 0.01 if is_low(glyph) else 0.99))

    assert number is not None
    assert number.confidence > 0.9


def is_low(glyph: NDArray[np.uint8]) -> bool:
    """Whether a glyph is not much higher than wide."""
    rows, columns = (np.flatnonzero((glyph > 128).any(axis)) for axis in (1, 0))
    return np.ptp(rows) < 4 * np.ptp(columns)


def test_in_boxes_each_part_is_a_digit():
    line = line_of_row(page_of(BAR, BAR, BLOCK))

    number = read_in(replace(line, is_parted=True), likely=0.1)

    assert number is not None
    assert len(number.digits) == 3


def cut_in_two() -> Line:
    """A bar, and two that hang together and are cut."""
    page = bars((60, 100, 14, 80), (200, 100, 14, 80), (240, 100, 14, 80))
    page[138:146, 200:254] = 0
    line = line_of_row(page)
    return line.cut([part for part in line.parts if part.box.width > BAR[0]])


def test_a_cut_goes_between_what_hung_together():
    line = cut_in_two()
    apart, first, *_, last = (part.label for part in line.parts)
    both = [part.label for part in line.parts[1:]]

    assert [line.cuts_off([label]) for label in (apart, first, last)] == [0, 1, 1]
    assert not line.cuts_off(both)


def test_a_cut_costs_as_much_before_what_is_left_out_as_behind_it():
    """A bar that hangs together with a block is as doubtful on either side of it."""
    page = bars((60, 100, *BAR), (160, 100, *BAR), (200, 100, 40, 80))
    page[100:112, 170:210] = page[168:180, 170:210] = 0

    def see(glyph: NDArray[np.uint8]) -> float:
        if is_block(glyph):
            return 0.01
        return 0.95 if is_one_bar(glyph) else 0.25

    texts = []
    for line in (line_of_row(page), line_of_row(page[:, ::-1].copy())):
        assert len(line.parts) == 2
        number = read_number(line, reader(see))
        texts.append(number and round(number.confidence, 1))
    assert texts[0] == texts[1]


def test_a_bar_that_a_cut_leaves_is_no_clear_1():
    """As of an H: of 7s nobody doubts that."""
    page = bars((60, 100, 14, 80), (200, 100, 14, 80), (240, 100, 14, 80))
    page[138:146, 200:254] = 0
    line = line_of_row(page)
    assert len(line.parts) == 2

    def read_as(digit: int) -> float:
        def read(glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
            rows = np.zeros((len(glyphs), NOT_A_DIGIT_LABEL + 1))
            likely = np.array([0.98 if is_one_bar(glyph) else 0.02 for glyph in glyphs])
            rows[:, digit] = likely
            rows[:, NOT_A_DIGIT_LABEL] = 1 - likely
            return rows

        number = read_number(line, read)
        return number.confidence if number and len(number.digits) == 3 else 0.0

    assert read_as(1) < read_as(7)


@pytest.mark.parametrize("more", [-0.1, 0.1])
def test_one_piece_of_ink_is_a_number_if_it_is_wide(more):
    high = 100
    apart = round((WIDE_ALONE + more) * high) - 14
    page = bars((60, 100, 14, high), (60 + apart, 100, 14, high))
    page[140:146, 60 : 60 + apart] = 0
    line = line_of_row(page)
    assert len(line.parts) == 1

    number = read_number(
        line, reader(lambda glyph: 0.99 if is_one_bar(glyph) else 0.01)
    )

    assert (number is not None) == (more > 0)


def test_one_piece_of_ink_is_a_number_if_that_is_likely():
    page = bars((60, 100, 14, 80), (180, 100, 14, 80))
    page[140:146, 60:180] = 0
    line = line_of_row(page)

    def confidence(likely: float) -> float | None:
        number = read_number(
            line, reader(lambda glyph: likely if is_one_bar(glyph) else 0.01, else_=1)
        )
        return number and number.confidence

    assert (confidence(0.95) or 0) > LIKELY_ALONE
    assert confidence(0.6) is None


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def hash_sign(page: Grey, left: int) -> None:
    for across in (20, 45):
        x = left + across
        cv2.line(page, (x + 8, TOP), (x - 8, TOP + 95), 0, 8)
    for down in (30, 62):
        cv2.line(page, (left, TOP + down), (left + 65, TOP + down - 4), 0, 8)


def test_a_sign_before_a_number_is_left_out_and_nobody_is_sure(recognizer):
    page = make_row(40, 40, width=600)
    hash_sign(page, LEFT - 95)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("222", Outcome.UNSURE)
    assert reading.digits[0].box.left >= LEFT - 5


def test_digits_that_all_touch_are_parted_and_nobody_is_sure(recognizer):
    page = make_row(width=600)
    for place in (1, 2):
        write_2(page, LEFT + 68 * place, TOP)
    y = TOP + 97
    cv2.line(page, (LEFT, y), (LEFT + 195, y), 0, 6)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("222", Outcome.UNSURE)
