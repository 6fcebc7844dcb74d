"""The one door to `ml`: everything else in the project imports only this.

It knows which version is live, loads it when the first picture comes (after the fork,
once a process), keeps it, and turns MlError into RecognizerError.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml import artifacts, imaging
from ml.architectures import ARCHITECTURES
from ml.arrays import Box
from ml.artifacts import Manifest
from ml.errors import ImageError, ImageTooLarge, MlError, UnsupportedImage
from ml.evaluation import NONE, Evaluation, Sample, labelled_files
from ml.imaging import Picture
from ml.inference import BACKENDS, DigitReading, Reading, trace
from ml.outcomes import Outcome
from ml.preprocessing import PREPROCESSING_VERSION
from ml.training import EpochProgress, Progress, Recipe
from recognizer.engine import training
from recognizer.engine.live import LiveModel, LiveVersion, folder_of, refuse_another
from recognizer.engine.training import TrainingData
from recognizer.models import ModelVersion

__all__ = [
    "ARCHITECTURES",
    "BACKENDS",
    "GLYPH_STEP",
    "PREPROCESSING_VERSION",
    "Box",
    "DigitReading",
    "EpochProgress",
    "Evaluation",
    "LiveVersion",
    "Manifest",
    "Outcome",
    "Picture",
    "Progress",
    "Reading",
    "Recipe",
    "Recognition",
    "RecognizerError",
    "Sample",
    "Step",
    "TrainingData",
    "check_artifact",
    "evaluate",
    "explain_steps",
    "glyph_png",
    "recognize",
    "shipped_manifest",
    "thumbnail",
    "train",
]

GLYPH_STEP: Final = "glyph"
STEP_CAPTIONS: Final = {
    "grey": "The picture in shades of grey, turned upright.",
    "ink": "The ink alone: shadows and paper taken away.",
    "digit": "The digit alone: rules, borders and specks taken away.",
    GLYPH_STEP: (
        "The glyph: 28 by 28 pixels, centred by its weight. This is all it sees."
    ),
}


class RecognizerError(Exception):
    """A picture could not be read, or no model could read it.

    Attributes:
        code: stable, for programs.
        status: the HTTP status that says the same.
    """

    def __init__(self, message: str, *, code: str, status: HTTPStatus) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the picture to the glyph, as a PNG with words."""

    name: str
    caption: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Recognition:
    """A reading, the version that read it, and how long that took."""

    reading: Reading
    version: LiveVersion
    took_ms: float


def recognize(data: bytes, *, with_picture: bool = False) -> Recognition:
    """Read an image file with the live model.

    Args:
        data: the file as sent.
        with_picture: also encode the picture anew, to keep it.
    Raises:
        RecognizerError: the file cannot be read, or no model is fit to read it.
    """
    with _ml_errors():
        live = _live.get()
        started = time.perf_counter()
        reading = live.recognizer.read(data, with_picture=with_picture)
    return Recognition(reading, live.version, (time.perf_counter() - started) * 1000)


def explain_steps(data: bytes) -> tuple[Step, ...]:
    """Show how a picture becomes its glyph; nothing when it is blank.

    Raises:
        RecognizerError: the file cannot be read.
    """
    with _ml_errors():
        return tuple(
            Step(
                stage.name,
                STEP_CAPTIONS[stage.name],
                imaging.encode_grey_png(stage.pixels),
            )
            for stage in trace(data)
        )


def glyph_png(glyph: bytes | NDArray[np.uint8]) -> bytes:
    """Encode a glyph, as an array or as its 784 bytes, as a PNG of 28x28 px."""
    pixels = np.frombuffer(glyph, np.uint8) if isinstance(glyph, bytes) else glyph
    return imaging.encode_grey_png(pixels.reshape(28, 28))


def thumbnail(data: bytes, *, side_px: int) -> Picture:
    """Make a small PNG of a kept picture, at most `side_px` a side.

    Raises:
        RecognizerError: the file cannot be read.
    """
    with _ml_errors():
        return imaging.thumbnail(data, side_px=side_px)


def evaluate(
    folder: Path,
    *,
    limit: int | None = None,
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Read every labelled image of a folder as the site would, and count.

    Args:
        folder: see `ml.evaluation.labelled_files`.
        limit: how many samples at most; spread evenly over the folder.
        on_sample: told how many of how many are done.
    Raises:
        RecognizerError: the folder holds no samples, or no model can read them.
    """
    with _ml_errors():
        samples = _spread(labelled_files(folder), limit)
    evaluation = Evaluation()
    for done, sample in enumerate(samples, 1):
        answer, outcome = _answer_to(sample)
        evaluation.add(sample, answer, outcome)
        on_sample(done, len(samples))
    return evaluation


def train(
    data: TrainingData, recipe: Recipe, folder: Path, *, progress: Progress
) -> Manifest:
    """Train a network and write it into a new folder; see `engine.training`.

    Raises:
        RecognizerError: a data set is missing or damaged.
    """
    with _ml_errors():
        return training.train(data, recipe, folder, progress=progress)


def _spread(samples: list[Sample], limit: int | None) -> list[Sample]:
    if limit is None or limit >= len(samples):
        return samples
    picked = np.linspace(0, len(samples) - 1, limit).round().astype(int)
    return [samples[index] for index in picked]


def _answer_to(sample: Sample) -> tuple[str, str]:
    try:
        reading = recognize(sample.read()).reading
    except RecognizerError as error:
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return NONE, error.code
    if reading.outcome in (Outcome.BLANK, Outcome.NOT_A_DIGIT):
        return NONE, reading.outcome
    return reading.text, reading.outcome


def check_artifact(version: ModelVersion) -> None:
    """Make sure that a version's files are whole, undamaged and its own.

    Raises:
        RecognizerError: they are not.
    """
    with _ml_errors():
        refuse_another(artifacts.verify(folder_of(version)), version)


@lru_cache(maxsize=1)
def shipped_manifest() -> Manifest:
    """Read what came with the release, without its weights.

    Raises:
        RecognizerError: it is missing or damaged.
    """
    with _ml_errors():
        return artifacts.read_manifest(artifacts.SHIPPED)


@contextmanager
def _ml_errors() -> Iterator[None]:
    try:
        yield
    except MlError as error:
        raise RecognizerError(
            str(error), code=error.code, status=_status_of(error)
        ) from error


def _status_of(error: MlError) -> HTTPStatus:
    if isinstance(error, ImageTooLarge):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if isinstance(error, UnsupportedImage):
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if isinstance(error, ImageError):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.SERVICE_UNAVAILABLE


_live = LiveModel()
