"""A pencil's digit beside what is much bolder: edges, rules and boxes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ml.enclosures import is_box
from ml.ink import depth_of_ink
from ml.preprocessing import glyph_from_grey
from ml.search import search
from ml.segmentation import rules_and_frames
from tests.ml.pages import Grey, make_page

PAPER, PENCIL = 245, 215
# Mean difference of two glyphs, in grey levels; another digit differs by 30 and more.
SAME = 20.0
Draw = Callable[[Grey], None]


def make_pencil_page(*, side: int = 300, ink: int = PENCIL) -> Grey:
    """A pale 2 in the middle of a page, half as high as it."""
    return make_page(
        width=side,
        height=side,
        digit_px=side // 2,
        pen_px=max(1, side // 25),
        paper=PAPER,
        ink=ink,
    )


def make_blank_page(*, side: int = 300) -> Grey:
    return np.full((side, side), PAPER, np.uint8)


def with_grain(page: Grey) -> Grey:
    grain = np.random.default_rng(1).normal(0, 1, page.shape)
    return np.asarray((page + grain).clip(0, 255), np.uint8)


def as_jpeg(page: Grey) -> Grey:
    file = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)


def left_edge(page: Grey) -> None:
    page[:, : page.shape[1] // 30] = 20


def all_edges(page: Grey) -> None:
    wide = page.shape[0] // 40
    page[:wide], page[-wide:], page[:, :wide], page[:, -wide:] = 20, 60, 40, 20


def soft_edge(page: Grey) -> None:
    away = np.arange(page.shape[1]) / page.shape[1]
    dark = 1 / (1 + np.exp((away - 0.04) * 120))
    page[:] = (page * (1 - 0.9 * dark)).astype(np.uint8)


def tilted_edge(page: Grey) -> None:
    height, width = page.shape
    corners = [(0, 0), (width, 0), (width, height // 20), (0, height // 50)]
    cv2.fillPoly(page, [np.array(corners, np.int32)], 30)


def rule(page: Grey) -> None:
    top = round(0.8 * page.shape[0])
    page[top : top + max(1, page.shape[0] // 100)] = 20


def box(page: Grey) -> None:
    side = page.shape[0]
    ends = (side // 8, side // 8), (side - side // 8, side - side // 8)
    cv2.rectangle(page, *ends, 20, max(1, side // 80))


def tilted_box(page: Grey) -> None:
    side = page.shape[0]
    corners = cv2.boxPoints(((side / 2, side / 2), (0.7 * side, 0.75 * side), 3))
    cv2.polylines(page, [corners.astype(np.int32)], True, 20, max(2, side // 80))


EDGES = [left_edge, all_edges, soft_edge, tilted_edge]


@pytest.mark.parametrize("side", [60, 150, 300])
@pytest.mark.parametrize("draw", [*EDGES, rule, box, tilted_box])
@pytest.mark.parametrize("changed", [with_grain, as_jpeg])
def test_a_pencils_digit_is_found_beside_what_is_bold(draw: Draw, side, changed):
    alone = glyph_from_grey(changed(make_pencil_page(side=side)))
    page = make_pencil_page(side=side)
    draw(page)

    found = glyph_from_grey(changed(page))

    assert found is not None
    assert alone is not None
    assert abs(found.box.left - alone.box.left) <= 2
    assert abs(found.box.height - alone.box.height) <= 4
    assert np.abs(found.glyph.astype(int) - alone.glyph).mean() < SAME


@pytest.mark.parametrize("side", [28, 150, 300])
@pytest.mark.parametrize("draw", EDGES)
@pytest.mark.parametrize("changed", [with_grain, as_jpeg])
def test_a_blank_page_stays_blank_beside_dark_edges(draw: Draw, side, changed):
    page = make_blank_page(side=side)
    draw(page)

    assert glyph_from_grey(changed(page)) is None


@pytest.mark.parametrize("draw", [box, tilted_box])
@pytest.mark.parametrize("changed", [with_grain, as_jpeg])
def test_what_is_found_of_an_empty_box_is_the_box(draw: Draw, changed):
    page = make_blank_page()
    draw(page)

    found = glyph_from_grey(changed(page))

    assert found is not None
    assert found.box.width > 200


@pytest.mark.parametrize("draw", [*EDGES, rule])
def test_a_bold_digit_beside_edges_leaves_the_level_as_it_is(draw: Draw):
    page = make_pencil_page(ink=30)
    draw(page)
    depth = depth_of_ink(page)
    assert depth is not None

    found = search(page)

    assert found is not None
    np.testing.assert_array_equal(found.ink, depth.as_ink())


@pytest.mark.parametrize(
    "draw",
    [
        lambda page: cv2.circle(page, (150, 150), 40, PAPER - 6, 6),
        lambda page: cv2.line(page, (150, 40), (160, 260), PENCIL, 3),
        lambda page: [
            cv2.circle(page, (60 + 90 * (n % 3), 70 + 80 * (n // 3)), 12, PENCIL, 3)
            for n in range(9)
        ],
    ],
    ids=["a stain", "a fold", "marks all over"],
)
def test_what_is_no_digit_beside_an_edge_leaves_the_page_blank(draw: Draw):
    page = make_blank_page()
    left_edge(page)
    draw(page)

    assert glyph_from_grey(page) is None


def test_a_stain_in_a_box_leaves_the_box():
    page = make_blank_page()
    box(page)
    cv2.circle(page, (150, 150), 20, PENCIL, cv2.FILLED)

    found = glyph_from_grey(page)

    assert found is not None
    assert found.box.width > 200


@pytest.mark.parametrize("top", [150, 215, 222])
def test_of_a_pencils_digit_on_a_rule_no_part_passes_for_the_whole(top):
    page = make_pencil_page()
    whole = glyph_from_grey(page)
    assert whole is not None
    page[top : top + 4] = 20

    found = glyph_from_grey(page)

    assert found is None or found.box.height >= 0.9 * whole.box.height


def test_the_ink_shown_has_the_edge_beside_the_digit():
    page = make_pencil_page()
    left_edge(page)

    found = search(page)

    assert found is not None
    assert found.ink[:, :8].min() == 255
    assert not found.digit[:, :20].any()


def test_a_box_is_told_from_a_0_and_from_one_stroke():
    page = np.zeros((100, 80), np.uint8)
    drawn = cv2.rectangle(page.copy(), (1, 1), (78, 98), 1, 2)
    zero = cv2.ellipse(page.copy(), (40, 50), (37, 47), 0, 0, 360, 1, 3)
    stroke = cv2.line(page.copy(), (1, 98), (78, 1), 1, 3)

    assert is_box(drawn)
    assert not is_box(zero)
    assert not is_box(stroke)


def test_rules_and_frames_are_the_ink_that_is_no_digit():
    page = make_page()
    digit = np.asarray(page < 128, np.uint8)
    page[:6], page[240:243] = 0, 0
    ink = np.asarray(page < 128, np.uint8)

    lines = rules_and_frames(ink)

    assert lines[:6].all()
    assert lines[240:243].mean() > 0.9
    assert not (lines & digit).any()


def test_the_level_without_the_bold_is_that_of_what_is_left():
    page = make_pencil_page()
    alone = depth_of_ink(page)
    left_edge(page)
    both = depth_of_ink(page)
    assert alone is not None
    assert both is not None
    edge = np.zeros(page.shape, np.uint8)
    edge[:, :10] = 1

    left = both.without(edge)

    assert left is not None
    assert both.full > 200
    assert left.full == pytest.approx(alone.full, abs=1)
    assert both.without(np.ones_like(edge)) is None
