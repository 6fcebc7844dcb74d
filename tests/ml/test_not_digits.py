"""Made-up things that are no digits."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml.distortions import Strength
from ml.fonts import draw_characters
from ml.not_digits import (
    _SHARES,
    Material,
    draw_look_alikes,
    draw_not_digits,
    make_kept_material,
    make_material,
)

DIGITS = (
    (load_digits().images[:200] * (255 / 16)).astype(np.uint8),
    load_digits().target[:200].astype(np.uint8),
)


@pytest.fixture(scope="module")
def material() -> Material:
    return make_material(*DIGITS, draw_characters())


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


def test_where_no_letter_looks_like_a_digit_none_is_drawn():
    glyphs, labels = draw_look_alikes(Material.of_digits(DIGITS[0]), 5, seed=1)

    assert (glyphs.shape, labels.shape) == ((0, 28, 28), (0,))


def test_what_calibrates_has_letters_that_never_train(material):
    kept = make_kept_material(*DIGITS, draw_characters())

    trains = {each.tobytes() for each in (*material.written, *material.invented)}
    assert len(kept.invented) > 100
    assert not trains & {each.tobytes() for each in (*kept.letters, *kept.invented)}
