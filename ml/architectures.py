"""The networks that can be trained here, by name.

Each takes (n, 28, 28, 1) float32 in 0..1, white ink on black, and gives (n, CLASSES)
probabilities. Keras is imported by the functions, so that naming an architecture
costs nothing.

Beside the shipped network stand the ones that people come from, so that they train,
serve and are compared like it. Their layers are their authors'; the loss, the data and
the number of epochs are this project's, for all alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final

from ml.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    import keras

# 0 to 9, and what is no digit.
CLASSES: Final = 11


def cnn() -> keras.Model:
    """The shipped network: eight 3x3 convolutions.

    505,667 parameters, 28.7 million multiplications.

    Strides instead of pooling: nothing is computed to be thrown away. The last,
    unpadded convolution takes most of the dense layer's usual work. Two convolutions
    are residual, and begin with a scale of 0: so a trained network without them can be
    gone on from. Batch normalisation is folded into the convolutions when compiled for
    LiteRT.

    Source of the residual ones: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual
    learning for image recognition", 2015; of their scale: P. Goyal et al., "Accurate,
    large minibatch SGD", 2017.
    """
    import keras
    from keras import layers

    inputs = keras.Input((28, 28, 1), name="glyph")
    x = _conv(inputs, 24)
    x = _conv(x, 32, strides=2)
    x = _conv(x, 64)
    x = _residual(x)
    x = _conv(x, 64, strides=2)
    x = _conv(x, 128)
    x = _residual(x)
    x = _conv(x, 128, padding="valid")
    x = layers.Flatten()(x)
    # The one place where the net can learn pictures by heart; seldom, as hardly any
    # comes twice.
    x = layers.Dropout(0.3)(x)
    outputs = _probabilities(x)
    return keras.Model(inputs, outputs, name="cnn")


def _probabilities(x: keras.KerasTensor) -> keras.KerasTensor:
    from keras import layers

    # In whole precision also where the rest multiplies in half of it.
    return layers.Dense(
        CLASSES, activation="softmax", name="probabilities", dtype="float32"
    )(x)


def _conv(
    x: keras.KerasTensor, filters: int, *, strides: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    from keras import layers

    x = layers.Conv2D(filters, 3, strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.Activation("relu")(x)


def _residual(x: keras.KerasTensor) -> keras.KerasTensor:
    from keras import layers

    y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization(momentum=0.95, gamma_initializer="zeros")(y)
    return layers.Activation("relu")(layers.Add()([x, y]))


def cnn_dropout() -> keras.Model:
    """Keras's own MNIST example, a CNN with dropout.

    36,427 parameters, 2.4 million multiplications.

    Source: F. Chollet, "Simple MNIST convnet", keras.io/examples/vision/mnist_convnet,
    2015 to 2020.
    """
    from keras import layers

    return _stacked(
        "cnn-dropout",
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
    )


def lenet5() -> keras.Model:
    """LeNet-5 with its own tanh and average pooling.

    61,791 parameters, 0.4 million multiplications. With ReLU and max-pooling it would
    be one more small CNN; as it was, it shows what came since 1998. Three things are
    today's: all maps of the second convolution see all of the first, pooling has no
    weights, and a softmax stands for the radial basis functions.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied
    to document recognition", 1998.
    """
    from keras import layers

    return _stacked(
        "lenet5",
        # Padded as in the paper, where MNIST's 28 px stand in 32.
        layers.Conv2D(6, 5, padding="same", activation="tanh"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"),
    )


def dense() -> keras.Model:
    """A feed-forward network with dropout: 784-512, the tutorials' first one.

    407,563 parameters, 0.4 million multiplications.

    Source: TensorFlow's quickstart for beginners of 2018; today's has 128 for 512.
    """
    from keras import layers

    return _stacked(
        "dense",
        layers.Flatten(),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.2),
    )


def dense_128x2() -> keras.Model:
    """A feed-forward network of two hidden layers, 784-128-128, without dropout.

    118,411 parameters, 0.1 million multiplications. The form most often built by hand,
    with no author of its own.
    """
    from keras import layers

    return _stacked(
        "dense-128x2",
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(128, activation="relu"),
    )


def _stacked(name: str, *hidden: keras.Layer) -> keras.Model:
    import keras

    inputs = x = keras.Input((28, 28, 1), name="glyph")
    for layer in hidden:
        x = layer(x)
    outputs = _probabilities(x)
    return keras.Model(inputs, outputs, name=name)


ARCHITECTURES: Final[dict[str, Callable[[], keras.Model]]] = {
    "cnn": cnn,
    "cnn-dropout": cnn_dropout,
    "dense": dense,
    "dense-128x2": dense_128x2,
    "lenet5": lenet5,
}


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """What a network holds and what one glyph costs it."""

    parameters: int
    multiplications: int


def size_of(model: keras.Model) -> NetworkSize:
    return NetworkSize(int(model.count_params()), multiplications(model))


def size_of_file(path: Path) -> NetworkSize:
    """Measure a network that was written as a Keras file.

    Raises:
        ArtifactError: there is none that can be read.
    """
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError, ImportError) as error:
        raise ArtifactError(f"Expected a Keras model. Received: {error}") from error
    return size_of(model)


def multiplications(model: keras.Model) -> int:
    """Multiply-accumulates of all convolutions and dense layers for one glyph.

    The rest (pooling, activations, normalisation) is a few per cent of them, and in
    part folded into them when the network is compiled. A layer used twice counts once.
    """
    return sum(_layer_multiplications(layer) for layer in _leaves(model))


def _leaves(layer: keras.Layer) -> Iterator[keras.Layer]:
    """The layers of a model that hold no further layers; an imported one is nested."""
    import keras

    if not isinstance(layer, keras.Model):
        yield layer
        return
    for inner in layer.layers:
        yield from _leaves(inner)


def _layer_multiplications(layer: keras.Layer) -> int:
    from keras import layers

    # SeparableConv2D and DepthwiseConv2D are no Conv2D; Conv2DTranspose counts by its
    # input, and nobody reads digits with one.
    multiplying = (
        layers.Dense,
        layers.Conv1D,
        layers.Conv2D,
        layers.DepthwiseConv2D,
        layers.SeparableConv2D,
    )
    if not isinstance(layer, multiplying):
        return 0
    # Each weight but the biases is used once at every place of the output.
    places: int = prod(layer.output.shape[1:-1])
    weights: int = sum(prod(w.shape) for w in layer.weights if len(w.shape) > 1)
    return places * weights
