"""Workers that send at once, die or are held up by a receiver."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from recognizer.models import WebhookDelivery
from recognizer.services import webhook_deliveries, webhook_sending
from recognizer.services.webhook_deliveries import (
    deliveries_send,
    delivery_claim,
    delivery_record,
)
from recognizer.services.webhook_sending import Answer
from tests.factories import make_user, make_webhook
from tests.recognizer.delivering import lease, let_pass, only, publish
from tests.recognizer.receivers import behaving

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def test_while_it_is_sent_a_task_stands_ready_for_what_a_dead_worker_left(
    webhook, receiver, alice, monkeypatch
):
    publish(alice)
    seen = []

    def look(**_):
        seen.extend(WebhookDelivery.objects.values_list("next_attempt_at", "attempts"))
        return Answer(200)

    # In this thread: the test's rows are seen nowhere else.
    monkeypatch.setattr(webhook_deliveries, "message_send", look)
    monkeypatch.setattr(webhook_deliveries.threading, "Thread", Now)
    deliveries_send()

    [(until, attempts)] = seen
    assert attempts == 1
    assert until > timezone.now() + timedelta(seconds=30)
    assert DBTaskResult.objects.filter(run_after=until).count() == 1


class Now:
    """A thread that is none."""

    def __init__(self, target, args, daemon):
        self._run = lambda: target(*args)

    def start(self):
        self._run()


def test_what_a_dead_worker_left_is_sent_once_its_time_is_over(
    webhook, receiver, alice
):
    publish(alice)
    delivery_claim(until=lease())

    assert deliveries_send() == 0
    let_pass(minutes=2)
    assert deliveries_send() == 1

    assert (only().status, only().attempts) == ("delivered", 2)


def test_of_two_workers_one_claims_a_delivery(webhook, monkeypatch):
    publish(webhook.owner)
    seen_by_both = WebhookDelivery.objects.select_related("webhook").get()
    looks = [seen_by_both, None]
    assert delivery_claim(until=lease()) is not None
    monkeypatch.setattr(webhook_deliveries, "_next_due", lambda _: looks.pop(0))

    assert delivery_claim(until=lease()) is None
    assert only().attempts == 1


def test_what_a_worker_says_too_late_is_not_believed(webhook):
    publish(webhook.owner)
    late = delivery_claim(until=lease())
    let_pass(minutes=2)
    delivery_claim(until=lease() + timedelta(seconds=1))

    delivery_record(claim=late, answer=Answer(500, "500"))

    assert only().last_error == ""


def test_a_mistake_of_ours_holds_up_nothing_else(alice, receiver, webhook, monkeypatch):
    bob = make_user("bob")
    make_webhook(owner=bob, url=receiver.url)
    publish(alice, who="alice")
    publish(bob, who="bob")
    real = webhook_deliveries.message_send

    def broken_for_alice(*, body, **named):
        if b"alice" in body:
            raise RuntimeError
        return real(body=body, **named)

    monkeypatch.setattr(webhook_deliveries, "message_send", broken_for_alice)
    monkeypatch.setattr(webhook_deliveries.threading, "excepthook", lambda _: None)

    deliveries_send()

    states = dict(WebhookDelivery.objects.values_list("webhook__owner", "status"))
    assert states == {alice.pk: "waiting", bob.pk: "delivered"}


def test_receivers_that_hang_hold_up_no_others(alice, receiver, monkeypatch):
    monkeypatch.setattr(webhook_sending, "ATTEMPT_S", 1.0)
    with behaving(lambda _: time.sleep(5)) as silent:
        for _ in range(8):
            publish_to(make_webhook(owner=alice, url=silent), times=2)
        publish_to(make_webhook(owner=make_user("bob"), url=receiver.url), times=3)

        times = {}
        real = webhook_deliveries.delivery_record

        def note(*, claim, answer):
            times.setdefault(claim.delivery.webhook.url, []).append(timezone.now())
            real(claim=claim, answer=answer)

        monkeypatch.setattr(webhook_deliveries, "delivery_record", note)
        started = timezone.now()
        monkeypatch.setattr(webhook_deliveries, "SWEEP_S", 1.5)
        deliveries_send()

    assert len(times[receiver.url]) == 3
    assert times[receiver.url][-1] - started < timedelta(seconds=0.9)
    # Two at a time: those that were begun within the second and a half.
    assert len(times[silent]) == 4
    assert DBTaskResult.objects.ready().exists()


def publish_to(webhook, *, times):
    for number in range(times):
        WebhookDelivery.objects.create(
            webhook=webhook, event="ping", payload={"type": "ping", "n": number}
        )


def test_a_name_that_is_looked_up_for_ever_is_left_behind(webhook, alice, monkeypatch):
    monkeypatch.setattr(webhook_deliveries, "STUCK_S", 0.3)
    hang = webhook_deliveries.threading.Event()
    late = webhook_sending.Answer(status=200)

    def message_send(**_):
        hang.wait(5)
        return late

    monkeypatch.setattr(webhook_deliveries, "message_send", message_send)
    publish(alice)

    deliveries_send()
    hang.set()

    assert only().last_error == webhook_sending.TOO_SLOW
    assert only().status == "waiting"
