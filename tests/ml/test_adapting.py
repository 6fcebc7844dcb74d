"""Networks that people bring: which are taken, and what is found out about them."""

import keras
import numpy as np
import pytest
from keras import layers

from ml.adapting import (
    FORMS,
    InputForm,
    OutputForm,
    adapted,
    input_forms,
    input_shape,
    output_form,
    require_classes,
)
from ml.errors import ModelRefused
from ml.fitting import accuracy, predict
from ml.networks import as_input
from tests.ml.networks import PLAIN, known_digits, linear_weights, make_network


def reads(model: keras.Model) -> float:
    digits = known_digits()
    return accuracy(predict(model, as_input(digits.images)), digits.labels)


@pytest.mark.parametrize(
    "shape", [(28, 28, 1), (28, 28), (784,), (1, 28, 28), (784, 1), (1, 784)]
)
def test_every_usual_shape_of_input_is_taken(shape):
    network = make_network(shape=shape)

    assert input_shape(network) == shape
    model = adapted(network, shape, PLAIN, OutputForm.PROBABILITIES)
    assert model.input_shape == (None, 28, 28, 1)
    assert reads(model) > 0.9


def test_pictures_of_any_size_may_be_small_ones():
    inputs = keras.Input((None, None, 1))
    network = keras.Model(inputs, layers.GlobalMaxPooling2D()(inputs))

    assert input_shape(network) == (28, 28, 1)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((28, 28, 3), "Colour is not"),
        ((3, 28, 28), "Colour is not"),
        ((32, 32, 1), "grey pictures of 28x28"),
        ((64,), "grey pictures of 28x28"),
    ],
)
def test_other_shapes_of_input_are_refused(shape, words):
    network = keras.Sequential([keras.Input(shape), layers.Flatten()])

    with pytest.raises(ModelRefused, match=words):
        input_shape(network)


def test_a_fixed_number_of_pictures_at_once_is_refused():
    inputs = keras.Input(batch_shape=(32, 28, 28, 1))
    network = keras.Model(inputs, layers.Flatten()(inputs))

    with pytest.raises(ModelRefused, match="any number at once"):
        input_shape(network)


def test_two_inputs_are_refused():
    one, other = keras.Input((28, 28)), keras.Input((28, 28))
    network = keras.Model([one, other], layers.Add()([one, other]))

    with pytest.raises(ModelRefused, match="one input"):
        input_shape(network)


def test_a_network_that_never_saw_a_picture_is_refused():
    with pytest.raises(ModelRefused, match="known shape"):
        input_shape(keras.Sequential([layers.Dense(10)]))


@pytest.mark.parametrize("outputs", [10, 11])
def test_ten_outputs_or_eleven_are_taken(outputs):
    require_classes(make_network(outputs=outputs))


@pytest.mark.parametrize("outputs", [1, 5, 62])
def test_other_numbers_of_classes_are_refused(outputs):
    network = keras.Sequential([keras.Input((784,)), layers.Dense(outputs)])

    with pytest.raises(ModelRefused, match=rf"10 outputs.*{outputs}\)"):
        require_classes(network)


@pytest.mark.parametrize(
    ("activation", "gives"),
    [
        ("softmax", OutputForm.PROBABILITIES),
        (None, OutputForm.LOGITS),
        ("log_softmax", OutputForm.LOGITS),
        ("sigmoid", OutputForm.SCORES),
    ],
)
def test_what_the_outputs_are_is_found_out(activation, gives):
    network = make_network(activation=activation)

    assert output_form(network, (28, 28, 1)) == gives
    probabilities = predict(
        adapted(network, (28, 28, 1), PLAIN, gives), as_input(known_digits().images)
    )
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert accuracy(probabilities, known_digits().labels) > 0.9


def test_scores_that_are_all_nothing_are_alike():
    network = make_network(activation="sigmoid")
    network.set_weights([np.zeros((784, 10)), np.full(10, -1000)])

    model = adapted(network, (28, 28, 1), PLAIN, OutputForm.SCORES)

    blank = np.zeros((1, 28, 28, 1), np.float32)
    assert predict(model, blank) == pytest.approx(0.1)


def test_a_network_whose_training_went_wrong_is_refused():
    network = make_network(weights=linear_weights() * np.nan)

    with pytest.raises(ModelRefused, match="finite"):
        output_form(network, (28, 28, 1))


def test_what_is_said_of_the_pixels_leaves_less_to_find_out():
    assert input_forms("255") == (InputForm(0, 255),)
    assert input_forms("255", is_inverted=True) == (InputForm(255, 0),)
    assert input_forms(is_inverted=True) == FORMS[3:]
    assert len(FORMS) == 6


def test_layers_that_augment_are_silent():
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.RandomRotation(0.5),
            make_network(),
        ]
    )
    model = adapted(network, (28, 28, 1), PLAIN, OutputForm.PROBABILITIES)

    once, again = (
        np.asarray(model(as_input(known_digits().images[:9]))) for _ in range(2)
    )

    assert np.array_equal(once, again)
    assert reads(model) > 0.9
