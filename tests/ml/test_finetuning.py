from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml import finetuning
from ml.artifacts import SHIPPED, verify
from ml.datasets import LabelledImages
from ml.distillation import Distilled
from ml.errors import DatasetError
from ml.finetuning import fine_tune, fine_tuning_recipe, nearer
from ml.fitting import accuracy, predict
from ml.networks import KerasNetwork, LiteRTNetwork, as_input
from ml.outcomes import NOT_A_DIGIT_LABEL


def make_crosses(count: int, *, seed: int) -> np.ndarray:
    """(n, 28, 28) uint8: a cross in a box, which nobody writes for a digit."""
    rng = np.random.default_rng(seed)
    glyphs = np.zeros((count, 28, 28), np.uint8)
    for glyph in glyphs:
        left, top = rng.integers(4, 8, 2).tolist()
        right, bottom = rng.integers(20, 24, 2).tolist()
        cv2.rectangle(glyph, (left, top), (right, bottom), 255, 2)
        cv2.line(glyph, (left, top), (right, bottom), 255, 2)
        cv2.line(glyph, (right, top), (left, bottom), 255, 2)
    return glyphs


def make_replay() -> LabelledImages:
    digits = load_digits()
    images = (digits.images * (255 / 16)).astype(np.uint8)
    return LabelledImages(images, digits.target.astype(np.uint8), "tiny")


@pytest.fixture(scope="module")
def recipe():
    recipe = fine_tuning_recipe(architecture="cnn", epochs=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetuning, "LEAST_REPLAYED", 600)
        patch.setattr(finetuning, "WRITTEN_REPLAYED", 200)
        patch.setattr(finetuning, "CALIBRATED", 200)
        patch.setattr(finetuning, "WRITTEN_CALIBRATED", 100)
        patch.setattr(finetuning, "LETTERS", 300)
        patch.setattr(finetuning, "LETTERS_CALIBRATED", 100)
        yield replace(recipe, kept_aside=300)


@pytest.fixture(scope="module")
def taught(recipe):
    labelled = make_crosses(60, seed=1), np.full(60, 4, np.uint8)
    return fine_tune(SHIPPED, labelled, make_replay(), recipe)


def reads(network, glyphs) -> np.ndarray:
    return np.asarray(network(as_input(glyphs)))


def test_labels_teach_what_was_read_wrongly(taught):
    crosses = make_crosses(50, seed=2)
    before = reads(KerasNetwork(SHIPPED / "model.keras"), crosses)

    after = predict(taught.model, as_input(crosses))

    assert (before.argmax(1) == 4).mean() < 0.5
    assert (after.argmax(1) == 4).mean() > 0.9


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_way_back_leads_to_the_old_weights(taught, share):
    crosses = as_input(make_crosses(20, seed=2))
    old = keras.models.load_model(SHIPPED / "model.keras", compile=False)
    pairs = zip(old.get_weights(), taught.model.get_weights(), strict=True)
    between = [(1 - share) * one + share * other for one, other in pairs]

    found = nearer(SHIPPED, taught, share)

    for weights, expected in zip(found.model.get_weights(), between, strict=True):
        assert np.allclose(weights, expected, atol=1e-6)
    if share in (0, 1):
        same = old if share == 0 else taught.model
        assert np.allclose(predict(found.model, crosses), predict(same, crosses))
    assert found.calibrating is taught.calibrating


def test_what_was_known_is_not_forgotten(taught):
    kept = taught.calibrating
    is_digit = kept.labels < NOT_A_DIGIT_LABEL
    glyphs, labels = kept.glyphs[is_digit], kept.labels[is_digit]
    before = reads(KerasNetwork(SHIPPED / "model.keras"), glyphs)

    after = predict(taught.model, as_input(glyphs))

    assert accuracy(after, labels) >= accuracy(before, labels) - 0.01


def test_an_answer_is_replayed_as_it_was_and_an_error_is_not():
    glyphs = make_crosses(3, seed=1)
    teacher = SHIPPED / "model.tflite"
    before = reads(LiteRTNetwork(teacher.read_bytes()), glyphs[1:])
    misread = (before[0].argmax() + 1) % 10
    labels = np.array([4, misread, NOT_A_DIGIT_LABEL], np.uint8)

    targets = Distilled(teacher, taught=1)(glyphs, labels)

    assert targets[:2].argmax(axis=1).tolist() == [4, misread]
    assert targets[2] == pytest.approx(before[1], abs=1e-6)
    assert targets.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_half_of_what_is_replayed_is_what_is_hardly_known(monkeypatch):
    """Of a network that finds a label the likelier the more ink there is."""
    monkeypatch.setattr(finetuning, "LOOKED_AT", 60)
    glyphs = (
        np.zeros((100, 28, 28), np.uint8)
        + np.arange(100, dtype=np.uint8)[:, None, None]
    )
    labels = np.full(100, 3, np.uint8)

    def network(batch):
        likely = batch.reshape(len(batch), -1).mean(axis=1, keepdims=True)
        # What is misread with certainty is the hardest.
        return np.where(np.arange(11) == 3, likely, (1 - likely) * (np.arange(11) == 8))

    replayed, _ = finetuning._half_hard((glyphs, labels), 20, network, seed=1)

    shades = replayed[:, 0, 0]
    looked_at = np.random.default_rng(1).permutation(100)[:60]
    assert np.unique(shades).size == 20
    assert sorted(shades[:10]) == sorted(looked_at)[:10]
    assert set(shades[10:]) < set(looked_at)
    assert shades[10:].max() > 50


def test_where_all_are_replayed_none_is_drawn_twice():
    digits = make_replay()
    part = digits.images[:40], digits.labels[:40]
    network = LiteRTNetwork((SHIPPED / "model.tflite").read_bytes())

    glyphs, labels = finetuning._half_hard(part, 600, network, seed=1)

    assert sorted(map(bytes, glyphs)) == sorted(map(bytes, part[0]))
    assert sorted(labels) == sorted(part[1])


def test_the_start_is_left_as_it_was(taught):
    verify(SHIPPED)


@pytest.mark.parametrize(("way", "taken"), [(1e-6, 0.85), (30.0, 0.5)])
def test_less_of_the_way_is_taken_where_known_digits_are_read_worse(way, taken):
    digits = make_replay()
    model = finetuning._opened(SHIPPED)
    before = model.get_weights()
    noise = np.random.default_rng(1)
    after = [
        old + way * noise.standard_normal(old.shape).astype(np.float32)
        for old in before
    ]
    model.set_weights(after)

    served = finetuning._between(before, model, (digits.images, digits.labels))

    for old, new, own in zip(before, after, served.get_weights(), strict=True):
        assert own == pytest.approx(old + taken * (new - old), abs=1e-8, rel=1e-4)


@pytest.mark.parametrize(
    ("gained", "lost", "is_worse"),
    [(0, 0, False), (0, 5, False), (0, 6, True), (12, 0, False), (5, 14, False)],
)
def test_a_few_digits_more_or_less_are_chance(gained, lost, is_worse):
    before = np.arange(1000) >= gained
    after = np.arange(1000) < 1000 - lost

    assert finetuning._is_worse(before, after) == is_worse


def test_nothing_stays_fixed_in_the_new_network(taught):
    assert all(layer.trainable for layer in taught.model.layers)


def test_without_labels_there_is_nothing_to_teach(recipe):
    nothing = np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8)

    with pytest.raises(DatasetError, match="labels to learn from"):
        fine_tune(SHIPPED, nothing, make_replay(), recipe)


def test_what_is_no_digit_cannot_be_taught_to_a_network_of_ten_outputs():
    labelled = make_crosses(3, seed=1), np.array([1, NOT_A_DIGIT_LABEL, 2], np.uint8)

    _, labels = finetuning._learnable(labelled, outputs=10)

    assert labels.tolist() == [1, 2]
