"""Which models there are, and which one answers."""

from django.db.models import QuerySet

from recognizer.models import ModelVersion, Promotion


def model_version_live() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelVersion.State.LIVE).first()


def model_versions() -> QuerySet[ModelVersion]:
    """All of them, the oldest first."""
    return ModelVersion.objects.order_by("number")


def is_learnt(*, labels: str, version: ModelVersion) -> bool:
    """Whether a version, or one that went on from it and answered once, knows labels.

    Args:
        labels: their fingerprint.
    """
    taught = version.children.filter(promotions__isnull=False)
    return (
        version.data_fingerprint == labels
        or taught.filter(data_fingerprint=labels).exists()
    )


def model_version_get(*, number: int) -> ModelVersion:
    """One version, with the training that made it and its parent.

    Raises:
        ModelVersion.DoesNotExist: there is none.
    """
    versions = ModelVersion.objects.select_related("training_run", "parent")
    return versions.get(number=number)


def promotion_before() -> Promotion | None:
    """The promotion that a rollback leads to; None where no other version was live."""
    standing = Promotion.objects.filter(taken_back_at=None).order_by("-pk")
    others = standing.exclude(version=model_version_live())
    return others.select_related("version").first()


def model_version_before() -> ModelVersion | None:
    """The version to which `model_version_rollback` goes back."""
    promotion = promotion_before()
    return promotion.version if promotion else None


def model_version_ancestors(*, version: ModelVersion) -> list[ModelVersion]:
    """What it went on from, its parent first."""
    known = {each.number: each for each in ModelVersion.objects.all()}
    ancestors: list[ModelVersion] = []
    parent = version.parent_id
    while parent is not None:
        ancestors.append(known[parent])
        parent = known[parent].parent_id
    return ancestors
