"""Where the artifacts of models lie: in a folder, or in a bucket for many machines.

Of a bucket, MODELS_ROOT is a cache: each machine has there what it has used, checked
against the digest that the version was registered with. A copy that is damaged is
fetched anew, and one appears whole or not at all, as artifacts do.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages

from ml import artifacts
from ml.artifacts import MANIFEST_FILE, SHIPPED, Manifest
from ml.errors import ArtifactError
from recognizer.engine.errors import ml_errors
from recognizer.models import ModelVersion

# Its name among Django's STORAGES.
MODELS: Final = "models"
# Of those that fetch one at once, each puts it into place within a few tries.
MOST_TRIES: Final = 100


def place_of(row: ModelVersion) -> Path:
    """Where a version's files are on this machine, once they are needed."""
    if row.is_shipped:
        return SHIPPED
    return Path(settings.MODELS_ROOT) / row.artifact_path


def folder_of(row: ModelVersion) -> Path:
    """Where a version's files are; of a bucket's they are fetched first, if need be.

    Raises:
        ArtifactError: they cannot be fetched, or are damaged in the bucket, too.
    """
    folder = place_of(row)
    bucket = _bucket()
    if row.is_shipped or bucket is None or _is_whole(folder, row):
        return folder
    with _fetched(row, bucket) as building:
        _put_into_place(building, folder, row)
    return folder


def manifest_in(row: ModelVersion) -> Manifest:
    """What is known of a version; its weights are fetched only with it.

    Raises:
        ArtifactError: its files are missing or another version's.
    """
    with suppress(ArtifactError):
        manifest = artifacts.read_manifest(place_of(row))
        refuse_another(manifest, row)
        return manifest
    manifest = artifacts.read_manifest(folder_of(row))
    refuse_another(manifest, row)
    return manifest


def check_kept(row: ModelVersion) -> None:
    """Make sure that every machine gets a version's files whole and undamaged.

    Raises:
        ArtifactError: some would not.
    """
    bucket = _bucket()
    if row.is_shipped or bucket is None:
        refuse_another(artifacts.verify(place_of(row)), row)
        return
    # Not what this machine has: others have to fetch it.
    with _fetched(row, bucket):
        pass


@ml_errors()
def artifact_keep(folder: Path) -> None:
    """Let other machines have an artifact, before any of them hears of its version.

    Args:
        folder: whole, inside MODELS_ROOT.
    Raises:
        RecognizerError: the bucket cannot be written.
    """
    bucket = _bucket()
    if bucket is None:
        return
    # The manifest last: without it there is no artifact yet.
    for path in sorted(folder.iterdir(), key=lambda path: path.name == MANIFEST_FILE):
        try:
            with path.open("rb") as file:
                bucket.save(f"{folder.name}/{path.name}", File(file))
        except OSError as error:
            raise ArtifactError(
                f"The model could not be kept where all machines find it: {error}"
            ) from error


def artifact_remove(name: str) -> None:
    """Remove what lies under a name, whole or half written.

    Raises:
        OSError: the bucket cannot be reached; what lies there may be there still.
    """
    root = Path(settings.MODELS_ROOT)
    for folder in (root / name, *root.glob(f".{name}-*")):
        shutil.rmtree(folder, ignore_errors=True)
    bucket = _bucket()
    if bucket is not None:
        for file in bucket.listdir(name)[1]:
            bucket.delete(f"{name}/{file}")


def refuse_another(manifest: Manifest, row: ModelVersion) -> None:
    """Make sure that an artifact is the one that was registered as this version.

    Raises:
        ArtifactError: it is another one.
    """
    if manifest.digest != row.digest:
        raise ArtifactError(
            f"Expected version {row.number} with digest {row.digest} in "
            f"{place_of(row)}. Received: {manifest.digest}. Put its files back, or "
            f"run manage.py migrate if the release was changed."
        )


def _bucket() -> Storage | None:
    return storages[MODELS] if MODELS in storages.backends else None


def _is_whole(folder: Path, row: ModelVersion) -> bool:
    try:
        return artifacts.verify(folder).digest == row.digest
    except ArtifactError:
        return False


@contextmanager
def _fetched(row: ModelVersion, bucket: Storage) -> Iterator[Path]:
    """Within, a checked copy of what the bucket has, beside its place."""
    folder = place_of(row)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fetch(bucket, row.artifact_path, MANIFEST_FILE, building)
        manifest = artifacts.read_manifest(building)
        refuse_another(manifest, row)
        for name in manifest.sha256:
            _fetch(bucket, row.artifact_path, name, building)
        artifacts.verify(building)
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _fetch(bucket: Storage, artifact: str, name: str, building: Path) -> None:
    # A name comes from the manifest: it is no path.
    if Path(name).name != name:
        raise ArtifactError(f"Expected a file's name in {artifact}. Received: {name!r}")
    try:
        with bucket.open(f"{artifact}/{name}", "rb") as file:
            (building / name).write_bytes(file.read())
    except OSError as error:
        raise ArtifactError(
            f"Expected {artifact}/{name} where all machines' models are kept. "
            f"Received: {error}"
        ) from error


def _put_into_place(building: Path, folder: Path, row: ModelVersion) -> None:
    """Rename a checked copy to its place, unless another process was quicker."""
    building.chmod(0o755)
    for number in range(MOST_TRIES):
        if _is_whole(folder, row):
            return
        # It is damaged. Out of the way first: a folder cannot be replaced at once.
        damaged = building.parent / f"{building.name}-damaged-{number}"
        with suppress(FileNotFoundError):
            folder.replace(damaged)
        # That may have been another's whole one, which came just now: ours is as good.
        shutil.rmtree(damaged, ignore_errors=True)
        with suppress(OSError):
            building.replace(folder)
            return
    raise ArtifactError(f"Expected to put a model into {folder}. Others keep doing so.")
