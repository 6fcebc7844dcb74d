"""Models that people bring, made into artefacts like those trained here.

What a file does not say is found out on labelled digits: which values its input takes
for paper and for ink, whether its outputs are probabilities, and whether it reads
digits at all. Around the network, left as it is, a model is built that takes glyphs as
every model here and gives probabilities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ml import calibration
from ml.adapting import (
    FORMS,
    IMPORTED,
    InputForm,
    OutputForm,
    adapted,
    input_shape,
    output_form,
    require_classes,
)
from ml.architectures import size_of
from ml.artifacts import NEVER, Manifest, write_artifact
from ml.augmentation import as_glyphs
from ml.calibration import LEAST_REFUSAL, Fitted
from ml.curriculum import Mixture, Sources, draw_epoch
from ml.errors import MlError, ModelRefused
from ml.fitting import accuracy, predict
from ml.keras_files import load_keras_file
from ml.networks import LiteRTNetwork, as_input
from ml.not_digits import Material
from ml.outcomes import DIGITS
from ml.training import compiled, write_model

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from ml.datasets import LabelledImages

# Far below any classifier of digits (a linear one has 92 %), far above chance.
LEAST_ACCURACY: Final = 0.8
# Enough to tell one form of input from another; all digits are measured afterwards.
FORM_DIGITS: Final = 1000
CALIBRATION_DIGITS: Final = 2000
# As they are and as rough as people make them; see `training.calibrate`.
CALIBRATION: Final = Mixture(plain=0.5, on_pages=0.15, not_digits=0.0)
# Networks that were not calibrated claim more than they keep.
UNMEASURED_SURE: Final = 0.999
# How far LiteRT's answers may lie from Keras's.
TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What a network takes and gives, and what was written of it."""

    takes: InputForm
    gives: OutputForm
    manifest: Manifest


def import_model(
    path: Path,
    folder: Path,
    *,
    digits: LabelledImages | None = None,
    forms: Sequence[InputForm] = FORMS,
    least_accuracy: float = LEAST_ACCURACY,
) -> ImportedModel:
    """Write a network that was trained elsewhere as an artefact.

    Args:
        path: a .keras or .h5 file.
        folder: where to; must not exist.
        digits: MNIST's test set, on which the network is measured and calibrated.
        forms: that its input may have; of several, the digits tell which.
        least_accuracy: with less of the digits read right, it is refused.
    Raises:
        ModelRefused: it cannot be opened safely or reads no digits.
    """
    network = load_keras_file(path)
    shape = input_shape(network)
    require_classes(network)
    gives = output_form(network, shape)
    models = {each: adapted(network, shape, each, gives) for each in forms}
    takes = _best_form(models, digits)
    model = models[takes]
    metrics = _measured(model, digits, least_accuracy)
    fitted = _fitted(model, digits)
    manifest = Manifest(
        architecture=IMPORTED,
        temperature=fitted.temperature,
        sure_threshold=fitted.sure_threshold,
        reject_threshold=fitted.reject_threshold,
        metrics=metrics,
        training={"imported": _origin(path, takes, gives)},
    )
    manifest = write_artifact(folder, manifest, lambda path: _write(model, path))
    return ImportedModel(takes, gives, manifest)


def _best_form(
    models: dict[InputForm, keras.Model], digits: LabelledImages | None
) -> InputForm:
    """The form under which the digits are likeliest.

    Accuracy alone would not tell 0..1 from 0..255: larger values make most networks
    surer, and hardly worse. How sure a network is by itself must not count either.
    """
    if len(models) == 1:
        return next(iter(models))
    if digits is None:
        raise ModelRefused(
            "Expected labelled digits to find out what the network's input is like. "
            "Received: none. Name MNIST's folder with --mnist DIR or MNIST_DIR, or say "
            "it with --scale and --inverted."
        )
    glyphs = as_input(as_glyphs(digits.images[:FORM_DIGITS]))
    labels = digits.labels[:FORM_DIGITS]
    losses = {
        form: _loss(predict(model, glyphs), labels) for form, model in models.items()
    }
    return min(losses, key=losses.__getitem__)


def _loss(probabilities: NDArray[np.float64], labels: NDArray[np.uint8]) -> float:
    """Mean negative log-likelihood at the best temperature."""
    temperature = calibration.fit_temperature(probabilities, labels)
    calibrated = calibration.apply_temperature(probabilities, temperature)
    of_labels = calibrated[np.arange(len(labels)), labels]
    return float(-np.log(of_labels.clip(1e-12)).mean())


def _measured(
    model: keras.Model, digits: LabelledImages | None, least_accuracy: float
) -> dict[str, Any]:
    size = size_of(model)
    metrics: dict[str, Any] = {
        "parameters": size.parameters,
        "multiplications": size.multiplications,
    }
    if digits is None:
        return metrics
    right = accuracy(predict(model, as_input(as_glyphs(digits.images))), digits.labels)
    if right < least_accuracy:
        raise ModelRefused(
            f"Expected a network that reads {least_accuracy:.0%} of {len(digits)} "
            f"labelled digits right. Received: one that reads {right:.1%}. Was it "
            "trained on digits, and in the order 0 to 9? Are --scale and --inverted "
            "right, if given?"
        )
    return metrics | {"mnist_test_accuracy": right, "mnist_test_n": len(digits)}


def _fitted(model: keras.Model, digits: LabelledImages | None) -> Fitted:
    """Calibrate on some of the digits: which one is the likeliest does not change."""
    refusal = LEAST_REFUSAL if model.output_shape[-1] > DIGITS else NEVER
    if digits is None:
        return Fitted(1.0, UNMEASURED_SURE, refusal)
    step = max(1, len(digits) // CALIBRATION_DIGITS)
    images, labels = digits.images[::step], digits.labels[::step]
    nothing_else = Material.of_digits(images)
    glyphs, labels = draw_epoch(
        Sources(((images, labels),), nothing_else), CALIBRATION, seed=1, epoch=1
    )
    probabilities = predict(model, as_input(glyphs))
    temperature = calibration.fit_temperature(probabilities, labels)
    probabilities = calibration.apply_temperature(probabilities, temperature)
    sure = calibration.fit_sure_threshold(probabilities[:, :DIGITS], labels)
    return Fitted(temperature, sure, refusal)


def _origin(path: Path, takes: InputForm, gives: OutputForm) -> dict[str, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": path.name, "sha256": digest, "takes": str(takes), "gives": gives}


def _write(model: keras.Model, folder: Path) -> None:
    """Write the model, and make sure that what will serve answers as it does."""
    glyphs = np.random.default_rng(1).random((3, 28, 28, 1)).astype(np.float32)
    try:
        # In full: nobody measured what 8 bits would do to it.
        content = compiled(model, quantised=False)
        served = LiteRTNetwork(content)(glyphs)
        write_model(model, content, folder)
    except MlError:
        raise
    except Exception as error:
        # Of any kind: the converter has its own, and passes on those of others.
        raise ModelRefused(
            f"Expected a network that LiteRT can serve. Received: {error}"
        ) from error
    apart = float(np.abs(served - predict(model, glyphs)).max())
    if apart > TOLERANCE:
        raise ModelRefused(
            f"Expected the same answers from LiteRT as from Keras, within {TOLERANCE}. "
            f"Received: {apart:.3f} apart."
        )
