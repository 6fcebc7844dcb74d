"""Decisions about which model answers."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import ModelVersion


class NothingBefore(Exception):
    """There is no version to go back to."""


def model_version_register(
    *,
    folder: Path,
    manifest: engine.Manifest,
    parent: ModelVersion | None = None,
    data_fingerprint: str = "",
) -> ModelVersion:
    """Make a model that was trained here known, as a candidate.

    Args:
        folder: of its artifact, inside MODELS_ROOT.
        manifest: what stands in it.
        parent: the version it went on from.
        data_fingerprint: of the labels it learnt from.
    """
    artifact_path = folder.resolve().relative_to(Path(settings.MODELS_ROOT).resolve())
    return _register(
        artifact_path=artifact_path.as_posix(),
        manifest=manifest,
        parent=parent,
        data_fingerprint=data_fingerprint,
    )


def model_version_register_shipped() -> ModelVersion:
    """Make sure that the model that came with the site has a row; returns it.

    After an upgrade that brought another model, this makes a new version; after a step
    back to an older release, its version is known already. Either goes live at once
    where a shipped model answered before; a site that trained its own keeps that one.
    No model is loaded.

    Raises:
        engine.RecognizerError: the model is missing or damaged; nothing changed.
    """
    manifest = engine.shipped_manifest()
    with transaction.atomic():
        shipped = ModelVersion.objects.filter(artifact_path="", digest=manifest.digest)
        known = shipped.last()
        version = known or _register(artifact_path="", manifest=manifest)
        live = selectors.model_version_live()
        if live is None or (live.is_shipped and live != version):
            model_version_promote(version=version)
    return version


def model_version_promote(*, version: ModelVersion) -> None:
    """Let this version answer, and retire the one that did; if it does, change nothing.

    Raises:
        engine.RecognizerError: its files are missing or damaged; nothing changed.
    """
    engine.check_artifact(version)
    if version.state == ModelVersion.State.LIVE:
        return
    live = ModelVersion.objects.filter(state=ModelVersion.State.LIVE)
    with transaction.atomic():
        # First the old one: the database allows one live version at any time.
        live.exclude(pk=version.pk).update(state=ModelVersion.State.RETIRED)
        version.state = ModelVersion.State.LIVE
        version.promoted_at = timezone.now()
        version.save(update_fields=["state", "promoted_at"])


def model_version_rollback() -> ModelVersion:
    """Let the version answer that did before the live one; returns it.

    The live one becomes a candidate again: going back once more leads on to what was
    live before, and not forth to it.

    Raises:
        NothingBefore: no other version has ever been live.
        engine.RecognizerError: its files are missing or damaged; nothing changed.
    """
    retired = ModelVersion.objects.filter(state=ModelVersion.State.RETIRED)
    with transaction.atomic():
        live = selectors.model_version_live()
        before = retired.order_by("-promoted_at", "-number").first()
        if before is None:
            raise NothingBefore("No other version has answered before this one.")
        # When it was live is kept: it says what came before it.
        promoted_at = before.promoted_at
        model_version_promote(version=before)
        ModelVersion.objects.filter(pk=before.pk).update(promoted_at=promoted_at)
        if live is not None:
            candidate = ModelVersion.objects.filter(pk=live.pk)
            candidate.update(state=ModelVersion.State.CANDIDATE)
    return before


def _register(
    *, artifact_path: str, manifest: engine.Manifest, **fields: Any
) -> ModelVersion:
    with transaction.atomic():
        last: int | None = ModelVersion.objects.aggregate(last=Max("number"))["last"]
        return ModelVersion.objects.create(
            number=(last or 0) + 1,
            artifact_path=artifact_path,
            digest=manifest.digest,
            architecture=manifest.architecture,
            preprocessing_version=manifest.preprocessing_version,
            metrics=dict(manifest.metrics),
            **fields,
        )
