"""Digits written on made-up pages and found there again."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml import pages
from ml.canvases import enlarged, to_glyph
from ml.distortions import Strength
from ml.pages import glyph_of_page, photographed
from ml.preprocessing import glyph_from_grey

UNCHANGED = Strength(rotation_deg=0, slant=0, stretch=0, bend_px=0, pen_px=0)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return (load_digits().images[:60] * (255 / 16)).astype(np.uint8)


def test_most_digits_are_found_again_on_their_pages(images):
    rng = np.random.default_rng(1)

    glyphs = [glyph_of_page(image, images, rng, UNCHANGED) for image in images]

    assert sum(glyph is not None for glyph in glyphs) > 0.7 * len(images)


def test_what_is_found_looks_like_what_was_written(images):
    rng = np.random.default_rng(2)
    likeness = []

    for image in images:
        glyph = glyph_of_page(image, images, rng, UNCHANGED)
        if glyph is not None:
            plain = to_glyph(enlarged(image))
            likeness.append(np.corrcoef(glyph.ravel(), plain.ravel())[0, 1])

    assert np.median(likeness) > 0.8


def test_what_reaching_neighbours_hide_is_cut_out_as_in_reading(images, monkeypatch):
    """Where the ink alone is not the digit, one of the cuts may be."""
    rng = np.random.default_rng(4)
    cut = [glyph_of_page(images[i % 60], images, rng, UNCHANGED) for i in range(150)]

    monkeypatch.setattr(pages, "other_cuts", lambda _ink: [])
    rng = np.random.default_rng(4)
    not_cut = [
        glyph_of_page(images[i % 60], images, rng, UNCHANGED) for i in range(150)
    ]

    assert sum(each is not None for each in cut) > sum(
        each is not None for each in not_cut
    )


def test_a_page_without_ink_gives_no_glyph(images):
    blank = np.zeros((8, 8), np.uint8)

    assert glyph_of_page(blank, images, np.random.default_rng(1), UNCHANGED) is None


def test_a_photograph_keeps_the_ink_visible():
    ink = np.zeros((60, 60), np.float32)
    ink[15:45, 28:33] = 1

    found = [
        glyph_from_grey(photographed(ink, np.random.default_rng(seed)))
        for seed in range(20)
    ]

    assert all(each is not None for each in found)
