import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ml.architectures import (
    ARCHITECTURES,
    CLASSES,
    multiplications,
    size_of,
    size_of_file,
)
from ml.errors import ArtifactError

EVERY = pytest.mark.parametrize("name", sorted(ARCHITECTURES))


@EVERY
def test_every_architecture_takes_glyphs_and_gives_probabilities(name):
    model = ARCHITECTURES[name]()

    probabilities = np.asarray(model(np.ones((2, 28, 28, 1), np.float32)))

    assert model.input_shape == (None, 28, 28, 1)
    assert probabilities.shape == (2, CLASSES)
    assert probabilities.sum(axis=1) == pytest.approx(1)


@EVERY
def test_every_architecture_is_called_what_it_is_asked_for_as(name):
    assert ARCHITECTURES[name]().name == name


@EVERY
def test_every_weight_of_every_architecture_learns(name):
    glyphs = np.random.default_rng(1).random((CLASSES, 28, 28, 1)).astype(np.float32)
    keras.utils.set_random_seed(1)
    model = ARCHITECTURES[name]()
    # What is added begins with a scale of 0, which the first step changes.
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.train_on_batch(glyphs, np.arange(CLASSES))

    with tf.GradientTape() as tape:
        loss = keras.losses.sparse_categorical_crossentropy(
            np.arange(CLASSES), model(glyphs, training=True)
        )
    gradients = tape.gradient(loss, [w.value for w in model.trainable_weights])

    assert all(np.abs(gradient).max() > 0 for gradient in gradients)


@pytest.mark.parametrize(
    ("name", "parameters", "million"),
    [
        ("cnn", 505_667, 28.7),
        ("cnn-dropout", 36_427, 2.4),
        ("dense", 407_563, 0.4),
        ("dense-128x2", 118_411, 0.1),
        ("lenet5", 61_791, 0.4),
    ],
)
def test_the_sizes_are_those_of_the_docstrings(name, parameters, million):
    size = size_of(ARCHITECTURES[name]())

    words = ARCHITECTURES[name].__doc__
    assert size.parameters == parameters
    assert round(size.multiplications / 1e6, 1) == million
    assert f"{parameters:,} parameters" in words
    assert f"{million} million multiplications" in words


def test_a_convolution_multiplies_at_every_place_of_its_output():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3)])

    assert multiplications(model) == 26 * 26 * (3 * 3 * 1) * 4


def test_a_dense_layer_multiplies_once_by_each_weight():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10)])

    assert multiplications(model) == 784 * 10


def test_a_separable_convolution_multiplies_less():
    model = keras.Sequential([keras.Input((28, 28, 2)), layers.SeparableConv2D(4, 3)])

    assert multiplications(model) == 26 * 26 * (3 * 3 * 2 + 2 * 4)


def test_a_network_within_a_network_is_counted():
    inner = keras.Sequential([keras.Input((784,)), layers.Dense(10)])
    outer = keras.Sequential([keras.Input((28, 28, 1)), layers.Reshape((784,)), inner])

    assert multiplications(outer) == 784 * 10


def test_a_file_is_as_large_as_its_network(tmp_path):
    model = ARCHITECTURES["lenet5"]()
    model.save(tmp_path / "model.keras")

    assert size_of_file(tmp_path / "model.keras") == size_of(model)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "model.keras").write_text("no network")

    with pytest.raises(ArtifactError, match="Expected a Keras model"):
        size_of_file(tmp_path / "model.keras")
