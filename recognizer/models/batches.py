"""Many files that somebody sent at once, and what became of each."""

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from recognizer.models.predictions import Prediction, Source
from recognizer.models.users import User

BATCH_FOLDER = "batches"
NAME_LENGTH = 255


def batch_path(batch: "Batch", filename: str) -> str:
    """A name nobody can guess. Nothing of what was sent is in it."""
    return f"{BATCH_FOLDER}/{secrets.token_hex(16)}.bin"


class Batch(models.Model):
    """Many files that wait to be read, or were.

    `file` holds all their bytes, one after another and archives whole, until the batch
    has ended. Each item says which of these bytes are its own. So there is one file to
    be kept or not, however many pictures there are, and no name that somebody sent is
    ever a path here.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting for the worker"
        RUNNING = "running", "Being read"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # The composite indexes below serve the owner and the visitor, too.
    owner = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="batches",
    )
    visitor = models.UUIDField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    total = models.PositiveIntegerField(help_text="How many files were sent")
    file = models.FileField(upload_to=batch_path, max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(
        default=timezone.now, help_text="When a worker last took some of it"
    )
    task_id = models.CharField(
        max_length=64, blank=True, help_text="What the worker was given"
    )
    watched = models.PositiveIntegerField(
        default=0, help_text="The last look at whether it goes on"
    )

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["owner", "-id"], name="batch_of_owner"),
            models.Index(fields=["visitor", "-id"], name="batch_of_visitor"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner=None) | Q(visitor=None),
                name="batch_of_owner_or_visitor",
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.public_id}, {self.status}"

    def get_absolute_url(self) -> str:
        return reverse("web:batch", args=[self.public_id])

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.status in ACTIVE_BATCH


# It has not ended.
ACTIVE_BATCH = (Batch.Status.QUEUED, Batch.Status.RUNNING)


class BatchItem(models.Model):
    """One file of a batch: where its bytes are, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READ = "read", "Read"
        BLANK = "blank", "Blank"
        FAILED = "failed", "Failed"

    # The unique constraint below serves it, too.
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, db_index=False, related_name="items"
    )
    position = models.PositiveIntegerField(help_text="From 0, as they were sent")
    name = models.CharField(
        max_length=NAME_LENGTH, help_text="As it was sent: a label, never a path"
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.WAITING
    )
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True, help_text="Why it failed, in words")
    # One to one: that an item is read once is held true by the database.
    prediction = models.OneToOneField(
        Prediction,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="batch_item",
    )
    offset = models.PositiveBigIntegerField(help_text="Its bytes in the batch's file")
    stored_size = models.PositiveBigIntegerField(help_text="How many they are there")
    size = models.PositiveBigIntegerField(help_text="How many bytes the picture has")
    is_deflated = models.BooleanField(default=False)
    crc = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="As its archive says it is"
    )
    claim = models.UUIDField(
        null=True, blank=True, help_text="Of the worker that is reading it"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        indexes = [
            # To be counted, and to be claimed.
            models.Index(
                fields=["batch", "status", "position"], name="batch_item_by_status"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "position"], name="batch_item_one_at_a_position"
            ),
            models.CheckConstraint(
                condition=Q(prediction=None) | Q(status="read"),
                name="batch_item_with_prediction_is_read",
            ),
        ]

    def __str__(self) -> str:
        return self.name
