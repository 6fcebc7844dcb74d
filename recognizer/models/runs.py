"""Trainings: how they went, and what came of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from recognizer.models.users import User
from recognizer.models.versions import ModelVersion


class TrainingRun(models.Model):
    """One training. At most one is running: two would take each other's cores."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.RUNNING
    )
    options = models.JSONField(default=dict, help_text="What was asked for")
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(
        default=timezone.now, help_text="When it last said that it goes on"
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
    forced_because = models.TextField(
        blank=True, help_text="Why it went live although the gate was against it"
    )
    note = models.TextField(blank=True, help_text="How it ended, in words")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="running"),
                name="training_run_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Training {self.pk}, {self.status}"

    @property
    def is_passed(self) -> bool:
        """Whether the new version is no worse than the one that answered."""
        return all(test["is_passed"] for test in self.gate)
