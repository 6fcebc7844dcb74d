import keras
import numpy as np
import pytest

from ml.fitting import _averaged_weights, _compile, _fit_epoch
from ml.recipes import Recipe


@pytest.fixture
def model() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((28, 28, 1))
    outputs = keras.layers.Dense(11, activation="softmax")
    return keras.Model(inputs, outputs(keras.layers.Flatten()(inputs)))


def test_an_epoch_ends_with_its_last_step_and_not_with_the_running_mean(model):
    rng = np.random.default_rng(1)
    glyphs = rng.integers(0, 256, (64, 28, 28), np.uint8)
    targets = np.eye(11, dtype=np.float32)[rng.integers(0, 10, 64)]
    recipe = Recipe(batch_size=8, averaged_share=0.5)
    _compile(model, recipe, peak_rate=0.01, steps=80)
    at_the_last_step = []

    def step(done, total):
        if done == total:
            at_the_last_step.extend(model.get_weights())

    _fit_epoch(model, glyphs, targets, recipe, step)

    after = model.get_weights()
    assert all(map(np.array_equal, after, at_the_last_step))
    with _averaged_weights(model):
        assert not any(map(np.array_equal, model.get_weights(), after))
