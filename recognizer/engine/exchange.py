"""Labelled glyphs as files, out and in."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.exchange import LabelledGlyphs, read_labelled, write_labelled
from recognizer.engine.errors import ml_errors


def export_labelled(labelled: LabelledGlyphs, folder: Path, form: str) -> None:
    """Write labelled glyphs in one of FORMS; see `ml.exchange`.

    Raises:
        RecognizerError: the folder cannot be made, or is there already.
    """
    with ml_errors():
        write_labelled(labelled, folder, form)


def import_labelled(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read glyphs and labels in any of FORMS; see `ml.exchange`.

    Raises:
        RecognizerError: there are none, or a file is damaged.
    """
    with ml_errors():
        return read_labelled(folder)
