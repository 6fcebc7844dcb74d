from dataclasses import replace

import numpy as np
from sklearn.datasets import load_digits

from ml.augmentation import as_glyphs, augment
from ml.distortions import Strength
from ml.preprocessing import glyph_from_grey
from tests.ml.pages import make_page

GENTLE = Strength(
    rotation_deg=0,
    slant=0,
    stretch=0,
    bend_px=0,
    pen_px=0,
    residue=0,
    shift=0,
    faint=0,
    european=0,
)

LABELS = load_digits().target[:40].astype(np.uint8)


def digits_of_8_by_8(n: int = 40) -> np.ndarray:
    return (load_digits().images[:n] * (255 / 16)).astype(np.uint8)


def test_the_same_seed_draws_the_same_glyphs():
    images = digits_of_8_by_8()

    assert np.array_equal(
        augment(images, LABELS, seed=7), augment(images, LABELS, seed=7)
    )


def test_another_seed_draws_others():
    images = digits_of_8_by_8()

    assert not np.array_equal(
        augment(images, LABELS, seed=7), augment(images, LABELS, seed=8)
    )


def test_images_of_any_size_become_glyphs():
    glyphs = augment(digits_of_8_by_8(), LABELS, seed=1)

    assert glyphs.shape == (40, 28, 28)
    assert glyphs.dtype == np.uint8
    assert (glyphs.max(axis=(1, 2)) > 100).all()


def test_without_strength_a_glyph_keeps_its_shape():
    found = glyph_from_grey(make_page())
    assert found is not None

    drawn = augment(
        found.glyph[None], np.array([2], np.uint8), seed=1, strength=GENTLE
    )[0]

    assert np.abs(drawn.astype(int) - found.glyph).mean() < 12


def test_a_blank_image_does_no_harm():
    blank = np.zeros((3, 28, 28), np.uint8)

    assert augment(blank, np.array([1, 7, 3], np.uint8), seed=1).shape == (3, 28, 28)


def test_glyphs_pass_as_they_are_and_others_are_enlarged():
    glyphs = np.full((2, 28, 28), 7, np.uint8)

    assert as_glyphs(glyphs) is glyphs
    assert as_glyphs(digits_of_8_by_8(2)).shape == (2, 28, 28)


def test_a_1_gets_a_flag_to_its_left_and_a_7_a_bar():
    one = np.zeros((28, 28), np.uint8)
    one[4:24, 13:16] = 255
    seven = one.copy()
    seven[4:7, 6:16] = 255
    always = replace(GENTLE, european=1.0)

    drawn = augment(
        np.stack([one, seven]), np.array([1, 7], np.uint8), seed=3, strength=always
    )
    plain = augment(
        np.stack([one, seven]), np.array([1, 7], np.uint8), seed=3, strength=GENTLE
    )

    assert (
        np.ptp(np.nonzero(drawn[0] > 100)[1])
        > np.ptp(np.nonzero(plain[0] > 100)[1]) + 2
    )
    assert (drawn[1] > 100).sum() > (plain[1] > 100).sum()


def test_a_broken_1_gets_its_flag_as_well():
    broken = np.zeros((1, 28, 28), np.uint8)
    broken[0, 4, 13] = broken[0, 12:20, 13] = 255
    always = replace(GENTLE, european=1.0)

    drawn = augment(broken, np.array([1], np.uint8), seed=1, strength=always)
    plain = augment(broken, np.array([1], np.uint8), seed=1, strength=GENTLE)

    assert (drawn > 100).sum() > (plain > 100).sum()
