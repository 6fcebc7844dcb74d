"""Whose webhooks there are, and what they were told."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from recognizer.models import User, Webhook, WebhookDelivery
from recognizer.selectors.cursors import NEWEST_FIRST, Page, page_of


def webhooks_of(*, user: User) -> QuerySet[Webhook]:
    """The user's own, the oldest first."""
    return Webhook.objects.filter(owner=user).select_related("owner")


def webhooks_active() -> QuerySet[Webhook]:
    """Those that are told something, whoever owns them."""
    return Webhook.objects.filter(is_active=True, owner__is_active=True)


def webhook_get(*, user: User, public_id: UUID) -> Webhook:
    """One of the user's own.

    Raises:
        Webhook.DoesNotExist: there is none, or it is somebody else's.
    """
    return webhooks_of(user=user).get(public_id=public_id)


def delivery_get(*, webhook: Webhook, message_id: UUID) -> WebhookDelivery:
    """One that this webhook was told, or is to be.

    Raises:
        WebhookDelivery.DoesNotExist: there is none.
    """
    deliveries = webhook.deliveries.select_related("webhook")
    return deliveries.get(message_id=message_id)


def deliveries_due(*, now: datetime) -> QuerySet[WebhookDelivery]:
    """What is to be sent, the longest due first."""
    due = WebhookDelivery.objects.filter(
        status=WebhookDelivery.Status.WAITING,
        next_attempt_at__lte=now,
        webhook__in=webhooks_active(),
    )
    return due.select_related("webhook").order_by("next_attempt_at", "pk")


def delivery_page(
    *, webhook: Webhook, size: int, before: str | None = None, after: str | None = None
) -> Page[WebhookDelivery]:
    """The newest `size` deliveries, or those before (older) or after a cursor.

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    return page_of(
        webhook.deliveries.all(),
        order=NEWEST_FIRST,
        size=size,
        before=before,
        after=after,
    )
