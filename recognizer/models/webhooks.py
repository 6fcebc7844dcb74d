"""Addresses of programs that want to be told when something has happened."""

import uuid
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from recognizer.models.users import User

URL_LENGTH = 500
# Of what a receiver answered, or why it could not be reached.
ERROR_LENGTH = 500


class WebhookEvent(models.TextChoices):
    """What may have happened."""

    BATCH_FINISHED = "batch.finished", "A batch is finished"
    TRAINING_FINISHED = "training.finished", "A training has ended"
    MODEL_PROMOTED = "model.promoted", "Another model answers"
    PING = "ping", "Test"


# Of what concerns the whole site, the staff alone are told.
STAFF_EVENTS = (WebhookEvent.TRAINING_FINISHED, WebhookEvent.MODEL_PROMOTED)
# A test is sent when somebody asks for one, and to whoever asks.
CHOSEN_EVENTS = tuple(event for event in WebhookEvent if event != WebhookEvent.PING)


class Webhook(models.Model):
    """One such address, and what it is told about."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=URL_LENGTH)
    # Readable, and not hashed: it signs.
    secret = models.CharField(max_length=100)
    old_secret = models.CharField(max_length=100, blank=True)
    old_secret_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the old secret signs, too"
    )
    events = models.JSONField(default=list, help_text="What it is told about")
    is_active = models.BooleanField(default=True)
    disabled_because = models.TextField(
        blank=True, help_text="Why the site turned it off; empty if a person did"
    )
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing has been taken"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url

    @property
    def is_failing(self) -> bool:
        """Whether it is told things and takes none."""
        return self.is_active and self.failing_since is not None

    @property
    def event_names(self) -> list[str]:
        """What it is told about, in words."""
        return [str(WebhookEvent(event).label) for event in self.events]

    def secrets_at(self, now: datetime) -> list[str]:
        """Those that sign, the newest first."""
        is_old_one_known = self.old_secret_until and now < self.old_secret_until
        return [self.secret, *([self.old_secret] if is_old_one_known else [])]


class WebhookDelivery(models.Model):
    """One thing that one webhook is told, and how far that is."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries"
    )
    # The same in every attempt, so that the receiver can drop repeats.
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=20, choices=WebhookEvent.choices)
    payload = models.JSONField(
        encoder=DjangoJSONEncoder, help_text="The body, as it is sent"
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)
    # While it is sent: when it is taken for lost, and sent once more.
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The HTTP status of the last answer"
    )
    last_error = models.CharField(max_length=ERROR_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(status="waiting"),
                name="delivery_waiting",
            ),
            models.Index(fields=["created_at"], name="delivery_created"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING
