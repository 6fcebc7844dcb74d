"""Webhooks and their deliveries, as the API has them.

As in `serializers`, plain functions build the answers and serializers describe them.
"""

from typing import Any

from rest_framework import serializers

from recognizer.api.fields import EventsField, FlagField, FreelyNamed, TextField
from recognizer.models import Webhook, WebhookDelivery, WebhookEvent

EVENTS_HELP = (
    "What it is told about. Of `training.finished` and `model.promoted`, the staff "
    "alone are told."
)


class WebhookInput(serializers.Serializer[Any]):
    """Where to tell a program what has happened."""

    url = TextField(help_text="Begins with https://, 500 characters.")
    events = EventsField(help_text=EVENTS_HELP)


class WebhookChangesInput(serializers.Serializer[Any]):
    """What is to be changed; what is left out stays as it is."""

    url = TextField(required=False, help_text="Begins with https://, 500 characters.")
    events = EventsField(required=False, help_text=EVENTS_HELP)
    is_active = FlagField(
        required=False,
        allow_null=True,
        default=None,
        help_text="`false` pauses it. `true` lets it go on, also where the site has "
        "turned it off.",
    )


class WebhookOutput(serializers.Serializer[Any]):
    """One webhook. Its secret is shown only when it is made."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = EventsField()
    is_active = serializers.BooleanField(help_text="`false`: it is told nothing.")
    disabled_because = serializers.CharField(
        allow_blank=True,
        help_text="Why the site turned it off; empty if it did not.",
    )
    failing_since = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when it has taken nothing; null: the last message arrived.",
    )
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then, the secret before this one signs, too."
    )
    created_at = serializers.DateTimeField()


class WebhookListOutput(serializers.Serializer[Any]):
    """All of them, the oldest first."""

    results = WebhookOutput(many=True)


class WebhookSecretOutput(WebhookOutput):
    """One webhook and its secret, this once."""

    secret = serializers.CharField(
        help_text="What its messages are signed with. Keep it: it is not shown again."
    )


class MessageOutput(FreelyNamed):
    """The body of a message."""

    type = serializers.ChoiceField(choices=WebhookEvent.choices)
    timestamp = serializers.DateTimeField(help_text="When it happened.")
    data = serializers.DictField()


class DeliveryOutput(serializers.Serializer[Any]):
    """One message to one webhook."""

    id = serializers.UUIDField(help_text="Its `webhook-id`, the same in every attempt.")
    event = serializers.ChoiceField(choices=WebhookEvent.choices)
    status = serializers.ChoiceField(
        choices=WebhookDelivery.Status.choices,
        help_text="`waiting` for its next attempt, `delivered`, or `failed`: given up.",
    )
    attempts = serializers.IntegerField(
        help_text="Since it was asked for, or sent once more."
    )
    next_attempt_at = serializers.DateTimeField(
        allow_null=True, help_text="null unless it waits."
    )
    last_status = serializers.IntegerField(
        allow_null=True, help_text="What was answered last; null: nothing was."
    )
    last_error = serializers.CharField(
        allow_blank=True, help_text="What went wrong last; 500 characters at most."
    )
    message = MessageOutput()
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)


class DeliveryListOutput(serializers.Serializer[Any]):
    """Part of what a webhook was told, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The older ones.")
    previous = serializers.URLField(allow_null=True, help_text="The newer ones.")
    results = DeliveryOutput(many=True)


def webhook_data(webhook: Webhook) -> dict[str, Any]:
    """The JSON of one webhook, as WebhookOutput describes it."""
    return {
        "id": webhook.public_id,
        "url": webhook.url,
        "events": webhook.events,
        "is_active": webhook.is_active,
        "disabled_because": webhook.disabled_because,
        "failing_since": webhook.failing_since,
        "old_secret_until": webhook.old_secret_until,
        "created_at": webhook.created_at,
    }


def webhook_secret_data(webhook: Webhook) -> dict[str, Any]:
    """The same with its secret, as WebhookSecretOutput describes it."""
    return webhook_data(webhook) | {"secret": webhook.secret}


def delivery_data(delivery: WebhookDelivery) -> dict[str, Any]:
    """The JSON of one delivery, as DeliveryOutput describes it."""
    return {
        "id": delivery.message_id,
        "event": delivery.event,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at if delivery.is_waiting else None,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "message": delivery.payload,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
    }
