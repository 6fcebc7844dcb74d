"""Webhooks and what they were told, to look at; their secrets are nobody's to see."""

from typing import TYPE_CHECKING

from django.contrib import admin

from recognizer.admin.shown import ReadOnly
from recognizer.models import Webhook, WebhookDelivery

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    WebhookAdminBase = admin.ModelAdmin[Webhook]
    WebhookDeliveryAdminBase = admin.ModelAdmin[WebhookDelivery]
else:
    WebhookAdminBase = WebhookDeliveryAdminBase = admin.ModelAdmin


@admin.register(Webhook)
class WebhookAdmin(ReadOnly, WebhookAdminBase):
    """They may be deleted here: a user goes with his own."""

    exclude = ("secret", "old_secret")
    list_display = ("url", "owner", "events", "is_active", "failing_since")
    list_filter = ("is_active",)
    list_select_related = ("owner",)
    search_fields = ("url", "owner__username")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, WebhookDeliveryAdminBase):
    """The newest first."""

    list_display = (
        "created_at",
        "webhook",
        "event",
        "status",
        "attempts",
        "last_status",
        "last_error",
    )
    list_filter = ("status", "event")
    list_select_related = ("webhook",)
