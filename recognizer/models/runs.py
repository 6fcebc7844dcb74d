"""Trainings: how they went, and what came of them."""

from django.db import models
from django.db.models import Case, Value, When
from django.utils import timezone

from recognizer.models.users import User
from recognizer.models.versions import ModelVersion


class TrainingRun(models.Model):
    """One training. At most one is going on: two would take each other's cores."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting for the worker"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    options = models.JSONField(default=dict, help_text="What was asked for")
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(
        default=timezone.now, help_text="When it last said that it goes on"
    )
    phase = models.CharField(
        max_length=60, blank=True, help_text="What it is doing, in words"
    )
    step = models.PositiveIntegerField(default=0, help_text="Of all its steps")
    steps = models.PositiveIntegerField(default=0)
    seconds_left = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of its steps, as the last ones went"
    )
    epochs = models.JSONField(default=list, help_text="Loss and accuracy of each")
    gate = models.JSONField(
        default=list, help_text="What the new version was held against"
    )
    version = models.OneToOneField(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="training_run",
    )
    doubted = models.PositiveIntegerField(
        default=0, help_text="Labels that it left out, as they look wrong"
    )
    task_id = models.CharField(
        max_length=64, blank=True, help_text="What the worker was given"
    )
    artifact_path = models.CharField(
        max_length=255, blank=True, help_text="Folder that it writes, in MODELS_ROOT"
    )
    forced_because = models.TextField(
        blank=True, help_text="Why it went live although the gate was against it"
    )
    note = models.TextField(blank=True, help_text="How it ended, in words")

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Of all others the expression is null, and nulls do not collide.
            models.UniqueConstraint(
                Case(When(status__in=["queued", "running"], then=Value(1))),
                name="training_run_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Training {self.pk}, {self.status}"

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.status in ACTIVE

    @property
    def is_passed(self) -> bool:
        """Whether the new version is no worse than the one that answered."""
        return bool(self.gate) and not self.worse_at

    @property
    def worse_at(self) -> list[str]:
        """What the gate has against the new version, by name."""
        return [test["name"] for test in self.gate if not test["is_passed"]]


# It has not ended.
ACTIVE = (TrainingRun.Status.QUEUED, TrainingRun.Status.RUNNING)
