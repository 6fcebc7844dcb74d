"""The models that read."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from recognizer.models.users import User


class ModelVersion(models.Model):
    """One trained model. At most one is live: the one that answers."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    number = models.PositiveIntegerField(unique=True)
    artifact_path = models.CharField(
        max_length=255,
        blank=True,
        help_text="Folder of the artifact; empty: came with the site",
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 of its manifest")
    architecture = models.CharField(max_length=100)
    preprocessing_version = models.PositiveSmallIntegerField()
    metrics = models.JSONField(default=dict, blank=True)
    parent = models.ForeignKey(
        "self",
        to_field="number",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="The version it went on from",
    )
    data_fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Of the labels that taught and judged it"
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.CANDIDATE
    )
    created_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="live"),
                name="model_version_one_live_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"Model {self.number}"

    @property
    def is_shipped(self) -> bool:
        return self.artifact_path == ""


class Promotion(models.Model):
    """One time that a version was let answer. Never changed but to be taken back.

    The last one that stands is of the live version: taking it back leads to the version
    before, however often either was promoted.
    """

    version = models.ForeignKey(
        ModelVersion,
        to_field="number",
        on_delete=models.CASCADE,
        related_name="promotions",
    )
    # Nobody's where a release brought the version, or a command promoted it.
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.version} since {self.created_at:%Y-%m-%d %H:%M}"
