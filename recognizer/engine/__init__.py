"""The one door to `ml`: everything else in the project imports only this.

It knows which version is live, loads it when the first picture comes (after the fork,
once a process), keeps it, and turns MlError into RecognizerError.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml import artifacts, imaging
from ml.adapting import SCALES, OutputForm
from ml.architectures import ARCHITECTURES
from ml.arrays import Box
from ml.artifacts import Manifest
from ml.evaluation import Answer, Evaluation, Result
from ml.exchange import FORMS, LabelledGlyphs, read_labelled, write_labelled
from ml.finetuning import FINE_TUNING_EPOCHS
from ml.gate import GateTest
from ml.imaging import Picture
from ml.importing import ImportedModel
from ml.inference import BACKENDS, DigitReading, Reading, trace
from ml.metrics import CoveragePoint, ReliabilityBin
from ml.outcomes import Outcome
from ml.preprocessing import PREPROCESSING_VERSION
from ml.recipes import PRECISIONS, EpochProgress, Progress, Recipe
from ml.samples import NONE, Sample, labelled_sets
from recognizer.engine import explanations, importing, training
from recognizer.engine.comparison import ComparedVersion, compare_version
from recognizer.engine.errors import RecognizerError, ml_errors
from recognizer.engine.evaluation import measure
from recognizer.engine.explanations import Alternative, Explanation, HeatMap
from recognizer.engine.importing import ImportOptions
from recognizer.engine.live import LiveModel, LiveVersion, folder_of, refuse_another
from recognizer.engine.training import FineTuned, TrainingData
from recognizer.models import ModelVersion

__all__ = [
    "ARCHITECTURES",
    "BACKENDS",
    "FINE_TUNING_EPOCHS",
    "FORMS",
    "GLYPH_STEP",
    "NONE",
    "PRECISIONS",
    "PREPROCESSING_VERSION",
    "SCALES",
    "Alternative",
    "Answer",
    "Box",
    "ComparedVersion",
    "CoveragePoint",
    "DigitReading",
    "EpochProgress",
    "Evaluation",
    "Explanation",
    "FineTuned",
    "GateTest",
    "HeatMap",
    "ImportOptions",
    "ImportedModel",
    "LabelledGlyphs",
    "LiveVersion",
    "Manifest",
    "Outcome",
    "OutputForm",
    "Picture",
    "Progress",
    "Reading",
    "Recipe",
    "Recognition",
    "RecognizerError",
    "ReliabilityBin",
    "Result",
    "Sample",
    "Step",
    "TrainingData",
    "check_artifact",
    "compare",
    "evaluate",
    "explain",
    "explain_steps",
    "export_labelled",
    "fine_tune",
    "glyph_png",
    "import_labelled",
    "import_model",
    "live_manifest",
    "recognize",
    "recognize_glyph",
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
    with ml_errors():
        live = _live.get()
        started = time.perf_counter()
        reading = live.recognizer.read(data, with_picture=with_picture)
    return Recognition(reading, live.version, (time.perf_counter() - started) * 1000)


def recognize_glyph(glyph: NDArray[np.uint8]) -> Recognition:
    """Read a glyph with the live model, as it is; its picture is the glyph itself.

    Args:
        glyph: (28, 28) uint8, white ink on black.
    Raises:
        RecognizerError: no model is fit to read it.
    """
    with ml_errors():
        live = _live.get()
        started = time.perf_counter()
        reading = live.recognizer.read_glyph(glyph)
    return Recognition(reading, live.version, (time.perf_counter() - started) * 1000)


def explain(glyph: bytes) -> Explanation:
    """Show what the live model's answer to a glyph of 784 bytes hangs on.

    Raises:
        RecognizerError: no model can read it.
    """
    with ml_errors():
        return explanations.explain(_live.get(), glyph)


def explain_steps(data: bytes) -> tuple[Step, ...]:
    """Show how a picture becomes its glyph; nothing when it is blank.

    Raises:
        RecognizerError: the file cannot be read.
    """
    with ml_errors():
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
    with ml_errors():
        return imaging.thumbnail(data, side_px=side_px)


def evaluate(
    folders: Sequence[Path],
    *,
    limit: int | None = None,
    without_kinds: Sequence[str] = (),
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Read every labelled image of some folders as the site would.

    Args:
        folders: see `ml.samples.labelled_sets`.
        limit: how many samples at most; spread evenly over the folders.
        without_kinds: leave out the kinds that start with one of these.
        on_sample: told how many of how many are done.
    Raises:
        RecognizerError: a folder holds no samples, or no model can read them.
    """
    with ml_errors():
        sets = labelled_sets(folders)
    return measure(
        sets,
        lambda data: recognize(data).reading,
        limit=limit,
        without_kinds=without_kinds,
        on_sample=on_sample,
    )


def live_manifest() -> tuple[LiveVersion, Manifest]:
    """Tell which version answers, and what is known of it.

    Raises:
        RecognizerError: none is fit to.
    """
    with ml_errors():
        live = _live.get()
        return live.version, live.recognizer.manifest


def fine_tune(
    version: ModelVersion,
    labelled: LabelledGlyphs,
    folder: Path,
    *,
    mnist: Path | None,
    epochs: int = FINE_TUNING_EPOCHS,
    seed: int = 1,
    progress: Progress,
) -> FineTuned:
    """Teach a version what people corrected; see `engine.training`.

    Raises:
        RecognizerError: there is nothing to learn, or something is missing or damaged.
    """
    with ml_errors():
        return training.fine_tune(
            version,
            labelled,
            folder,
            mnist=mnist,
            epochs=epochs,
            seed=seed,
            progress=progress,
        )


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


def train(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    *,
    start: Path | None = None,
    progress: Progress,
) -> Manifest:
    """Train a network and write it into a new folder; see `engine.training`.

    Raises:
        RecognizerError: a data set is missing or damaged.
    """
    with ml_errors():
        return training.train(data, recipe, folder, start=start, progress=progress)


def compare(
    versions: Sequence[ModelVersion],
    folders: Sequence[Path] = (),
    *,
    limit: int | None = None,
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[ComparedVersion]:
    """Measure versions, one after the other, each as `evaluate` does the live one.

    Args:
        versions: their rows.
        folders: see `ml.samples.labelled_sets`.
        limit: how many samples at most; spread evenly over the folders.
        on_sample: told how many of how many are done, of one version.
    Raises:
        RecognizerError: a folder holds no samples.
    """
    with ml_errors():
        sets = labelled_sets(folders)
    for version in versions:
        yield compare_version(version, sets, limit=limit, on_sample=on_sample)


def import_model(path: Path, folder: Path, options: ImportOptions) -> ImportedModel:
    """Make an artefact of a model trained elsewhere; see `engine.importing`.

    Raises:
        RecognizerError: it is refused, or MNIST is not where it should be.
    """
    with ml_errors():
        return importing.import_model(path, folder, options)


def check_artifact(version: ModelVersion) -> None:
    """Make sure that a version's files are whole, undamaged and its own.

    Raises:
        RecognizerError: they are not.
    """
    with ml_errors():
        refuse_another(artifacts.verify(folder_of(version)), version)


@lru_cache(maxsize=1)
def shipped_manifest() -> Manifest:
    """Read what came with the release, without its weights.

    Raises:
        RecognizerError: it is missing or damaged.
    """
    with ml_errors():
        return artifacts.read_manifest(artifacts.SHIPPED)


_live = LiveModel()
