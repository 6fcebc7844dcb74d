"""Labels that look wrong, among made-up features and drawn glyphs."""

import cv2
import numpy as np
import pytest

from ml.canvases import enlarged, to_glyph
from ml.contradictions import (
    Contradiction,
    chances_wrong,
    contradictions,
    look_alikes,
    rejected,
)
from ml.handwriting import write_digits


def make_glyphs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits by made-up hands, and what they are."""
    drawings, labels = write_digits(count, seed=5)
    return np.stack([to_glyph(enlarged(each)) for each in drawings]), labels


def encoded_anew(glyph: np.ndarray) -> np.ndarray:
    """As a JPEG of a low quality has it."""
    _, content = cv2.imencode(".jpg", glyph, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)


def shifted(glyph: np.ndarray) -> np.ndarray:
    return np.roll(glyph, (1, -1), axis=(0, 1))


# What looks the same


@pytest.mark.parametrize("copied", [encoded_anew, shifted])
def test_a_copy_with_another_label_is_found_both_ways(copied):
    glyphs, labels = make_glyphs(60)
    glyphs = np.concatenate([glyphs, copied(glyphs[7])[None]])
    labels = np.append(labels, (labels[7] + 1) % 10)

    nearest = look_alikes(glyphs, labels)

    assert (nearest[7], nearest[60]) == (60, 7)
    assert (nearest >= 0).sum() == 2


def test_a_copy_with_the_same_label_contradicts_nothing():
    glyphs, labels = make_glyphs(60)
    glyphs = np.concatenate([glyphs, shifted(glyphs[7])[None]])

    nearest = look_alikes(glyphs, np.append(labels, labels[7]))

    assert (nearest == -1).all()


def test_blocks_find_the_same_as_a_whole(monkeypatch):
    glyphs, labels = make_glyphs(60)
    glyphs = np.concatenate([glyphs, [shifted(glyph) for glyph in glyphs]])
    labels = np.concatenate([labels, (labels + 1) % 10])
    whole = look_alikes(glyphs, labels)
    monkeypatch.setattr("ml.contradictions.BLOCK", 7)

    assert (look_alikes(glyphs, labels) == whole).all()
    assert (whole >= 0).sum() > 60


def test_a_single_label_contradicts_nothing():
    glyphs, labels = make_glyphs(60)

    assert look_alikes(glyphs[:1], labels[:1]).tolist() == [-1]


# What is rejected


def make_features(kinds: np.ndarray) -> np.ndarray:
    """Of each kind of glyph, around a place of its own."""
    rng = np.random.default_rng(3)
    features = 4 * np.eye(16, dtype=np.float32)[kinds]
    return features + rng.normal(0, 0.5, features.shape).astype(np.float32)


# Which nobody reads as any of the labels that are given.
NOT_READ = 10


def not_read(labels: np.ndarray) -> np.ndarray:
    """No label repeats what was read."""
    return np.full(len(labels), NOT_READ)


@pytest.fixture
def anchor() -> tuple[np.ndarray, np.ndarray]:
    """Digits beyond doubt: each kind is what it seems to be."""
    kinds = np.arange(10).repeat(20)
    return make_features(kinds), kinds


def test_a_label_that_all_others_speak_against_is_rejected(anchor):
    kinds = np.arange(10).repeat(20)
    labels = kinds.copy()
    labels[65] = 8

    answers = rejected(labels, make_features(kinds), anchor, not_read(labels))

    assert answers[65] == 3
    assert (np.delete(answers, 65) == -1).all()


def test_a_new_form_that_the_live_model_misreads_is_left_alone(anchor):
    """Flagged 1s, kind 11, between its 1s and its 7s."""
    kinds = np.append(np.arange(10).repeat(10), np.full(30, 11))
    labels = np.where(kinds == 11, 1, kinds)

    answers = rejected(labels, make_features(kinds), anchor, not_read(labels))

    assert (answers == -1).all()


def test_a_wrong_label_among_the_new_form_is_rejected(anchor):
    kinds = np.append(np.arange(10).repeat(20), np.full(60, 11))
    labels = np.where(kinds == 11, 1, kinds)
    labels[220] = 4

    answers = rejected(labels, make_features(kinds), anchor, not_read(labels))

    assert answers[220] == 1
    assert (np.delete(answers, 220) == -1).all()


def test_of_many_wrong_labels_most_are_rejected_and_hardly_a_right_one(anchor):
    rng = np.random.default_rng(1)
    kinds = np.arange(10).repeat(40)
    is_wrong = rng.random(400) < 0.3
    labels = np.where(is_wrong, (kinds + rng.integers(1, 10, 400)) % 10, kinds)

    is_rejected = rejected(labels, make_features(kinds), anchor, not_read(labels)) >= 0

    assert is_rejected[is_wrong].mean() > 0.95
    assert is_rejected[~is_wrong].mean() < 0.01


def test_a_single_label_is_judged_by_what_is_known(anchor):
    seen = make_features(np.array([3]))

    assert rejected(np.array([8]), seen, anchor, not_read(np.array([8]))).tolist() == [
        3
    ]


def make_answers(count: int, *, certain: float, other: float) -> np.ndarray:
    """Answers to 0s and 1s in turn: (count, 11), one digit and the next beside."""
    answers = np.full((count, 11), (1 - certain - other) / 9)
    answers[np.arange(count), np.arange(count) % 2] = certain
    answers[np.arange(count), np.arange(count) % 2 + 1] = other
    return answers


def chances(answers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return chances_wrong(answers, labels, not_read(labels))


def test_what_the_classifier_says_it_may_get_wrong_is_believed():
    """It is right nine times in ten, as it says, and else its second guess is."""
    answers = make_answers(400, certain=0.9, other=0.09)
    labels = np.arange(400) % 2
    labels[:40] += 1

    assert chances(answers, labels).max() < 0.5


def test_nor_is_a_label_wrong_where_the_classifier_is_too_certain():
    """It says 0.999 and is right nine times in ten, and else its second guess is."""
    answers = make_answers(400, certain=0.999, other=0.0009)
    labels = np.arange(400) % 2
    labels[:40] += 1

    assert chances(answers, labels).max() < 0.5


def test_what_it_never_gets_wrong_is_not_believed():
    answers = make_answers(400, certain=0.9999, other=0.00001)
    labels = np.arange(400) % 2
    labels[:10] += 1

    found = chances(answers, labels)

    assert found[:10].min() > 0.8
    assert found[10:].max() < 0.01


def test_the_more_labels_are_wrong_the_less_each_is_believed():
    def chance(wrong: int) -> float:
        answers = make_answers(400, certain=0.9, other=0.09)
        labels = np.arange(400) % 2
        labels[:40] += 1
        labels[40 : 40 + wrong] += 5
        return float(chances(answers, labels)[40])

    assert 0.5 > chance(1) > 0.05
    assert chance(1) < chance(20) < chance(120)
    assert chance(120) > 0.9


def test_what_only_repeats_what_was_read_is_not_believed():
    """Forty are not what the classifier says, but what was read; or by chance."""
    answers = make_answers(400, certain=0.97, other=0.02)
    labels = np.arange(400) % 2
    labels[:40] += 1
    read = labels.copy()
    read[40:200] = NOT_READ

    repeated = chances_wrong(answers, labels, read)

    assert repeated[:40].min() > 0.8
    assert repeated[40:].max() < 0.1
    assert chances(answers, labels)[:40].max() < 0.5


@pytest.mark.parametrize(
    ("answer", "is_doubted"), [(0.5, False), (0.95, True)], ids=["hardly", "clearly"]
)
def test_a_single_label_is_doubted_where_much_speaks_against_it(answer, is_doubted):
    answers = np.full((1, 11), (1 - answer) / 10)
    answers[0, 3] = answer

    assert (chances(answers, np.array([8]))[0] > 0.5) == is_doubted


def test_nobody_is_wrong_where_there_are_no_labels():
    assert chances(np.empty((0, 11)), np.empty(0, np.int64)).shape == (0,)


# Both


def test_what_looks_the_same_says_more_than_what_is_rejected(anchor):
    glyphs, labels = make_glyphs(60)
    glyphs = np.concatenate([glyphs, shifted(glyphs[7])[None]])
    kinds = np.append(labels, labels[7]).astype(np.int64)
    given = kinds.copy()
    given[[30, 60]] = (given[[30, 60]] + 1) % 10

    found = contradictions(glyphs, given, make_features(kinds), anchor, not_read(given))

    assert found == [
        Contradiction(7, other=60),
        Contradiction(30, answer=int(kinds[30])),
        Contradiction(60, other=7),
    ]
