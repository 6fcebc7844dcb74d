"""The networks that can be trained here, by name.

Each takes (n, 28, 28, 1) float32 in 0..1, white ink on black, and gives (n, 10)
probabilities. Keras is imported by the functions, so that naming an architecture
costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import keras

CLASSES: Final = 10


def cnn() -> keras.Model:
    """The shipped network: six 3x3 convolutions, 14 million multiplications.

    Strides instead of pooling: nothing is computed to be thrown away. The last,
    unpadded convolution takes most of the dense layer's usual work. Batch
    normalisation is folded into the convolutions when compiled for LiteRT.
    """
    import keras
    from keras import layers

    inputs = keras.Input((28, 28, 1), name="glyph")
    x = _conv(inputs, 24)
    x = _conv(x, 32, strides=2)
    x = _conv(x, 64)
    x = _conv(x, 64, strides=2)
    x = _conv(x, 128)
    x = _conv(x, 128, padding="valid")
    x = layers.Flatten()(x)
    # The one place where the net can learn pictures by heart.
    x = layers.Dropout(0.4)(x)
    outputs = layers.Dense(CLASSES, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="cnn")


def _conv(
    x: keras.KerasTensor, filters: int, *, strides: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    from keras import layers

    x = layers.Conv2D(filters, 3, strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.Activation("relu")(x)


ARCHITECTURES: Final[dict[str, Callable[[], keras.Model]]] = {"cnn": cnn}
