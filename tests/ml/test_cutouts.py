"""Pictures that were cut to their digit."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.cutouts import LEAST_MARGIN_PX, may_be_cut_out, mounted
from ml.inference import Recognizer
from ml.outcomes import Outcome
from ml.preprocessing import SEARCH_SIDE_PX, glyph_from_grey
from tests.ml.pages import as_file, make_page

# As tightly cut as can be, in units of the picture's height.
SEVEN = ((0.0, 0.0), (0.55, 0.0), (0.2, 1.0))
ONE = ((0.0, 0.25), (0.3, 0.0), (0.3, 1.0))
FOUR = ((0.45, 1.0), (0.45, 0.0), (0.0, 0.7), (0.6, 0.7))
PEN = 0.1

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def cut_out(
    strokes: tuple[tuple[float, float], ...], height: int = 200, margin: int = 0
) -> Picture:
    """Black strokes on white, of which the picture shows so much more on each side."""
    pen_px = round(PEN * height)
    points = (np.array(strokes) * (height - pen_px) + height).round().astype(np.int32)
    page = np.full((3 * height, 3 * height), 255, np.uint8)
    cv2.polylines(page, [points], False, 0, pen_px, cv2.LINE_AA)
    left, top, width, high = cv2.boundingRect(255 - page)
    rows = slice(top - margin, top + high + margin)
    return np.ascontiguousarray(page[rows, left - margin : left + width + margin])


@pytest.mark.parametrize("margin", [0, 1, 3])
@pytest.mark.parametrize("is_inverted", [False, True], ids=["black", "white"])
@pytest.mark.parametrize(
    ("digit", "strokes"), [("7", SEVEN), ("1", ONE), ("4", FOUR)], ids="714"
)
def test_bars_of_a_digit_that_fills_its_picture_are_no_rules(
    recognizer, digit, strokes, is_inverted, margin
):
    page = cut_out(strokes, margin=margin)

    reading = recognizer.read(as_file(255 - page if is_inverted else page))

    assert (reading.text, reading.outcome) == (digit, Outcome.SURE)


@pytest.mark.parametrize("height", [60, 200, 3 * SEARCH_SIDE_PX])
def test_the_box_lies_in_the_picture_as_sent(recognizer, height):
    page = cut_out(SEVEN, height)

    [digit] = recognizer.read(as_file(page)).digits

    assert (digit.box.left, digit.box.top) == (0, 0)
    assert digit.box.height == pytest.approx(page.shape[0], abs=2)
    assert digit.box.width == pytest.approx(page.shape[1], abs=2)


def test_the_paper_around_is_lit_as_the_paper_within():
    page = cut_out(SEVEN)
    down = np.linspace(0.6, 1.0, page.shape[0])[:, None]
    light = down - np.linspace(0.0, 0.2, page.shape[1])
    page = np.asarray(page * light, np.uint8)

    found = mounted(page)

    assert found is not None
    edge, within = found.margin_px, slice(found.margin_px, -found.margin_px)
    paper = found.grey.astype(int)
    assert abs(paper[within, edge - 1] - 255 * light[:, 0]).max() < 6
    assert abs(paper[within, -edge] - 255 * light[:, -1]).max() < 6


def frame() -> Picture:
    page = np.full((200, 150), 255, np.uint8)
    cv2.rectangle(page, (0, 0), (149, 199), 0, 7)
    return page


def squares() -> Picture:
    page = np.full((200, 150), 255, np.uint8)
    page[20::40] = page[:, 20::40] = 0
    return page


def corner(*sides: tuple[slice, slice]) -> Picture:
    """A narrow cell of a form, and rules along some of its sides."""
    page = np.full((200, 100), 255, np.uint8)
    for side in sides:
        page[side] = 0
    return page


LEFT, TOP, BOTTOM = np.s_[:, :3], np.s_[:3], np.s_[-3:]


def pale() -> Picture:
    return np.asarray(200 + cut_out(SEVEN) // 50, np.uint8)


def blurred() -> Picture:
    return np.asarray(cv2.GaussianBlur(cut_out(SEVEN), (0, 0), 16), np.uint8)


def three_pieces() -> Picture:
    page = cut_out(SEVEN)
    cv2.circle(page, (100, 170), 20, 0, -1)
    cv2.circle(page, (28, 80), 24, 0, -1)
    return page


def speck_at_border() -> Picture:
    """The fourth border is reached by something else."""
    page = np.vstack((cut_out(SEVEN), np.full((30, cut_out(SEVEN).shape[1]), 255)))
    page[-4:, 60:64] = 0
    return np.asarray(page, np.uint8)


def polygon(width: int, cut: int) -> Picture:
    """A rectangle without its corners."""
    page = np.full((200, width), 255, np.uint8)
    across, down = width - 1, 199
    corners = [(cut, 0), (across - cut, 0), (across, cut), (across, down - cut)]
    corners += [(across - cut, down), (cut, down), (0, down - cut), (0, cut)]
    cv2.fillPoly(page, [np.array(corners, np.int32)], 0)
    return page


@pytest.mark.parametrize(
    "page",
    [
        frame(),
        squares(),
        corner(LEFT, TOP),
        corner(LEFT, BOTTOM),
        corner(LEFT, TOP, BOTTOM),
        pale(),
        blurred(),
        three_pieces(),
        speck_at_border(),
        polygon(160, 70),
        polygon(70, 16),
    ],
    ids=[
        "frame",
        "squares",
        "left and top",
        "left and bottom",
        "three sides",
        "pale",
        "blurred",
        "three pieces",
        "a speck at the border",
        "wide",
        "full",
    ],
)
def test_what_is_no_digit_gets_no_paper(page):
    assert mounted(page) is None


def test_only_what_may_be_cut_out_is_looked_at():
    wide = cv2.resize(cut_out(SEVEN), (260, 200))

    assert may_be_cut_out(cut_out(SEVEN))
    assert not may_be_cut_out(np.asarray(wide, np.uint8))
    assert not may_be_cut_out(make_page())


def test_a_1_may_fill_its_narrow_picture(recognizer):
    page = np.full((200, 80), 255, np.uint8)
    cv2.polylines(page, [np.array([(0, 60), (62, 10), (62, 199)])], False, 0, 36)

    reading = recognizer.read(as_file(page))

    assert mounted(page) is not None
    assert (reading.text, reading.outcome) == ("1", Outcome.SURE)


def test_the_smallest_pictures_get_paper_of_some_pixels():
    small = np.full((12, 7), 255, np.uint8)
    small[:2] = small[2:, 4:6] = 0

    found = mounted(small)

    assert found is not None
    assert found.margin_px == LEAST_MARGIN_PX


@pytest.mark.parametrize(
    "page",
    [make_page(), cut_out(SEVEN, margin=20), np.full((9, 9), 255, np.uint8)],
    ids=["page", "margin", "nothing"],
)
def test_a_picture_with_paper_around_its_digit_stays(page):
    assert mounted(page) is None


def test_what_a_page_would_hold_is_found_besides():
    """A 1 at a rule that the borders cut off may be meant where a 7 is seen."""
    found = glyph_from_grey(cut_out(SEVEN))

    assert found is not None
    assert found.otherwise is not None
    assert not np.array_equal(found.glyph, found.otherwise.glyph)


@pytest.mark.parametrize(("likely", "text"), [(1.0, "1"), (0.45, "7")])
def test_of_both_the_likelier_digit_is_taken_if_it_is_likely_and_never_called_sure(
    recognizer, likely, text
):
    page = cut_out(SEVEN)
    found = glyph_from_grey(page)
    assert found is not None

    def likelier_without_bar(glyphs):
        known = np.rint(glyphs[..., 0] * 255)
        is_seen = [np.array_equal(each, found.glyph) for each in known]
        none = np.eye(11)[10]
        first = 0.4 * np.eye(11)[7] + 0.6 * none
        other = likely * np.eye(11)[1] + (1 - likely) * none
        return np.where(np.array(is_seen)[:, None], first, other)

    reading = Recognizer(likelier_without_bar, recognizer.manifest).read(as_file(page))

    assert reading.text == text
    assert reading.outcome != Outcome.SURE
