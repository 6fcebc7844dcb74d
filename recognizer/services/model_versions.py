"""Decisions about which model answers."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import ModelVersion, Promotion, User, WebhookEvent
from recognizer.services.webhooks import webhook_publish

State = ModelVersion.State


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
        folder: of its artifact, inside MODELS_ROOT, and kept by `artifact_keep`.
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


def model_version_promote(*, version: ModelVersion, user: User | None = None) -> None:
    """Let this version answer, and retire the one that did; if it does, change nothing.

    Args:
        user: who decided so; None for a release or a command.
    Raises:
        engine.RecognizerError: its files are missing or damaged; nothing changed.
    """
    engine.check_artifact(version)
    with transaction.atomic():
        model_versions_lock()
        version.refresh_from_db(fields=["state"])
        if version.state == State.LIVE:
            return
        promotion = Promotion.objects.create(version=version, user=user)
        _let_answer(version, since=promotion.created_at, is_rollback=False)


def model_version_rollback(*, leaving: int | None = None) -> ModelVersion:
    """Take the last promotion back: the version before it answers; returns that.

    The one that answered becomes a candidate again, unless it was live before that.

    Args:
        leaving: number of the version that somebody saw answer, and wants to leave: two
            who do so at once go back one step. None: whichever answers.
    Raises:
        NothingBefore: no other version has ever been live, or another one is by now.
        engine.RecognizerError: its files are missing or damaged; nothing changed.
    """
    with transaction.atomic():
        model_versions_lock()
        live = selectors.model_version_live()
        if leaving is not None and (live is None or live.number != leaving):
            raise NothingBefore("Another version went live meanwhile. Look again.")
        before = selectors.promotion_before()
        if before is None:
            raise NothingBefore("No other version has answered before this one.")
        engine.check_artifact(before.version)
        later = Promotion.objects.filter(pk__gt=before.pk, taken_back_at=None)
        later.update(taken_back_at=timezone.now())
        _let_answer(before.version, since=before.created_at, is_rollback=True)
    return before.version


def model_versions_lock() -> None:
    """Let nobody else decide which version answers until this transaction ends."""
    versions = ModelVersion.objects.order_by("pk")
    list(versions.select_for_update().values_list("pk"))


def _let_answer(version: ModelVersion, *, since: datetime, is_rollback: bool) -> None:
    live = selectors.model_version_live()
    # First the old one: the database allows one live version at any time.
    old = ModelVersion.objects.filter(state=State.LIVE).exclude(pk=version.pk)
    standing = Promotion.objects.filter(taken_back_at=None)
    old.filter(number__in=standing.values("version")).update(state=State.RETIRED)
    old.update(state=State.CANDIDATE)
    version.state, version.promoted_at = State.LIVE, since
    version.save(update_fields=["state", "promoted_at"])
    webhook_publish(
        event=WebhookEvent.MODEL_PROMOTED,
        data={
            "model_version": version.number,
            "previous": live.number if live else None,
            "is_rollback": is_rollback,
            "path": reverse("api:model", args=[version.number]),
        },
    )


def _register(
    *, artifact_path: str, manifest: engine.Manifest, **fields: Any
) -> ModelVersion:
    with transaction.atomic():
        model_versions_lock()
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
