"""Labelled glyphs as files, out and in."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ml.archives import write_archive
from ml.exchange import LabelledGlyphs, read_labelled, write_labelled
from recognizer.engine.errors import ml_errors


def export_labelled(labelled: LabelledGlyphs, folder: Path, form: str) -> None:
    """Write labelled glyphs in one of FORMS; see `ml.exchange`.

    Raises:
        RecognizerError: the folder cannot be made, or is there already.
    """
    with ml_errors():
        write_labelled(labelled, folder, form)


def export_archive(labelled: LabelledGlyphs, form: str) -> IO[bytes]:
    """The same as one ZIP file, at its beginning; closing it removes it.

    Nothing of it is built in memory.

    Raises:
        RecognizerError: the folder it is made of cannot be written.
    """
    with tempfile.TemporaryDirectory() as scratch, ml_errors(), ExitStack() as opened:
        folder = Path(scratch) / "digits"
        write_labelled(labelled, folder, form)
        archive = opened.enter_context(tempfile.TemporaryFile())
        write_archive(folder, archive)
        # From here on, whoever is given it closes it.
        opened.pop_all()
    archive.seek(0)
    return archive


def import_labelled(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read glyphs and labels in any of FORMS; see `ml.exchange`.

    Raises:
        RecognizerError: there are none, or a file is damaged.
    """
    with ml_errors():
        return read_labelled(folder)
