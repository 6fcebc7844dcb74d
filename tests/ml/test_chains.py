"""The likeliest chain of digits, with readers that see what they are told."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from ml import runs
from ml.arrays import bounds
from ml.numbers import LEAST_LIKELY, read_number
from tests.ml.bars import bars, is_one_bar, line_of_row, reader, upright
from tests.ml.rows import make_row


def test_the_confidence_is_that_of_all_digits_and_of_how_they_are_parted():
    number = read_number(
        line_of_row(bars(*upright(60, 220, 380))), reader(lambda _: 0.9, else_=1)
    )

    assert number is not None
    assert [digit.value for digit in number.digits] == [7, 7, 7]
    assert number.confidence == pytest.approx(0.9**3, rel=1e-3)


def test_other_ways_to_part_a_line_take_from_the_confidence():
    """Two bars near each other may be one digit, if one was likely."""
    line = line_of_row(bars(*upright(100, 140, 320)))

    read = reader(lambda glyph: 0.9 if is_one_bar(glyph) else 0.8, else_=1)

    for may_be_one, share in ((True, 0.9**2 / (0.9**2 + 0.8)), (False, 1)):
        number = read_number(line, read, may_be_one=may_be_one)
        assert number is not None
        assert len(number.digits) == 3
        assert number.confidence == pytest.approx(share * 0.9**3, rel=1e-3)


def test_pieces_that_are_no_clear_digits_may_always_be_one():
    line = line_of_row(bars(*upright(100, 140, 320)))

    number = read_number(line, reader(lambda glyph: 0.6 if is_one_bar(glyph) else 0.8))

    assert number is not None
    assert len(number.digits) == 2


def test_a_number_has_no_digit_that_is_unlikely():
    line = line_of_row(bars(*upright(100, 200)))

    assert read_number(line, reader(lambda _: LEAST_LIKELY + 0.01))
    assert read_number(line, reader(lambda _: LEAST_LIKELY - 0.01)) is None


def test_what_has_too_many_parts_is_no_number(monkeypatch):
    line = line_of_row(bars(*upright(*range(60, 440, 60))))

    assert read_number(line, reader(lambda _: 0.9))
    monkeypatch.setattr(runs, "MOST_RUNS", 5)

    assert read_number(line, reader(lambda _: 0.9)) is None


def test_what_is_clear_is_not_cut_and_what_is_not_is_read_in_parts():
    """A bar of twice the width that is no digit is two of them."""
    page = bars((100, 100, 14, 80), (200, 100, 14, 80), (260, 100, 14, 80))
    page[140:144, 200:270] = 0
    line = line_of_row(page)
    assert len(line.parts) == 2
    seen: list[int] = []

    def see(glyph: NDArray[np.uint8]) -> float:
        seen.append(1)
        return 0.95 if is_one_bar(glyph) else 0.05

    number = read_number(line, reader(see))

    assert number is not None
    assert len(number.digits) == 3
    assert not number.is_clear
    lefts = [digit.box.left for digit in number.digits]
    assert all(before < after for before, after in pairwise(lefts))
    seen.clear()
    read_number(line, reader(lambda _: seen.append(1) or 0.95))
    assert len(seen) == 2  # Each part, and none of them together: they stand apart.


def test_a_cut_behind_a_low_part_is_a_cut():
    """Parts are ordered by their middles: a dot may come between two pieces."""
    page = bars((60, 100, 14, 80), (300, 100, 14, 80), (340, 100, 14, 80))
    page[176:180, 300:354] = 0
    page[100:120, 322:330] = 0
    line = line_of_row(page)
    assert sorted(part.is_low for part in line.parts) == [False, False, True]

    number = read_number(
        line, reader(lambda glyph: 0.95 if is_one_bar(glyph) else 0.05)
    )

    assert number is not None
    assert len(number.digits) == 3
    assert not number.is_clear


@pytest.mark.parametrize("reaches_out", [True, False])
def test_what_a_border_cuts_off_is_no_clear_digit(reaches_out):
    page = bars(*upright(20, 180), width=300)
    page[100:108, 0 if reaches_out else 4 : 20] = 0

    number = read_number(line_of_row(page), reader(lambda _: 0.95))

    assert number is not None
    assert number.is_clear == (not reaches_out)


def test_all_ink_of_a_part_stays_when_it_is_cut():
    line = line_of_row(make_row(60, 3))

    cut = line.cut(line.parts)

    assert len(cut.parts) > len(line.parts)
    assert np.array_equal(cut.where > 0, line.where > 0)
    for part in cut.parts:
        own = (cut.where == part.label).astype(np.uint8)
        assert bounds(own) == part.box
