"""Model versions side by side: what each costs, and how well it reads."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ml.architectures import NetworkSize, size_of_file
from ml.artifacts import KERAS_FILE, LITERT_FILE, Manifest
from ml.inference import Recognizer
from ml.readings import Reading
from ml.samples import Sample, labelled_sets
from recognizer.engine.artifact_store import folder_of, refuse_another
from recognizer.engine.errors import RecognizerError, ml_errors
from recognizer.engine.evaluation import measure
from recognizer.models import ModelVersion

TIMED_GLYPHS: Final = 300
# The figures of an evaluation that fit a table.
FIGURES: Final = ("n", "accuracy", "sure", "ece", "not_digits")


@dataclass(frozen=True, slots=True)
class ComparedVersion:
    """One version's row.

    Attributes:
        number, architecture, state: of the version.
        parameters, multiplications: of its network; the latter for one glyph.
        litert_bytes: size of the file that serves.
        mnist_test_accuracy: from its manifest; None where it was not measured.
        glyph_ms: median time of one glyph on one core, from pixels to probabilities.
        sets: by name, what `Evaluation.as_dict` says of n, accuracy and the like.
        error: why there are no figures; empty where there are.
    """

    number: int
    architecture: str
    state: str
    parameters: int | None = None
    multiplications: int | None = None
    litert_bytes: int | None = None
    mnist_test_accuracy: float | None = None
    glyph_ms: float | None = None
    sets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: str = ""


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


def compare_version(
    version: ModelVersion,
    sets: Mapping[str, Sequence[Sample]],
    *,
    limit: int | None = None,
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> ComparedVersion:
    """Measure a version, live or not; a damaged one gets a row that says so.

    Args:
        version: its row.
        sets: labelled samples by name; there may be none.
        limit: how many samples at most; spread evenly over the sets.
        on_sample: told how many of how many are done.
    """
    try:
        with ml_errors():
            return _measured(version, sets, limit, on_sample)
    except RecognizerError as error:
        return ComparedVersion(
            version.number, version.architecture, version.state, error=str(error)
        )


def _measured(
    version: ModelVersion,
    sets: Mapping[str, Sequence[Sample]],
    limit: int | None,
    on_sample: Callable[[int, int], None],
) -> ComparedVersion:
    folder = folder_of(version)
    recognizer = Recognizer.load(folder)
    manifest = recognizer.manifest
    refuse_another(manifest, version)
    size = _size(manifest, version)
    return ComparedVersion(
        number=version.number,
        architecture=version.architecture,
        state=version.state,
        parameters=size.parameters,
        multiplications=size.multiplications,
        litert_bytes=(folder / LITERT_FILE).stat().st_size,
        mnist_test_accuracy=manifest.metrics.get("mnist_test_accuracy"),
        glyph_ms=_glyph_ms(recognizer),
        sets=_figures(recognizer, sets, limit, on_sample) if sets else {},
    )


def _size(manifest: Manifest, version: ModelVersion) -> NetworkSize:
    known = manifest.metrics
    if "parameters" in known and "multiplications" in known:
        return NetworkSize(known["parameters"], known["multiplications"])
    return size_of_file(folder_of(version) / KERAS_FILE)


def _figures(
    recognizer: Recognizer,
    sets: Mapping[str, Sequence[Sample]],
    limit: int | None,
    on_sample: Callable[[int, int], None],
) -> dict[str, dict[str, Any]]:
    def read(data: bytes) -> Reading:
        with ml_errors():
            return recognizer.read(data)

    figures = measure(sets, read, limit=limit, on_sample=on_sample).as_dict()
    by_set = figures.get("sets") or dict.fromkeys(sets, figures)
    return {
        name: {key: of_set[key] for key in FIGURES} for name, of_set in by_set.items()
    }


def _glyph_ms(recognizer: Recognizer) -> float:
    """The median: whatever else runs on the machine only ever adds."""
    # LiteRT is given one thread, and takes as long for noise as for a digit.
    glyph = np.random.default_rng(1).integers(0, 256, (1, 28, 28), np.uint8)
    times = []
    for _ in range(TIMED_GLYPHS):
        started = time.perf_counter()
        recognizer.probabilities(glyph)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000
