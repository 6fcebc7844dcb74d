"""Who is told what, and where: webhooks and what they are to deliver."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from recognizer import selectors
from recognizer.models import (
    STAFF_EVENTS,
    User,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.services.webhook_addresses import refuse_address
from recognizer.services.webhook_messages import secret_make

Status = WebhookDelivery.Status

MOST_WEBHOOKS = 20
OLD_SECRET_LASTS = timedelta(hours=24)

# Sent with `at`: by then something is to be sent (None: now). Who hears it lets a
# worker do so. Within the transaction: the task is a row, too, and kept together with
# what it is to send; after the commit, a process could die between the two.
deliveries_wait = Signal()


class WebhookRefused(Exception):
    """A webhook cannot be as it is asked for; the message says why.

    Attributes:
        code: the same for programs.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class EventsRefused(Exception):
    """The user may not be told about this; the message says about what."""


def webhook_create(*, owner: User, url: str, events: Sequence[str]) -> Webhook:
    """Tell an address of this user's about events from now on.

    Raises:
        AddressRefused: the address cannot be called, or may not be.
        EventsRefused: some of them only the staff are told.
        WebhookRefused: the user has as many as there may be.
    """
    refuse_address(url)
    refuse_events(events=events, user=owner)
    with transaction.atomic():
        # Who counts at the same time waits here: of two last ones, one is refused.
        User.objects.select_for_update().get(pk=owner.pk)
        if Webhook.objects.filter(owner=owner).count() >= MOST_WEBHOOKS:
            raise WebhookRefused(
                f"You have {MOST_WEBHOOKS} webhooks already, which is the most there "
                "may be. Delete one first.",
                "too_many_webhooks",
            )
        return Webhook.objects.create(
            owner=owner, url=url, events=_in_order(events), secret=secret_make()
        )


def webhook_update(
    *,
    webhook: Webhook,
    url: str | None = None,
    events: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> None:
    """Change what is given; once it is active again, it is as good as new.

    What waits for a paused webhook waits on, and is sent when it is active again.

    Raises:
        AddressRefused: the address cannot be called, or may not be.
        EventsRefused: some of them only the staff are told.
        Webhook.DoesNotExist: it was deleted meanwhile.
    """
    if url is not None:
        refuse_address(url)
        webhook.url = url
    if events is not None:
        refuse_events(events=events, user=webhook.owner)
        webhook.events = _in_order(events)
    if is_active is not None:
        webhook.is_active = is_active
    changed = {"url": url, "events": events, "is_active": is_active}
    fields = [name for name, value in changed.items() if value is not None]
    if is_active:
        webhook.disabled_because, webhook.failing_since = "", None
        fields += ["disabled_because", "failing_since"]
    if not fields:
        return
    with transaction.atomic():
        _keep(webhook, fields)
        if is_active and webhook.deliveries.filter(status=Status.WAITING).exists():
            deliveries_wait.send(sender=Webhook, at=None)


def webhook_delete(*, webhook: Webhook) -> None:
    """Forget it, and what it was told or is still to be told."""
    webhook.delete()


def webhook_renew_secret(*, webhook: Webhook) -> None:
    """Sign with a new secret, and for a day with the one before, too.

    So a receiver never gets what it cannot verify, whenever it changes over.

    Raises:
        Webhook.DoesNotExist: it was deleted meanwhile.
    """
    webhook.old_secret, webhook.secret = webhook.secret, secret_make()
    webhook.old_secret_until = timezone.now() + OLD_SECRET_LASTS
    _keep(webhook, ["secret", "old_secret", "old_secret_until"])


def webhook_ping(*, webhook: Webhook) -> WebhookDelivery:
    """Send a test; the one that waits already, if there is one.

    It is tried once: who asks for it wants to know whether it arrives now.

    Raises:
        WebhookRefused: the webhook is paused.
        Webhook.DoesNotExist: it was deleted meanwhile.
    """
    _refuse_paused(webhook)
    with transaction.atomic():
        # Whoever deletes it now waits, and whoever sends another test.
        Webhook.objects.select_for_update().get(pk=webhook.pk)
        waiting = webhook.deliveries.filter(
            event=WebhookEvent.PING, status=Status.WAITING
        )
        if (known := waiting.first()) is not None:
            return known
        [ping] = _deliver([webhook], WebhookEvent.PING, {"webhook": webhook.public_id})
    return ping


def delivery_redeliver(*, delivery: WebhookDelivery) -> None:
    """Send it once more, and as often as at first if that fails; under the same id.

    Raises:
        WebhookRefused: the webhook is paused.
        WebhookDelivery.DoesNotExist: it was deleted meanwhile, or its webhook was.
    """
    _refuse_paused(delivery.webhook)
    delivery.status, delivery.attempts = Status.WAITING, 0
    delivery.next_attempt_at, delivery.delivered_at = timezone.now(), None
    with transaction.atomic():
        _keep(delivery, ["status", "attempts", "next_attempt_at", "delivered_at"])
        deliveries_wait.send(sender=Webhook, at=None)


def webhook_publish(
    *, event: WebhookEvent, data: Mapping[str, Any], owner: User | None = None
) -> None:
    """Tell every active webhook that waits for this.

    Call it in the transaction in which it happens: then it is told if and only if it
    has happened.

    Args:
        data: ids, numbers and addresses of the API; no pictures.
        owner: whose event it is; None for those of the whole site, which go to the
            webhooks of all who have the staff status now.
    """
    active = selectors.webhooks_active()
    if event in STAFF_EVENTS:
        active = active.filter(owner__is_staff=True)
    else:
        active = active.filter(owner=owner)
    told = [webhook for webhook in active if event in webhook.events]
    if told:
        _deliver(told, event, data)


def refuse_events(*, events: Sequence[str], user: User) -> None:
    """Make sure that a user may be told about these.

    Raises:
        EventsRefused: some of them are for the staff.
    """
    for_staff = [event for event in _in_order(events) if event in STAFF_EVENTS]
    if for_staff and not user.is_staff:
        raise EventsRefused(f"Only the staff are told about {' and '.join(for_staff)}.")


def _keep(row: Webhook | WebhookDelivery, fields: Sequence[str]) -> None:
    """Write these fields of a row that may be deleted by now."""
    model = type(row)
    values = {name: getattr(row, name) for name in fields}
    # `save` would raise an error of the database's, which says nothing about the row.
    if not model.objects.filter(pk=row.pk).update(**values):
        raise model.DoesNotExist("It was deleted meanwhile.")


def _refuse_paused(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise WebhookRefused(
            "This webhook is paused. Let it go on first.", "webhook_paused"
        )


def _deliver(
    webhooks: Sequence[Webhook], event: WebhookEvent, data: Mapping[str, Any]
) -> list[WebhookDelivery]:
    now = timezone.now()
    payload = {"type": event.value, "timestamp": now, "data": dict(data)}
    with transaction.atomic():
        deliveries = WebhookDelivery.objects.bulk_create(
            WebhookDelivery(webhook=webhook, event=event, payload=payload)
            for webhook in webhooks
        )
        deliveries_wait.send(sender=Webhook, at=None)
    return deliveries


def _in_order(events: Sequence[str]) -> list[str]:
    """Each once, whatever is sent."""
    return [event.value for event in WebhookEvent if event.value in events]
