"""What a trained network makes of glyphs: just before it answers, and its answer.

Keras is imported by the functions: serving never needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ml.artifacts import KERAS_FILE, verify
from ml.augmentation import Glyphs
from ml.calibration import apply_temperature
from ml.networks import as_input
from ml.outcomes import NOT_A_DIGIT_LABEL

if TYPE_CHECKING:
    from pathlib import Path

    import keras

# Of 3,200 values as many random sums tell as much: what is near stays near.
PROJECTED: Final = 256
BATCH: Final = 512
# No logarithm of less: what is beyond doubt is as far away as what is nearly so.
LEAST: Final = 1e-6


Features = NDArray[np.float32]  # (n, d), about as large as 1


def features(start: Path, *parts: Glyphs) -> list[Features]:
    """What an artefact's network makes of parts of glyphs, (n, 28, 28) uint8 each.

    It is what enters the last layer that has weights, as random sums, and the
    logarithms of the answer's probabilities, both scaled by the last part.

    Raises:
        ArtifactError: the artefact is damaged.
    Source: W. Johnson, J. Lindenstrauss, "Extensions of Lipschitz mappings into a
        Hilbert space", 1984 (of random sums).
    """
    import keras

    manifest = verify(start)
    model = keras.models.load_model(start / KERAS_FILE, compile=False, safe_mode=True)
    tapped = _tapped(model)
    looked = [_look(tapped, glyphs, manifest.temperature) for glyphs in parts]
    inner, outer = looked[-1]
    return [
        np.concatenate([_scaled(values, inner), _scaled(logs, outer)], axis=1)
        for values, logs in looked
    ]


def _tapped(model: keras.Model) -> keras.Model:
    """The network with two outputs: what enters its last layer, and what leaves it."""
    import keras

    last = [layer for layer in model.layers if layer.weights][-1]
    return keras.Model(model.inputs, [last.input, model.outputs[0]])


def _look(
    tapped: keras.Model, glyphs: Glyphs, temperature: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Random sums, and logarithms of the 11 probabilities, batch by batch."""
    sums, logs = [], []
    for batch in np.array_split(glyphs, max(1, -(-len(glyphs) // BATCH))):
        values, answers = tapped.predict_on_batch(as_input(batch))
        sums.append(_projected(np.asarray(values).reshape(len(batch), -1)))
        known = apply_temperature(np.asarray(answers, np.float64), temperature)
        lacking = NOT_A_DIGIT_LABEL + 1 - known.shape[1]
        known = np.pad(known, ((0, 0), (0, lacking)))
        logs.append(np.log(np.maximum(known, LEAST)).astype(np.float32))
    return np.concatenate(sums), np.concatenate(logs)


def _projected(values: NDArray[np.float32]) -> NDArray[np.float32]:
    width = values.shape[1]
    if width <= PROJECTED:
        return values
    signs = np.random.default_rng(1).standard_normal((width, PROJECTED), np.float32)
    return np.asarray(values @ signs / np.float32(np.sqrt(PROJECTED)), np.float32)


def _scaled(
    values: NDArray[np.float32], known: NDArray[np.float32]
) -> NDArray[np.float32]:
    spread = np.maximum(known.std(), np.float32(LEAST))
    return np.asarray((values - known.mean(axis=0)) / spread, np.float32)
