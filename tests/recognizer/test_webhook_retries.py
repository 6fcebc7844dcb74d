"""What a receiver does not take: when it is sent again, and when no more."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from recognizer.models import Webhook, WebhookDelivery
from recognizer.services.webhook_deliveries import (
    RETRIES_S,
    deliveries_send,
    delivery_claim,
    delivery_record,
)
from recognizer.services.webhook_sending import Answer
from recognizer.services.webhooks import webhook_ping
from recognizer.tasks import send_webhooks
from tests.recognizer.delivering import (
    lease,
    let_pass,
    only,
    publish,
    seconds_until_the_next,
)

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def test_what_failed_is_sent_again_under_the_same_id(webhook, receiver, alice):
    receiver.answers = [500, 200]
    publish(alice)

    deliveries_send()
    waiting = only()
    let_pass(seconds=10)
    deliveries_send()

    assert (waiting.status, waiting.last_status) == ("waiting", 500)
    assert waiting.last_error == "500 Internal Server Error"
    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.verified(webhook.secret)
    delivered = only()
    assert (delivered.status, delivered.attempts) == ("delivered", 2)
    assert delivered.last_error == ""


def test_it_is_not_sent_again_before_its_time(webhook, receiver, alice):
    receiver.answers = [500]
    publish(alice)

    deliveries_send()
    deliveries_send()

    assert len(receiver.heard) == 1


def test_each_wait_is_longer_than_the_one_before_and_then_it_is_given_up(webhook):
    publish(webhook.owner)
    waits = []

    for _ in range(len(RETRIES_S)):
        claim = delivery_claim(until=lease())
        delivery_record(claim=claim, answer=Answer(500, "500"))
        waits.append(seconds_until_the_next())
        let_pass(days=1)
    claim = delivery_claim(until=lease())
    delivery_record(claim=claim, answer=Answer(error="It hung up."))

    for wait, least in zip(waits, RETRIES_S, strict=True):
        assert least - 1 <= wait <= least * 1.2
    delivery = only()
    assert (delivery.status, delivery.attempts) == ("failed", len(RETRIES_S) + 1)
    assert (delivery.last_status, delivery.last_error) == (None, "It hung up.")
    assert delivery_claim(until=lease()) is None


@pytest.mark.parametrize(
    ("asked_s", "least_s"), [(1, 5), (600, 600), (10**9, 12 * 3600)]
)
def test_a_receiver_is_left_alone_as_long_as_it_asks_within_reason(
    webhook, receiver, alice, asked_s, least_s
):
    receiver.answers = [(503, {"Retry-After": str(asked_s)}, b"")]
    publish(alice)

    deliveries_send()

    assert least_s - 1 <= seconds_until_the_next() <= least_s * 1.2


def test_a_task_stands_ready_for_the_next_attempt(webhook, receiver, alice):
    receiver.answers = [500]
    publish(alice)

    deliveries_send()

    due = DBTaskResult.objects.filter(run_after=only().next_attempt_at)
    assert due.get().task_path == send_webhooks.module_path


def test_a_receiver_that_is_gone_is_told_nothing_more(webhook, receiver, alice):
    receiver.answers = [410]
    publish(alice)

    deliveries_send()
    publish(alice)

    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "410 Gone" in webhook.disabled_because
    assert only().status == "failed"


def fail_for_good(webhook):
    delivery = WebhookDelivery.objects.filter(status="waiting").get()
    delivery.attempts = len(RETRIES_S)
    delivery.save()
    claim = delivery_claim(until=lease())
    delivery_record(claim=claim, answer=Answer(500, "500 Oops"))
    webhook.refresh_from_db()


def test_a_webhook_that_has_failed_for_five_days_is_turned_off(webhook):
    publish(webhook.owner)
    fail_for_good(webhook)
    failing_since = webhook.failing_since
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5, hours=1))
    publish(webhook.owner)
    fail_for_good(webhook)

    assert failing_since is not None
    assert not webhook.is_active
    assert "has taken nothing since" in webhook.disabled_because
    assert "500 Oops" in webhook.disabled_because


def test_a_webhook_that_takes_something_now_and_then_stays_on(webhook, receiver):
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5, hours=1))
    publish(webhook.owner)
    deliveries_send()
    publish(webhook.owner)
    fail_for_good(webhook)

    assert webhook.is_active


def test_a_webhook_is_not_turned_off_before_its_delivery_is_given_up(webhook, receiver):
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=40))
    receiver.answers = [500]
    publish(webhook.owner)

    deliveries_send()

    webhook.refresh_from_db()
    assert webhook.is_active


def test_a_ping_is_tried_once_and_says_nothing_of_the_webhook(webhook, receiver):
    receiver.answers = [500]
    webhook_ping(webhook=webhook)

    deliveries_send()

    webhook.refresh_from_db()
    assert only().status == "failed"
    assert webhook.failing_since is None
