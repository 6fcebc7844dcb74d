"""Which models there are, and which one answers."""

from django.db.models import QuerySet

from recognizer.models import ModelVersion


def model_version_live() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelVersion.State.LIVE).first()


def model_versions() -> QuerySet[ModelVersion]:
    """All of them, the oldest first."""
    return ModelVersion.objects.order_by("number")
