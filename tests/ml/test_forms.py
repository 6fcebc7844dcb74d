"""Which ink is the lines of a form."""

import cv2
import pytest

from ml.forms import form_in
from tests.ml.forms import HIGH_PX, LEFT, PEN_PX, TOP, WIDE_PX, line, row
from tests.ml.pages import Drawn, Grey, draw_mask


def squares(page: Grey) -> None:
    for step in range(0, 5 * 44, 44):
        cv2.line(page, (60, 60 + step), (60 + 4 * 44, 60 + step), 1, 3)
        cv2.line(page, (60 + step, 60), (60 + step, 60 + 4 * 44), 1, 3)


def sha(page: Grey) -> None:
    """A letter Ш."""
    cv2.line(page, (60, 200), (180, 200), 1, 8)
    for x in (60, 120, 180):
        cv2.line(page, (x, 80), (x, 200), 1, 8)


def underlined(page: Grey) -> None:
    """11, underlined: no comb, as the line goes on beyond them."""
    cv2.line(page, (60, 200), (240, 200), 1, 6)
    for x in (120, 180):
        cv2.line(page, (x, 140), (x, 200), 1, 6)


def zeros(page: Grey) -> None:
    for x in (90, 180):
        cv2.ellipse(page, (x, 130), (30, 50), 0, 0, 360, 1, 8)


def one_box(page: Grey) -> None:
    cv2.rectangle(page, (60, 60), (180, 180), 1, 6)


def solid(page: Grey) -> None:
    cv2.rectangle(page, (60, 60), (260, 120), 1, -1)


def thick_comb(page: Grey) -> None:
    cv2.rectangle(page, (60, 140), (240, 180), 1, -1)
    for x in (60, 120, 180, 240):
        cv2.line(page, (x, 110), (x, 140), 1, 8)


def broken_comb(page: Grey) -> None:
    comb_of_three(page)
    page[:, 100:140] = 0


def one_short_tooth(page: Grey) -> None:
    comb_of_three(page)
    page[140:185, 110:130] = 0


def comb_of_three(page: Grey) -> None:
    cv2.line(page, (60, 200), (240, 200), 1, 6)
    for x in (60, 120, 180, 240):
        cv2.line(page, (x, 150), (x, 200), 1, 6)


@pytest.mark.parametrize(
    "draw",
    [squares, sha, underlined, zeros, one_box, solid, thick_comb, broken_comb],
)
def test_what_is_no_form(draw: Drawn):
    assert form_in(draw_mask((300, 320), draw)) is None


def test_a_comb_has_a_box_between_two_teeth():
    form = form_in(draw_mask((300, 320), comb_of_three))

    assert form is not None
    assert [round(start) for start, _ in form.cells] == pytest.approx(
        [60, 120, 180], abs=3
    )


# It is a long box without a lid, in which something stands.
def test_of_a_comb_no_tooth_is_short():
    form = form_in(draw_mask((300, 320), one_short_tooth))

    assert form is not None
    assert form.is_field


# A stroke from edge to edge of one box is no line between two.
def test_a_box_with_a_tall_one_is_not_two():
    def draw(page: Grey) -> None:
        one_box(page)
        cv2.line(page, (120, 60), (120, 180), 1, 6)

    assert form_in(draw_mask((300, 320), draw)) is None


# The middle one is as high as its box, and there are no boxes half as wide.
def test_a_tall_one_is_no_line_between_boxes():
    def draw(page: Grey) -> None:
        row(page, 3, ink=1)
        x = LEFT + WIDE_PX + WIDE_PX // 2 - 15
        line(page, (x, TOP), (x, TOP + HIGH_PX), 1)

    form = form_in(draw_mask((420, 450), draw))

    assert form is not None
    assert len(form.cells) == 3


def test_boxes_may_be_of_different_widths():
    def draw(page: Grey) -> None:
        cv2.rectangle(page, (60, 120), (460, 240), 1, 5)
        for x in (140, 300):
            cv2.line(page, (x, 120), (x, 240), 1, 5)

    form = form_in(draw_mask((360, 520), draw))

    assert form is not None
    assert [round(start) for start, _ in form.cells] == pytest.approx(
        [60, 140, 300], abs=3
    )


def test_boxes_in_another_line_are_none_of_the_form():
    def draw(page: Grey) -> None:
        row(page, 3, ink=1)
        cv2.rectangle(page, (60, 320), (180, 480), 1, PEN_PX)

    form = form_in(draw_mask((520, 450), draw))

    assert form is not None
    assert len(form.cells) == 3
    assert not form.lines[300:].any()
