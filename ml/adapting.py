"""A network of others in the form of ours: glyphs in, probabilities out.

The network itself is left as it is; what it does not say about itself is found out by
asking it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from ml.errors import ModelRefused
from ml.outcomes import DIGITS

if TYPE_CHECKING:
    import keras

IMPORTED: Final = "imported"

INPUT_SHAPES: Final = ((28, 28, 1), (28, 28), (784,), (1, 28, 28), (784, 1), (1, 784))

# What the pixels of a glyph may have been turned into, by name: lowest and highest.
SCALES: Final = {"1": (0.0, 1.0), "255": (0.0, 255.0), "centred": (-1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class InputForm:
    """The values that a network was trained to find where there is paper, or ink."""

    paper: float
    ink: float

    def __str__(self) -> str:
        low, high = sorted((self.paper, self.ink))
        pen = "white on black" if self.ink > self.paper else "black on white"
        return f"{low:g} to {high:g}, {pen}"


def input_forms(
    scale: str | None = None, *, is_inverted: bool = False
) -> tuple[InputForm, ...]:
    """The forms that an input may have, after what is known of it.

    Args:
        scale: one of SCALES; it then has one form only. None: any.
        is_inverted: it is black on white; if not, and without a scale, it may be.
    """
    scales = SCALES.values() if scale is None else [SCALES[scale]]
    upright = tuple(InputForm(low, high) for low, high in scales)
    inverted = tuple(InputForm(form.ink, form.paper) for form in upright)
    if is_inverted:
        return inverted
    return upright + inverted if scale is None else upright


# The likeliest first: a network may not care.
FORMS: Final = input_forms()


class OutputForm(StrEnum):
    """What a network's outputs are."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    SCORES = "scores"


def input_shape(network: keras.Model) -> tuple[int, ...]:
    """The shape of one glyph as the network takes it."""
    try:
        [source] = network.inputs
    except (AttributeError, ValueError) as error:
        raise ModelRefused(
            "Expected a network with one input of a known shape. Received: another."
        ) from error
    batch, *sides = source.shape
    for shape in INPUT_SHAPES:
        fits = (side in (None, own) for side, own in zip(sides, shape, strict=False))
        if len(shape) == len(sides) and all(fits) and batch is None:
            return shape
    reason = "Colour is not what tells digits apart. " if 3 in sides else ""
    raise ModelRefused(
        f"Expected a network for grey pictures of 28x28 pixels, any number at once. "
        f"Received: one for {(batch, *sides)}. {reason}"
        "Train it anew on such pictures."
    )


def require_classes(network: keras.Model) -> None:
    shapes = [tuple(output.shape) for output in network.outputs]
    if shapes not in ([(None, DIGITS)], [(None, DIGITS + 1)]):
        raise ModelRefused(
            "Expected a classifier with 10 outputs, one a digit, or 11 with one for "
            f"what is no digit. Received: {', '.join(map(str, shapes))}."
        )


def output_form(network: keras.Model, shape: tuple[int, ...]) -> OutputForm:
    """Find out what the outputs are, from answers to noise of both scales."""
    noise = np.random.default_rng(1).random((64, *shape)).astype(np.float32)
    noise[::2] *= 255
    answers = np.asarray(network(noise, training=False), np.float64)
    if not np.isfinite(answers).all():
        raise ModelRefused(
            "Expected finite outputs. Received: others; the training went wrong."
        )
    if answers.min() < -1e-4 or answers.max() > 1 + 1e-4:
        return OutputForm.LOGITS
    if np.allclose(answers.sum(axis=1), 1, atol=1e-2):
        return OutputForm.PROBABILITIES
    return OutputForm.SCORES


def adapted(
    network: keras.Model, shape: tuple[int, ...], takes: InputForm, gives: OutputForm
) -> keras.Model:
    """The network as every model here: glyphs in 0..1 to probabilities."""
    import keras
    from keras import layers

    inputs = keras.Input((28, 28, 1), name="glyph")
    x = layers.Rescaling(takes.ink - takes.paper, offset=takes.paper)(inputs)
    x = layers.Reshape(shape)(x)
    # Said aloud: layers that augment go on doing so otherwise.
    x = network(x, training=False)
    x = layers.Activation("linear", dtype="float32")(x)
    if gives == OutputForm.LOGITS:
        x = layers.Softmax()(x)
    elif gives == OutputForm.SCORES:
        # Ten sigmoids, each for itself; where all are 0, all are alike.
        x = x + 1e-7
        x = x / keras.ops.sum(x, axis=-1, keepdims=True)
    return keras.Model(inputs, x, name=IMPORTED)
