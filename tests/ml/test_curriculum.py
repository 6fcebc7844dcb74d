"""What an epoch is made of."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml.artifacts import SHIPPED
from ml.augmentation import as_glyphs
from ml.curriculum import Mixture, Sources, draw_epoch
from ml.fonts import LOOK_ALIKES, draw_characters
from ml.inference import Recognizer
from ml.not_digits import make_material
from ml.outcomes import NOT_A_DIGIT_LABEL


@pytest.fixture(scope="module")
def sources() -> Sources:
    digits = load_digits()
    images = (digits.images[:100] * (255 / 16)).astype(np.uint8)
    labels = digits.target[:100].astype(np.uint8)
    material = make_material(images, labels, draw_characters())
    return Sources(((images, labels),), material)


def test_each_epoch_draws_other_glyphs_of_the_same_digits(sources):
    (first, of_first), (second, of_second) = (
        draw_epoch(sources, Mixture(), seed=1, epoch=epoch) for epoch in (1, 2)
    )

    assert first.shape == second.shape
    assert np.array_equal(of_first, of_second)
    assert not np.array_equal(first[:100], second[:100])


def test_the_same_epoch_is_drawn_the_same(sources):
    (one, _), (other, _) = (
        draw_epoch(sources, Mixture(), seed=1, epoch=1) for _ in range(2)
    )

    assert np.array_equal(one, other)


def test_so_many_are_no_digits(sources):
    _, labels = draw_epoch(sources, Mixture(not_digits=0.2), seed=1, epoch=1)

    assert (labels == NOT_A_DIGIT_LABEL).sum() == 20
    assert (labels < NOT_A_DIGIT_LABEL).sum() == 100


def test_letters_that_look_like_digits_are_labelled_by_lot(sources):
    mixture = Mixture(plain=1.0, on_pages=0.0, not_digits=0.0, look_alikes=2.0)

    glyphs, labels = draw_epoch(sources, mixture, seed=1, epoch=1)

    of_letters = labels[100:]
    assert len(glyphs) == 300
    assert 90 < (of_letters == NOT_A_DIGIT_LABEL).sum() < 150
    assert set(of_letters.tolist()) == {*LOOK_ALIKES.values(), NOT_A_DIGIT_LABEL}


def test_plain_digits_are_left_as_they_are(sources):
    mixture = Mixture(plain=1.0, on_pages=0.0, not_digits=0.0)

    (one, _), (other, _) = (
        draw_epoch(sources, mixture, seed=seed, epoch=1) for seed in (1, 2)
    )

    assert np.array_equal(one, other)


def test_half_plain_leaves_half_of_the_digits_as_they_are(sources):
    ((images, labels),) = sources.parts
    mixture = Mixture(plain=0.5, on_pages=0.0, not_digits=0.0)

    glyphs, of_glyphs = draw_epoch(sources, mixture, seed=1, epoch=1)

    as_they_are = (glyphs == as_glyphs(images)).all(axis=(1, 2))
    assert 30 < as_they_are.sum() < 70
    assert np.array_equal(of_glyphs, labels)


def test_each_glyph_is_drawn_of_its_own_digit(sources):
    ((_, labels),) = sources.parts
    mixture = Mixture(plain=0.5, on_pages=0.2, not_digits=0.0)

    glyphs, _ = draw_epoch(sources, mixture, seed=1, epoch=1)

    read = Recognizer.load(SHIPPED).probabilities(glyphs)[:, :10].argmax(axis=1)
    assert (read == labels).mean() > 0.85
