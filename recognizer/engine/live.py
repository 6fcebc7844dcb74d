"""The live model: loaded when a process reads its first picture, and kept."""

import logging
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from ml import artifacts
from ml.artifacts import SHIPPED, Manifest
from ml.errors import ArtifactError
from ml.inference import Recognizer
from recognizer.engine.artifact_store import (
    check_kept,
    folder_of,
    manifest_in,
    refuse_another,
)
from recognizer.engine.errors import ml_errors
from recognizer.models import ModelVersion
from recognizer.steps import step

logger = logging.getLogger(__name__)

# A promotion reaches every worker within this time.
RECHECK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """Which model answers, and which preprocessing makes its glyphs."""

    number: int
    preprocessing_version: int


@dataclass(frozen=True, slots=True)
class Live:
    version: LiveVersion
    digest: str
    recognizer: Recognizer


class LiveModel:
    """The live version's model, looked up again every RECHECK_S."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._checked_at = 0.0

    def get(self) -> Live:
        live = self._live
        if live is not None and time.monotonic() - self._checked_at < RECHECK_S:
            return live
        # One thread looks; the others go on with what they have, or wait for it.
        if not self._lock.acquire(blocking=live is None):
            return live or self._look_up()
        try:
            return self._look_up()
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Load anew on the next picture."""
        self._live = None

    def _look_up(self) -> Live:
        try:
            self._live = self._current()
        except (DatabaseError, ArtifactError) as error:
            if self._live is None:
                if isinstance(error, DatabaseError):
                    raise  # It says itself what is wrong, and is no model's fault.
                raise ArtifactError(_no_model(error)) from error
            # The last good model goes on answering.
            logger.exception("The live model cannot be looked up or loaded")
        self._checked_at = time.monotonic()
        return self._live

    def _current(self) -> Live:
        row = _live_row()
        if row is None:
            raise ArtifactError("no version is live; run manage.py migrate")
        live = self._live
        # The number as well: the same weights may be registered twice.
        if live and (live.version.number, live.digest) == (row.number, row.digest):
            return live
        recognizer = Recognizer.load(
            folder_of(row), backend=settings.DIGITS_BACKEND, around=step
        )
        refuse_another(recognizer.manifest, row)
        version = LiveVersion(row.number, recognizer.manifest.preprocessing_version)
        return Live(version, row.digest, recognizer)


def _live_row() -> ModelVersion | None:
    try:
        return ModelVersion.objects.filter(state=ModelVersion.State.LIVE).first()
    except DatabaseError:
        if ModelVersion._meta.db_table in connection.introspection.table_names():
            raise
    # `manage.py evaluate` right after the install: no other model can be live yet.
    return ModelVersion(number=1, digest=artifacts.read_manifest(SHIPPED).digest)


def _no_model(error: Exception) -> str:
    return f"No model can read this at the moment: {error}"


def check_artifact(version: ModelVersion) -> None:
    """Make sure that a version's files are whole, undamaged and its own.

    Raises:
        RecognizerError: they are not.
    """
    with ml_errors():
        check_kept(version)


def manifest_of(version: ModelVersion) -> Manifest:
    """Tell what is known of a version, without looking at its weights.

    Raises:
        RecognizerError: its files are missing or another version's.
    """
    with ml_errors():
        return manifest_in(version)


@lru_cache(maxsize=1)
def shipped_manifest() -> Manifest:
    """Read what came with the release, without its weights.

    Raises:
        RecognizerError: it is missing or damaged.
    """
    with ml_errors():
        return artifacts.read_manifest(artifacts.SHIPPED)
