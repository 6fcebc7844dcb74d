"""What is sent, signed and forgotten: with a real receiver."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from standardwebhooks import WebhookVerificationError

from recognizer import tasks
from recognizer.models import Webhook, WebhookDelivery
from recognizer.services.background import Hourly
from recognizer.services.webhook_deliveries import deliveries_send
from recognizer.services.webhook_messages import secret_make
from recognizer.services.webhooks import (
    delivery_redeliver,
    webhook_ping,
    webhook_renew_secret,
    webhook_update,
)
from recognizer.tasks import send_webhooks
from tests.recognizer.delivering import only, publish

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def test_what_happened_is_told_and_signed(webhook, receiver, alice):
    publish(alice, batch="b7", counts={"read": 3})

    assert deliveries_send() == 1

    [heard] = receiver.heard
    message = heard.verified(webhook.secret)
    assert set(message) == {"type", "timestamp", "data"}
    assert message["type"] == "batch.finished"
    assert message["data"] == {"batch": "b7", "counts": {"read": 3}}
    delivery = only()
    assert heard.headers["webhook-id"] == str(delivery.message_id)
    assert heard.headers["content-type"] == "application/json"
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    assert (delivery.last_status, delivery.last_error) == (200, "")
    assert delivery.delivered_at is not None


def test_another_secret_does_not_verify_it(webhook, receiver, alice):
    publish(alice)
    deliveries_send()

    with pytest.raises(WebhookVerificationError):
        receiver.heard[0].verified(secret_make())


def test_for_a_day_the_old_secret_signs_beside_the_new_one(webhook, receiver, alice):
    old = webhook.secret
    webhook_renew_secret(webhook=webhook)
    publish(alice)
    deliveries_send()

    [heard] = receiver.heard
    assert webhook.secret != old
    assert heard.verified(webhook.secret)
    assert heard.verified(old)


def test_after_a_day_the_old_secret_signs_nothing(webhook, receiver, alice):
    old = webhook.secret
    webhook_renew_secret(webhook=webhook)
    Webhook.objects.update(old_secret_until=timezone.now())
    publish(alice)
    deliveries_send()

    assert receiver.heard[0].verified(webhook.secret)
    with pytest.raises(WebhookVerificationError):
        receiver.heard[0].verified(old)


def test_a_ping_says_which_webhook_it_tests(webhook, receiver):
    webhook_ping(webhook=webhook)

    deliveries_send()

    message = receiver.heard[0].verified(webhook.secret)
    assert message["type"] == "ping"
    assert message["data"] == {"webhook": str(webhook.public_id)}


def test_what_waits_for_a_paused_webhook_is_sent_when_it_goes_on(
    webhook, receiver, alice
):
    publish(alice)
    webhook_update(webhook=webhook, is_active=False)

    sent_while_paused = deliveries_send()
    DBTaskResult.objects.all().delete()
    webhook_update(webhook=webhook, is_active=True)

    assert sent_while_paused == 0
    assert DBTaskResult.objects.count() == 1
    assert deliveries_send() == 1


def test_what_was_delivered_is_sent_once_more_when_asked_for(webhook, receiver, alice):
    publish(alice)
    deliveries_send()

    delivery_redeliver(delivery=only())
    deliveries_send()

    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert only().status == "delivered"


def test_deliveries_are_forgotten_after_thirty_days(webhook, alice):
    publish(alice)
    publish(alice)
    new, old = WebhookDelivery.objects.all()
    old.created_at -= timedelta(days=30, hours=1)
    old.save()
    new.created_at -= timedelta(days=29)
    new.save()

    deliveries_send()

    assert only() == new


def test_the_task_sends_and_forgets_what_tasks_were_long_ago(
    webhook, receiver, alice, monkeypatch
):
    monkeypatch.setattr(tasks, "pruning", Hourly())
    publish(alice)
    DBTaskResult.objects.update(
        status="SUCCESSFUL", started_at=timezone.now() - timedelta(days=2)
    )

    send_webhooks.call()

    assert only().status == "delivered"
    # What looks after a worker that dies, and nothing else.
    assert [task.status for task in DBTaskResult.objects.all()] == ["READY"]


def test_nothing_is_told_of_what_was_rolled_back(webhook, receiver, alice):
    with transaction.atomic():
        publish(alice)
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()
    assert not DBTaskResult.objects.exists()
