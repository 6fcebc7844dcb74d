"""Sheets on tables, and canvases in windows."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.inference import Recognizer
from ml.outcomes import Outcome
from ml.sheets import sheet_of
from tests.ml.pages import as_file, make_page

SIDE_PX = 400


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def on_table(
    page: NDArray[np.uint8], *, table: int = 60, turned_deg: float = 0, left: int = 80
) -> NDArray[np.uint8]:
    """The page, as it lies on a table whose picture is SIDE_PX high and wide."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), turned_deg, 1)
    turn[:, 2] += left, (SIDE_PX - height) / 2
    size = SIDE_PX, SIDE_PX
    seen = cv2.warpAffine(page, turn, size, flags=cv2.INTER_AREA, borderValue=table)
    return np.asarray(seen, np.uint8)


def make_sheet(**options: int) -> NDArray[np.uint8]:
    return make_page(width=220, height=260, digit_px=130, pen_px=10, **options)


@pytest.mark.parametrize(
    ("left", "turned_deg"), [(80, 0), (80, 4), (80, 20), (-20, 4), (210, 0), (210, 4)]
)
def test_a_digit_on_a_sheet_is_read_wherever_the_sheet_lies(
    recognizer, left, turned_deg
):
    page = on_table(make_sheet(), turned_deg=turned_deg, left=left)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


@pytest.mark.parametrize("around", [255, 180], ids=["white", "grey"])
def test_a_digit_on_a_black_canvas_is_read(recognizer, around):
    page = on_table(make_sheet(paper=0, ink=255), table=around)

    reading = recognizer.read(as_file(page))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


def test_rules_end_with_the_sheet_and_go(recognizer):
    page = make_sheet(paper=240)
    page[10::30] = 150

    reading = recognizer.read(as_file(on_table(page)))

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


def test_the_box_is_where_the_digit_is_in_the_whole_picture(recognizer):
    [alone] = recognizer.read(as_file(make_sheet())).digits

    [digit] = recognizer.read(as_file(on_table(make_sheet()))).digits

    assert digit.box.left == pytest.approx(alone.box.left + 80, abs=2)
    assert digit.box.top == pytest.approx(alone.box.top + 70, abs=2)
    assert digit.box.height == pytest.approx(alone.box.height, abs=2)


def test_what_is_around_becomes_as_light_as_the_paper():
    light = np.linspace(0.7, 1.0, SIDE_PX)
    page = np.asarray(on_table(make_sheet()) * light, np.uint8)

    sheet = sheet_of(page)

    assert sheet is not None
    assert abs(sheet.grey[5].astype(int) - 255 * light).max() < 6


def test_a_bare_sheet_is_blank(recognizer):
    bare = np.full((260, 220), 250, np.uint8)

    assert recognizer.read(as_file(on_table(bare))).outcome == Outcome.BLANK


@pytest.mark.parametrize("is_inverted", [False, True], ids=["black", "white"])
def test_what_passes_for_a_sheet_may_be_the_digit(recognizer, is_inverted):
    """An 8 in the boldest squares, whose outline is a rectangle."""
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    page[60:340, 100:300] = 0
    page[120:180, 160:240] = page[230:290, 160:240] = 255

    reading = recognizer.read(as_file(255 - page if is_inverted else page))

    assert (reading.text, reading.outcome) == ("8", Outcome.UNSURE)


def bar() -> NDArray[np.uint8]:
    page = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    page[50:350, 160:240] = 0
    return page


def half_in_the_sun() -> NDArray[np.uint8]:
    page = make_page(width=SIDE_PX, height=SIDE_PX)
    page[:, 190:] = page[:, 190:] * 0.5
    return page


def shade() -> NDArray[np.uint8]:
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    return np.asarray(255 - y / 4 - x / 5, np.uint8)


def lamp() -> NDArray[np.uint8]:
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2
    return np.asarray(60 + 180 * np.exp(-(x**2 + y**2) / 20_000), np.uint8)


@pytest.mark.parametrize(
    "page",
    [
        make_page(width=SIDE_PX, height=SIDE_PX),
        make_page(width=SIDE_PX, height=SIDE_PX, paper=0, ink=255),
        bar(),
        half_in_the_sun(),
        shade(),
        lamp(),
        np.full((SIDE_PX, SIDE_PX), 200, np.uint8),
        np.full((1, SIDE_PX), 200, np.uint8),
        np.full((9, 9), 200, np.uint8),
    ],
    ids=["page", "white", "bar", "sun", "shade", "lamp", "bare", "row", "dot"],
)
def test_what_is_no_sheet_stays(page):
    assert sheet_of(page) is None
