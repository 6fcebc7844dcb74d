"""Sending what waits: who sends what when, and what becomes of it.

Everything is delivered at least once. A worker that is killed may have sent what it did
not live to write down; the receiver drops repeats by their id.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils import timezone

from recognizer import selectors
from recognizer.models import Webhook, WebhookDelivery, WebhookEvent
from recognizer.services.webhook_messages import message_body, message_headers
from recognizer.services.webhook_sending import TOO_SLOW, Answer, message_send
from recognizer.services.webhooks import deliveries_wait
from recognizer.steps import step

Status = WebhookDelivery.Status

# A receiver that hangs holds up one thread of these, and not the others; a user with
# twenty of them holds up two. The worker does nothing else until all of them have
# ended: SWEEP_S and STUCK_S at most.
AT_ONCE = 8
AT_ONCE_OF_AN_OWNER = 2
# For so long a sweep takes on more. Then it is the turn of what else waits.
SWEEP_S = 30.0
# After an attempt's own limit comes the looking up of a name, which nothing can cut.
STUCK_S = 25.0
# What a sweep took on and has said nothing of by then, another one sends.
LEASE = timedelta(seconds=SWEEP_S + STUCK_S + 5)

# Source: the example of the Standard Webhooks specification, 1.0.0; 31 hours and more.
RETRIES_S = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600)
# So that those who were turned away together do not come back together.
JITTER = 0.2
LONGEST_RETRY_AFTER_S = 12 * 3600
GIVEN_UP_AFTER = timedelta(days=5)
KEPT_FOR = timedelta(days=30)
GONE = "It answered 410 Gone: it wants to be told nothing more."
FAILED_FOR_DAYS = "It has taken nothing since {:%-d %B %Y}: {}"

# Sent with the `result` of each attempt: "delivered", "failed" for good, or "waiting"
# for another one.
delivery_attempted = Signal()


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process sends, and no other one meanwhile.

    Attributes:
        until: when it is another's to send; stands in the row, and tells whose it is.
        stuck_at: when its thread is not waited for any longer, on the monotonic clock.
    """

    delivery: WebhookDelivery
    until: datetime
    stuck_at: float


def deliveries_send() -> int:
    """Send what is due, several at once, for about half a minute; says how many.

    Whatever becomes of this process, somebody is asked to look again in time.
    """
    sweep = _Sweep()
    sent = sweep.run()
    if selectors.deliveries_due(now=timezone.now()).exists():
        deliveries_wait.send(sender=Webhook, at=None)
    deliveries_prune()
    return sent


def delivery_claim(
    *, until: datetime, beside: list[Claim] | None = None
) -> Claim | None:
    """Take on what has been due for longest; None if nothing is.

    Args:
        until: when others may take it on again.
        beside: what this process sends already.
    """
    while (delivery := _next_due(beside or [])) is not None:
        seen, delivery.next_attempt_at = delivery.next_attempt_at, until
        delivery.attempts += 1
        # The filter is the lock: of two workers, one updates a row and one none.
        waiting = WebhookDelivery.objects.filter(
            pk=delivery.pk, status=Status.WAITING, next_attempt_at=seen
        )
        if waiting.update(next_attempt_at=until, attempts=F("attempts") + 1):
            return Claim(delivery, until, time.monotonic() + STUCK_S)
    return None


def delivery_record(*, claim: Claim, answer: Answer) -> None:
    """Keep how an attempt went, and let there be another one where it failed."""
    delivery, now = claim.delivery, timezone.now()
    delay_s = None if answer.is_taken else retry_delay_s(delivery, answer)
    became: dict[str, Any] = {"last_status": answer.status, "last_error": answer.error}
    if answer.is_taken:
        became |= {"status": Status.DELIVERED, "delivered_at": now}
    elif delay_s is None:
        became |= {"status": Status.FAILED}
    else:
        became |= {"next_attempt_at": now + timedelta(seconds=delay_s)}
    with transaction.atomic():
        mine = WebhookDelivery.objects.filter(
            pk=delivery.pk, status=Status.WAITING, next_attempt_at=claim.until
        )
        # Else it was deleted, taken for lost, or is to be sent once more.
        if not mine.update(**became):
            return
        if delay_s is not None:
            deliveries_wait.send(sender=Webhook, at=became["next_attempt_at"])
        _webhook_judge(delivery, answer, is_over=delay_s is None, now=now)
    result = became.get("status", Status.WAITING)
    delivery_attempted.send_robust(sender=WebhookDelivery, result=str(result))


def retry_delay_s(delivery: WebhookDelivery, answer: Answer) -> float | None:
    """How long to wait before the next attempt; None if there is to be none."""
    is_over = delivery.attempts > len(RETRIES_S)
    if is_over or delivery.event == WebhookEvent.PING or answer.status == 410:
        return None
    spread = random.uniform(1, 1 + JITTER)  # noqa: S311  (it guards no secret)
    asked_s = min(answer.retry_after_s, LONGEST_RETRY_AFTER_S)
    return max(RETRIES_S[delivery.attempts - 1], asked_s) * spread


def deliveries_prune() -> None:
    """Forget what is long past, delivered or not."""
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    old.delete()


def _next_due(beside: list[Claim]) -> WebhookDelivery | None:
    webhooks = [claim.delivery.webhook_id for claim in beside]
    owners = Counter(claim.delivery.webhook.owner_id for claim in beside)
    busy = [owner for owner, n in owners.items() if n >= AT_ONCE_OF_AN_OWNER]
    due = selectors.deliveries_due(now=timezone.now())
    # One at a time, so that one that hangs has a single thread.
    return due.exclude(webhook__in=webhooks).exclude(webhook__owner__in=busy).first()


def _webhook_judge(
    delivery: WebhookDelivery, answer: Answer, *, is_over: bool, now: datetime
) -> None:
    """Whether the webhook is to go on, after what became of a delivery."""
    webhook = Webhook.objects.filter(pk=delivery.webhook_id, is_active=True)
    if answer.is_taken:
        webhook.exclude(failing_since=None).update(failing_since=None)
    elif answer.status == 410:
        webhook.update(is_active=False, disabled_because=GONE)
    elif delivery.event != WebhookEvent.PING:
        webhook.filter(failing_since=None).update(failing_since=now)
        # Only with one that failed to its end: of a webhook that has something to say
        # once a month, a short outage would be all that is seen.
        failing = webhook.filter(failing_since__lte=now - GIVEN_UP_AFTER).first()
        if is_over and failing is not None:
            because = FAILED_FOR_DAYS.format(failing.failing_since, answer.error)
            webhook.update(is_active=False, disabled_because=because)


def _host(url: str) -> str:
    """What may be said of an address; the rest of it may be a secret."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # It is none; sending says so.


class _Sweep:
    """Sends in threads; these know nothing of the database, and may be left behind."""

    def __init__(self) -> None:
        self._until = timezone.now() + LEASE
        self._answers: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
        self._going: dict[int, Claim] = {}
        self._sent = 0

    def run(self) -> int:
        stop_at = time.monotonic() + SWEEP_S
        while True:
            while len(self._going) < AT_ONCE and time.monotonic() < stop_at:
                if not self._send_next():
                    break
            if not self._going:
                return self._sent
            self._wait()

    def _send_next(self) -> bool:
        with transaction.atomic():
            claim = delivery_claim(until=self._until, beside=[*self._going.values()])
            if claim is None:
                return False
            if not self._sent:
                # Who looks after all of them if this process is killed.
                deliveries_wait.send(sender=Webhook, at=self._until)
        self._sent += 1
        self._going[claim.delivery.pk] = claim
        thread = threading.Thread(target=self._send, args=[claim.delivery], daemon=True)
        thread.start()
        return True

    def _send(self, delivery: WebhookDelivery) -> None:
        answer = Answer(error="It could not be sent: a mistake of ours.")
        try:
            body = message_body(delivery)
            headers = message_headers(delivery, body, now=timezone.now())
            url = delivery.webhook.url
            with step("webhook") as sending:
                sending.set_attribute("server.address", _host(url))
                answer = message_send(url=url, body=body, headers=headers)
                sending.set_attribute("http.response.status_code", answer.status or 0)
        finally:
            self._answers.put((delivery.pk, answer))

    def _wait(self) -> None:
        """Until one of them has ended, or has taken too long."""
        first = min(self._going.values(), key=lambda claim: claim.stuck_at)
        left_s = max(0.0, first.stuck_at - time.monotonic())
        try:
            key, answer = self._answers.get(timeout=left_s)
        except Empty:
            key, answer = first.delivery.pk, Answer(error=TOO_SLOW)
        # None: of one that was left behind.
        if (claim := self._going.pop(key, None)) is not None:
            delivery_record(claim=claim, answer=answer)
