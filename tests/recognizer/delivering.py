"""Messages to webhooks, for tests of what becomes of them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from recognizer.models import User, WebhookDelivery, WebhookEvent
from recognizer.services.webhooks import webhook_publish


def publish(owner: User, **data: Any) -> None:
    webhook_publish(event=WebhookEvent.BATCH_FINISHED, data=data, owner=owner)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def let_pass(**delta: float) -> None:
    """Time, for what waits."""
    for delivery in WebhookDelivery.objects.all():
        delivery.next_attempt_at -= timedelta(**delta)
        delivery.save()


def seconds_until_the_next() -> float:
    return (only().next_attempt_at - timezone.now()).total_seconds()


def lease() -> datetime:
    """Until when a worker that claims now has a delivery."""
    return timezone.now() + timedelta(minutes=1)
