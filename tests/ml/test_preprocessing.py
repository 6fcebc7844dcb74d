import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from ml import pieces
from ml.glyphs import stroke_width
from ml.greys import to_grey
from ml.imaging import decode_image
from ml.preprocessing import (
    FoundDigit,
    find_glyph,
    glyph_from_grey,
    stages,
)
from tests.ml.pages import as_file, make_page

# Mean difference of two glyphs, in grey levels, up to which they show the same
# strokes. Another digit differs by 30 and more.
SAME = 10.0


def glyph_of(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    found = glyph_from_grey(page)
    assert found is not None
    return found.glyph


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference at the best of nine offsets: a px of shift is no matter."""
    return min(
        float(np.abs(np.roll(one, (dy, dx), (0, 1)).astype(int) - other).mean())
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )


@pytest.fixture(scope="module")
def plain() -> NDArray[np.uint8]:
    return glyph_of(make_page())


def test_a_glyph_is_white_on_black_with_its_long_side_at_20_px(plain):
    rows, columns = np.nonzero(plain > 20)

    assert plain.shape == (28, 28)
    assert plain.dtype == np.uint8
    assert plain.max() == 255
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_a_glyph_has_its_centre_of_mass_in_the_middle(plain):
    weights = plain.astype(float)
    rows, columns = np.mgrid[:28, :28]

    assert (weights * rows).sum() / weights.sum() == pytest.approx(14, abs=0.6)
    assert (weights * columns).sum() / weights.sum() == pytest.approx(14, abs=0.6)


def test_a_digit_in_mnists_form_passes_unchanged(plain):
    again = glyph_of(plain)

    assert np.abs(again.astype(int) - plain).mean() < 1


def test_light_ink_on_dark_paper_gives_the_same_glyph(plain):
    inverted = make_page(paper=0, ink=255)

    assert difference(glyph_of(inverted), plain) < SAME


@pytest.mark.parametrize("factor", [0.15, 0.3, 0.5, 1.4, 4])
def test_the_size_of_the_picture_does_not_matter(plain, factor):
    page = cv2.resize(
        make_page(), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )

    assert difference(glyph_of(page), plain) < SAME


def test_a_small_digit_in_the_corner_of_a_wide_page_is_found(plain):
    page = np.full((700, 1400), 255, np.uint8)
    small = cv2.resize(make_page(), (90, 90), interpolation=cv2.INTER_AREA)
    page[560:650, 1200:1290] = small

    found = glyph_from_grey(page)

    assert found is not None
    assert difference(found.glyph, plain) < SAME
    assert found.box.left == pytest.approx(1200 + 28, abs=4)
    assert found.box.top == pytest.approx(560 + 14, abs=4)


def test_uneven_light_is_taken_away(plain):
    light = np.linspace(0.35, 1, 280)[None, :] * np.linspace(0.7, 1, 280)[:, None]
    page = (make_page(paper=235, ink=40) * light).astype(np.uint8)

    assert difference(glyph_of(page), plain) < SAME


def test_the_hard_edge_of_a_shadow_is_taken_away(plain):
    page = make_page(paper=230, ink=30)
    page[:, 130:] = (page[:, 130:] * 0.6).astype(np.uint8)

    assert difference(glyph_of(page), plain) < SAME


def test_the_grain_of_paper_is_taken_away(plain):
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 12, (280, 280))
    page = (make_page(paper=200, ink=60) + noise).clip(0, 255).astype(np.uint8)

    assert difference(glyph_of(page), plain) < SAME


def test_faint_pencil_is_drawn_as_dark_as_ink(plain):
    page = make_page(paper=240, ink=222)

    assert difference(glyph_of(page), plain) < SAME


@pytest.mark.parametrize("side_px", [40, 160, 400])
def test_a_pencil_fainter_than_the_grain_of_the_paper_is_found(side_px):
    digit_px = round(0.6 * side_px)
    page = make_page(
        width=side_px,
        height=side_px,
        digit_px=digit_px,
        pen_px=max(2, side_px // 18),
        paper=200,
        ink=188,
    )
    grain = np.random.default_rng(1).normal(0, 2.5, page.shape)

    found = glyph_from_grey((page + grain).clip(0, 255).astype(np.uint8))

    assert found is not None
    assert found.box.height == pytest.approx(digit_px, rel=0.2)


def test_a_hairline_is_drawn_bolder():
    page = make_page(pen_px=1)

    glyph = glyph_of(page)

    assert stroke_width(glyph / np.float32(255)) > 1.2
    assert glyph[glyph > 50].mean() > 150


def test_ruled_lines_are_taken_away(plain):
    page = make_page()
    page[30::60] = np.minimum(page[30::60], 90)

    assert difference(glyph_of(page), plain) < SAME


def test_a_dark_frame_around_a_scan_is_taken_away(plain):
    page = np.pad(make_page(), 20, constant_values=10)

    assert difference(glyph_of(page), plain) < SAME


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_the_border_of_a_scan_is_taken_away(plain, side):
    page = make_page()
    strip = {
        "left": np.s_[:, :6], "right": np.s_[:, -6:],
        "top": np.s_[:6], "bottom": np.s_[-6:],
    }[side]  # fmt: skip
    page[strip] = 20

    assert difference(glyph_of(page), plain) < SAME


def test_specks_are_taken_away(plain):
    page = make_page()
    for x, y in ((20, 30), (250, 40), (30, 250), (255, 240)):
        cv2.circle(page, (x, y), 2, 0, -1)

    assert difference(glyph_of(page), plain) < SAME


@pytest.mark.parametrize("share", [0.0005, 0.002, 0.01])
def test_salt_all_over_the_page_is_taken_away(plain, share):
    page = make_page()
    page[np.random.default_rng(1).random(page.shape) < share] = 0

    assert difference(glyph_of(page), plain) < SAME


def test_crumbs_of_a_broken_stroke_are_kept():
    page = make_page(pen_px=10)
    page[90:96] = page[150:156] = page[200:206] = 255

    found = glyph_from_grey(page)

    assert found is not None
    assert found.box.height > 180


def test_a_page_full_of_noise_costs_no_more_pieces_than_a_digit_has():
    page = np.full((400, 400), 255, np.uint8)
    page[np.random.default_rng(1).random(page.shape) < 0.1] = 0
    mask = (page == 0).astype(np.uint8)

    _, areas, kept = pieces.connected(mask, mask)

    assert areas.size > 5000
    assert len(kept) == pieces.MOST_PIECES


def test_a_slice_of_a_neighbour_is_taken_away(plain):
    page = make_page()
    cv2.line(page, (0, 60), (8, 200), 0, 12)

    assert difference(glyph_of(page), plain) < SAME


def test_a_loose_part_of_the_digit_is_kept():
    page = make_page()
    cv2.line(page, (110, 25), (190, 25), 0, 12)

    found = glyph_from_grey(page)

    assert found is not None
    assert found.box.top < 25


@pytest.mark.parametrize(("digit_px", "pen_px"), [(80, 16), (100, 20), (130, 28)])
def test_a_pale_bold_digit_that_fills_its_picture_is_found(digit_px, pen_px):
    width, height = round(0.75 * digit_px), round(1.1 * digit_px)
    page = make_page(
        width=width,
        height=height,
        digit_px=digit_px,
        pen_px=pen_px,
        paper=200,
        ink=180,
    )
    grain = np.random.default_rng(0).normal(0, 1, page.shape)

    found = glyph_from_grey((page + grain).clip(0, 255).astype(np.uint8))

    assert found is not None
    assert found.box.height > 0.8 * digit_px


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_page_of_one_colour_is_blank(level):
    assert glyph_from_grey(np.full((200, 300), level, np.uint8)) is None


@pytest.mark.parametrize("seed", range(5))
def test_grainy_unevenly_lit_paper_without_ink_is_blank(seed):
    rng = np.random.default_rng(seed)
    light = np.linspace(150, 230, 400)[None, :] + rng.normal(0, 6, (300, 400))
    page = light.clip(0, 255).astype(np.uint8)

    assert glyph_from_grey(page) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3), (5, 5)])
def test_the_smallest_pictures_do_no_harm(shape):
    page = np.full(shape, 255, np.uint8)
    page[0, 0] = 0

    found = glyph_from_grey(page)

    assert found is None or found.glyph.shape == (28, 28)


def test_black_ink_on_a_transparent_page_is_seen(plain):
    page = make_page()
    image = Image.fromarray(np.dstack([np.zeros_like(page)] * 3 + [255 - page]))

    found = find_glyph(decode_image(as_file(image)))

    assert isinstance(found, FoundDigit)
    assert difference(found.glyph, plain) < SAME


def test_white_ink_on_a_transparent_page_is_seen(plain):
    page = make_page()
    image = Image.fromarray(np.dstack([np.full_like(page, 255)] * 3 + [255 - page]))

    found = find_glyph(decode_image(as_file(image)))

    assert isinstance(found, FoundDigit)
    assert difference(found.glyph, plain) < SAME


def test_red_ink_on_green_paper_of_equal_luminance_is_seen(plain):
    is_ink = (make_page() < 128)[..., None]
    page = np.where(is_ink, (250, 0, 0), (0, 127, 0)).astype(np.uint8)

    assert difference(glyph_of(to_grey(Image.fromarray(page))), plain) < SAME


def test_the_box_is_given_in_pixels_of_the_picture_as_sent():
    page = make_page(
        width=2000, height=1000, digit_px=600, left=900, top=200, pen_px=50
    )

    found = find_glyph(decode_image(as_file(page, "JPEG", quality=90)))

    assert found is not None
    box = found.box
    assert (box.left, box.top) == (
        pytest.approx(930, abs=30),
        pytest.approx(175, abs=30),
    )
    assert box.height == pytest.approx(645, abs=40)


@pytest.mark.parametrize(
    "size", [(1936, 2294), (60, 12_000), (9_000, 50), (3, 20_000), (123, 457)]
)
def test_the_box_lies_within_the_picture(size):
    width, height = size
    page = np.full((height, width), 255, np.uint8)
    page[height // 3 : height // 2 + 2, width // 4 : width // 2 + 2] = 0

    found = find_glyph(decode_image(as_file(page)))

    if found is not None:
        box = found.box
        assert 0 <= box.left < box.left + box.width <= width
        assert 0 <= box.top < box.top + box.height <= height


def test_the_steps_lead_from_grey_to_the_glyph():
    page = decode_image(as_file(make_page()))
    found = find_glyph(page)
    assert found is not None

    steps = stages(page, found.glyph)

    assert [step.name for step in steps] == ["grey", "ink", "digit", "glyph"]
    assert np.array_equal(steps[-1].pixels, found.glyph)


def test_real_digits_of_8_by_8_px_keep_their_shape():
    images = load_digits().images[:100]

    glyphs = [glyph_from_grey((255 - image * 15).astype(np.uint8)) for image in images]

    assert all(glyph is not None for glyph in glyphs)
