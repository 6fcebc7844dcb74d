"""Made-up things that are no digits."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml.distortions import Strength
from ml.fonts import LIKE_DIGITS, draw_characters
from ml.not_digits import _SHARES, Material, draw_not_digits, make_material


@pytest.fixture(scope="module")
def material() -> Material:
    digits = load_digits()
    images = (digits.images[:200] * (255 / 16)).astype(np.uint8)
    return make_material(
        images, digits.target[:200].astype(np.uint8), draw_characters()
    )


def test_every_glyph_has_ink(material):
    glyphs = draw_not_digits(material, 60, seed=1)

    assert glyphs.shape == (60, 28, 28)
    assert (glyphs.max(axis=(1, 2)) > 60).all()


def test_the_same_seed_draws_the_same(material):
    one, other = (draw_not_digits(material, 20, seed=3) for _ in range(2))

    assert np.array_equal(one, other)


@pytest.mark.parametrize("draw", _SHARES, ids=lambda draw: draw.__name__)
def test_each_kind_varies(material, draw):
    rng = np.random.default_rng(1)

    glyphs = [draw(material, rng, Strength()) for _ in range(12)]

    assert len({glyph.tobytes() for glyph in glyphs}) > 8


def test_letters_that_look_like_digits_are_left_out(material):
    characters = draw_characters()

    assert len(material.letters) < len(characters.others)
    assert len(material.letters) > len(characters.others) / 2


def test_no_letter_is_drawn_that_a_person_would_read_as_a_digit():
    assert {"O", "l", "S"} <= LIKE_DIGITS
