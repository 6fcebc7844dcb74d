"""Pictures that were cut to their digit."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.artifacts import SHIPPED
from ml.cutouts import mounted
from ml.inference import Recognizer
from ml.outcomes import Outcome
from ml.preprocessing import SEARCH_SIDE_PX, glyph_from_grey
from tests.ml.pages import as_file, make_page

# As tightly cut as can be, in units of the picture's height.
SEVEN = ((0.0, 0.0), (0.55, 0.0), (0.2, 1.0))
ONE = ((0.0, 0.25), (0.3, 0.0), (0.3, 1.0))
FOUR = ((0.45, 1.0), (0.45, 0.0), (0.0, 0.7), (0.6, 0.7))
PEN = 0.1


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def cut_out(
    strokes: tuple[tuple[float, float], ...], height: int = 200, margin: int = 0
) -> NDArray[np.uint8]:
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
    light = np.linspace(0.6, 1.0, len(page))[:, None]
    page = np.asarray(page * light, np.uint8)

    found = mounted(page)

    assert found is not None
    paper = found.grey[found.margin_px : -found.margin_px, 2].astype(int)
    assert abs(paper - 255 * light[:, 0]).max() < 4


def frame() -> NDArray[np.uint8]:
    page = np.full((200, 150), 255, np.uint8)
    cv2.rectangle(page, (0, 0), (149, 199), 0, 7)
    return page


def squares() -> NDArray[np.uint8]:
    page = np.full((200, 150), 255, np.uint8)
    page[20::40] = page[:, 20::40] = 0
    return page


def band() -> NDArray[np.uint8]:
    page = np.full((200, 100), 255, np.uint8)
    page[:, :40] = 0
    return page


def shade() -> NDArray[np.uint8]:
    y, x = np.mgrid[:200, :150]
    return np.asarray(255 - y / 2 - x / 3, np.uint8)


def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).normal(200, 12, (200, 150)).astype(np.uint8)


@pytest.mark.parametrize("draw", [frame, squares, band, shade, noise])
def test_what_is_no_digit_gets_no_paper(draw):
    assert mounted(draw()) is None


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


def test_of_both_the_likelier_digit_is_taken_and_never_called_sure():
    page = cut_out(SEVEN)
    found = glyph_from_grey(page)
    assert found is not None

    def likelier_without_bar(glyphs):
        known = np.rint(glyphs[..., 0] * 255)
        is_seen = [np.array_equal(each, found.glyph) for each in known]
        first, other = np.eye(11)[7] * 0.4 + np.eye(11)[10] * 0.6, np.eye(11)[1]
        return np.where(np.array(is_seen)[:, None], first, other)

    manifest = Recognizer.load(SHIPPED).manifest

    reading = Recognizer(likelier_without_bar, manifest).read(as_file(page))

    assert (reading.text, reading.outcome) == ("1", Outcome.UNSURE)
