"""Bringing in models that were trained elsewhere, as the command asks for it."""

from dataclasses import dataclass
from pathlib import Path

from ml import datasets, importing
from ml.adapting import input_forms
from ml.importing import LEAST_ACCURACY, ImportedModel
from recognizer.engine.errors import ml_errors


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is known of a model beside its file.

    Attributes:
        mnist: the folder with MNIST, on whose test set it is measured.
        scale: of its pixels, one of SCALES; found out on MNIST if None.
        is_inverted: it reads black ink on white paper; if neither this nor `scale` is
            given, this is found out as well.
        least_accuracy: with less of the test set read right, it is refused.
    """

    mnist: Path | None = None
    scale: str | None = None
    is_inverted: bool = False
    least_accuracy: float = LEAST_ACCURACY


@ml_errors()
def import_model(path: Path, folder: Path, options: ImportOptions) -> ImportedModel:
    """Write a network that was trained elsewhere as an artefact.

    Args:
        path: a .keras or .h5 file.
        folder: where to; must not exist.
        options: what is known of it.
    Raises:
        RecognizerError: it cannot be opened safely or reads no digits, or MNIST is not
            where it should be.
    """
    digits = None if options.mnist is None else datasets.load_mnist(options.mnist).test
    return importing.import_model(
        path,
        folder,
        digits=digits,
        forms=input_forms(options.scale, is_inverted=options.is_inverted),
        least_accuracy=options.least_accuracy,
    )
