"""Several digits in line, of which no single one is the answer."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import LITERT_FILE, SHIPPED, Manifest
from ml.inference import Recognizer, trace
from ml.networks import LiteRTNetwork
from ml.outcomes import Outcome
from tests.ml.pages import Drawn, Grey, as_file
from tests.ml.rows import FORMS, HEIGHT_PX, LEFT, TOP, WIDTH_PX, make_row, write_2


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


@pytest.fixture
def nothing_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of no line it can be told which of its ink is which digit."""
    monkeypatch.setattr("ml.inference.read_number", lambda *_, **__: None)


@pytest.mark.usefixtures("nothing_parted")
@pytest.mark.parametrize("is_inverted", [False, True], ids=["ink", "chalk"])
@pytest.mark.parametrize(
    "row",
    [
        make_row(45),
        make_row(110),
        make_row(60, top=TOP + 25),
        make_row(50, 50),
        make_row(*[55] * 6, width=1100),
    ],
    ids=["two", "far apart", "sloping", "three", "seven in a wide picture"],
)
def test_several_digits_that_cannot_be_read_are_no_digit(recognizer, row, is_inverted):
    reading = recognizer.read(as_file(255 - row if is_inverted else row))

    assert reading.outcome == Outcome.NOT_A_DIGIT
    assert reading.confidence < 0.1
    assert sum(reading.digits[0].probabilities) == pytest.approx(
        1 - reading.digits[0].not_a_digit
    )


@pytest.mark.usefixtures("nothing_parted")
@pytest.mark.parametrize("margin_px", [0, 8], ids=["to its digits", "near them"])
def test_a_picture_that_was_cut_to_a_line_has_several_as_well(recognizer, margin_px):
    page = make_row(50, 50)
    top, bottom = TOP - 5 - margin_px, TOP + HEIGHT_PX + 3 + margin_px

    assert recognizer.read(as_file(page[top:bottom])).outcome == Outcome.NOT_A_DIGIT


@pytest.mark.parametrize(
    ("sides", "text"),
    [((-50, 50), "222"), ((-50, 600), "2"), ((-400, 50), "2")],
    ids=["a line", "half of a wide page", "upright"],
)
def test_those_at_the_borders_count_where_a_picture_was_cut_to_a_line(
    recognizer, sides, text
):
    """As high as its digits, or so; else whoever cut it may have meant one alone."""
    page = make_row(60, 60, width=500)
    rows = np.vstack([np.full((600, 500), 255, np.uint8), page] + [page * 0 + 255] * 2)
    left, right = LEFT + 3, LEFT + 2 * 125 + WIDTH_PX
    top, bottom = 600 + TOP + sides[0], 600 + TOP + HEIGHT_PX + sides[1]

    assert recognizer.read(as_file(rows[top:bottom, left:right])).text == text


@pytest.mark.usefixtures("nothing_parted")
@pytest.mark.parametrize("draw", FORMS)
def test_several_digits_on_forms_are_no_digit(recognizer, draw: Drawn):
    page = make_row(60)
    ink = page < 128
    draw(page)
    page[ink] = 0

    assert recognizer.read(as_file(page)).outcome == Outcome.NOT_A_DIGIT


def blot(page: Grey) -> None:
    cv2.circle(page, (330, 200), 28, 0, -1)


def scribble(page: Grey) -> None:
    rng = np.random.default_rng(2)
    points = rng.integers((320, 170), (380, 230), (8, 2))
    cv2.polylines(page, [points.astype(np.int32)], False, 0, 3, cv2.LINE_AA)


def cross(page: Grey) -> None:
    cv2.line(page, (300, TOP), (380, TOP + 90), 0, 10, cv2.LINE_AA)
    cv2.line(page, (380, TOP), (300, TOP + 90), 0, 10, cv2.LINE_AA)


def small_2(page: Grey) -> None:
    write_2(page, 300, 180, height=32)


def bracket(page: Grey) -> None:
    cv2.line(page, (470, TOP - 55), (470, TOP + 155), 0, 8)


def a_2_that_is_cut_off(page: Grey) -> None:
    write_2(page, 440, TOP)


def a_2_in_the_next_line(page: Grey) -> None:
    write_2(page, 250, TOP + 130)


@pytest.mark.parametrize(
    "beside",
    [
        blot,
        scribble,
        cross,
        small_2,
        bracket,
        a_2_that_is_cut_off,
        a_2_in_the_next_line,
    ],
)
def test_a_digit_beside_anything_else_is_read(recognizer, beside: Drawn):
    page = make_row()
    beside(page)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


# A picture four times as large is reduced twice on the way.
@pytest.mark.usefixtures("nothing_parted")
@pytest.mark.parametrize("scale", [1, 4])
def test_what_is_shown_is_all_of_them(recognizer, scale):
    page = cv2.resize(make_row(60, 60), None, fx=scale, fy=scale)

    [digit] = recognizer.read(as_file(page)).digits

    # From the left of the first to the right of the third, with half a pen's width.
    box, edge_px = digit.box, 5 * scale
    assert box.left == pytest.approx(scale * (LEFT + 8 - 5), abs=edge_px)
    assert box.width == pytest.approx(scale * (2 * 125 + 57 + 10), abs=edge_px)
    assert box.height == pytest.approx(scale * (HEIGHT_PX + 8), abs=edge_px)
    assert pieces_beside_each_other(digit.glyph) == 3


def pieces_beside_each_other(glyph: NDArray[np.uint8]) -> int:
    columns = np.concatenate(([False], glyph.max(axis=0) > 100))
    return int((columns[1:] & ~columns[:-1]).sum())


@pytest.mark.usefixtures("nothing_parted")
def test_the_steps_show_all_of_them(recognizer):
    page = as_file(make_row(60))
    [read] = recognizer.read(page).digits

    _, _, digit, glyph = (step.pixels for step in trace(page, read.glyph))

    assert np.array_equal(glyph, read.glyph)
    for left in (LEFT, LEFT + 125):
        assert digit[TOP : TOP + HEIGHT_PX, left : left + 65].min() < 128


@pytest.mark.usefixtures("nothing_parted")
def test_where_another_digit_is_only_likely_nobody_is_sure(recognizer, monkeypatch):
    monkeypatch.setattr(Recognizer, "_chance_of_more", lambda *_: 0.6)

    reading = recognizer.read(as_file(make_row(60)))

    assert (reading.text, reading.outcome) == ("2", Outcome.UNSURE)
    assert reading.confidence > 0.9


def test_a_network_that_knows_digits_alone_is_not_asked_for_others():
    network = LiteRTNetwork((SHIPPED / LITERT_FILE).read_bytes())

    def of_digits(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        known = network(glyphs)[:, :10]
        return np.asarray(known / known.sum(axis=1, keepdims=True), np.float32)

    recognizer = Recognizer(of_digits, Manifest("cnn", 1.0, 0.9))

    reading = recognizer.read(as_file(make_row(60)))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)
    assert reading.digits[0].not_a_digit == 0
