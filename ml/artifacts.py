"""A trained model as a folder: the Keras file, the LiteRT file and a manifest.

    model.keras     the source of truth, as trained
    model.tflite    the same network compiled for serving
    manifest.json   digests, versions, calibration, figures and origin

A folder appears whole or not at all, and is refused when a digest does not match.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ml.errors import ArtifactError
from ml.preprocessing import PREPROCESSING_VERSION

KERAS_FILE: Final = "model.keras"
LITERT_FILE: Final = "model.tflite"
MANIFEST_FILE: Final = "manifest.json"
MANIFEST_VERSION: Final = 1
# No probability reaches it.
NEVER: Final = 2.0

SHIPPED: Final = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What has to be known of a model besides its weights.

    Attributes:
        architecture: name in `ml.architectures`.
        preprocessing_version: of the glyphs it was trained on.
        temperature: divides the logarithms of its probabilities; see calibration.
        sure_threshold: confidence from which an answer is called sure.
        reject_threshold: probability of being no digit from which an answer is called
            not a digit; above 1, nothing is.
        sha256: digest of each file, by name.
        metrics: figures measured when it was made, such as mnist_test_accuracy.
        training: recipe, seed and the fingerprints of the data.
    """

    architecture: str
    temperature: float
    sure_threshold: float
    reject_threshold: float = NEVER
    preprocessing_version: int = PREPROCESSING_VERSION
    sha256: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names the model: SHA-256 over all that its answers depend on."""
        text = json.dumps(
            [
                sorted(self.sha256.items()),
                self.preprocessing_version,
                self.temperature,
                self.sure_threshold,
                self.reject_threshold,
            ]
        )
        return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an artefact without looking at its weights.

    Raises:
        ArtifactError: it is missing, not JSON or lacks a field.
    """
    path = folder / MANIFEST_FILE
    try:
        content = json.loads(path.read_text("utf-8"))
        if content.pop("manifest_version") != MANIFEST_VERSION:
            raise ArtifactError(
                f"Expected manifest_version {MANIFEST_VERSION} in {path}. "
                "Received another: the model was made by another release."
            )
        content.pop("digest")
        return Manifest(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"Expected a model's manifest at {path}. Received: {error!r}"
        ) from error


def verify(folder: Path) -> Manifest:
    """Read the manifest and check that every file it names is undamaged.

    Raises:
        ArtifactError: a file is missing or differs from what was written.
    """
    manifest = read_manifest(folder)
    if missing := {KERAS_FILE, LITERT_FILE} - manifest.sha256.keys():
        raise ArtifactError(
            f"Expected digests of {KERAS_FILE} and {LITERT_FILE} in the manifest of "
            f"{folder}. Received: none of {', '.join(sorted(missing))}."
        )
    for name, expected in manifest.sha256.items():
        try:
            received = _sha256(folder / name)
        except OSError as error:
            raise ArtifactError(
                f"Expected {name} in the model folder {folder}. Received: {error}"
            ) from error
        if received != expected:
            raise ArtifactError(
                f"Expected {folder / name} with SHA-256 {expected}. "
                f"Received: {received}. The model is damaged; put it back from a "
                "back-up or train it again."
            )
    return manifest


def write_artifact(
    folder: Path,
    manifest: Manifest,
    write_files: Callable[[Path], None],
) -> Manifest:
    """Write an artefact beside its place and rename it there when it is whole.

    Args:
        folder: must not exist yet, or be an empty folder.
        manifest: without digests; they are added.
        write_files: writes the model's files into the folder it is given.
    Returns:
        The manifest as written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write_files(building)
        digests = {path.name: _sha256(path) for path in sorted(building.iterdir())}
        manifest = _replaced(manifest, digests)
        _write_manifest(building, manifest)
        building.chmod(0o755)
        # Before it has its name: a power cut must leave it whole or not at all.
        for path in (*building.iterdir(), building):
            _sync(path)
        building.replace(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _sync(folder.parent)
    return manifest


def _sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replaced(manifest: Manifest, digests: Mapping[str, str]) -> Manifest:
    return replace(manifest, sha256=dict(digests))


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    content = {
        "manifest_version": MANIFEST_VERSION,
        "digest": manifest.digest,
        "architecture": manifest.architecture,
        "preprocessing_version": manifest.preprocessing_version,
        "temperature": manifest.temperature,
        "sure_threshold": manifest.sure_threshold,
        "reject_threshold": manifest.reject_threshold,
        "sha256": dict(manifest.sha256),
        "metrics": dict(manifest.metrics),
        "training": dict(manifest.training),
    }
    text = json.dumps(content, indent=2, sort_keys=False) + "\n"
    (folder / MANIFEST_FILE).write_text(text, "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
