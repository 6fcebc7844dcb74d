"""What is sent when, and what becomes of it: with a real receiver."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from standardwebhooks import WebhookVerificationError

from recognizer import tasks
from recognizer.models import Webhook, WebhookDelivery, WebhookEvent
from recognizer.services import webhook_deliveries, webhook_sending
from recognizer.services.allowances import Pruning
from recognizer.services.webhook_deliveries import (
    RETRIES_S,
    deliveries_send,
    delivery_claim,
    delivery_record,
)
from recognizer.services.webhook_messages import secret_make
from recognizer.services.webhook_sending import Answer
from recognizer.services.webhooks import (
    delivery_redeliver,
    webhook_ping,
    webhook_publish,
    webhook_renew_secret,
    webhook_update,
)
from recognizer.tasks import send_webhooks
from tests.factories import make_user, make_webhook
from tests.recognizer.receivers import behaving, listening


@pytest.fixture(autouse=True)
def private(settings):
    settings.DIGITS_WEBHOOK_PRIVATE = True


@pytest.fixture
def receiver():
    with listening() as receiver:
        yield receiver


@pytest.fixture
def webhook(alice, receiver):
    return make_webhook(owner=alice, url=receiver.url)


def publish(owner, **data):
    webhook_publish(event=WebhookEvent.BATCH_FINISHED, data=data, owner=owner)


def only():
    return WebhookDelivery.objects.get()


def let_pass(**delta):
    """Time, for what waits."""
    for delivery in WebhookDelivery.objects.all():
        delivery.next_attempt_at -= timedelta(**delta)
        delivery.save()


def seconds_until_the_next():
    return (only().next_attempt_at - timezone.now()).total_seconds()


def lease():
    return timezone.now() + timedelta(minutes=1)


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
    monkeypatch.setattr(webhook_deliveries, "message_send", lambda **_: hang.wait(5))
    publish(alice)

    deliveries_send()
    hang.set()

    assert only().last_error == webhook_sending.TOO_SLOW
    assert only().status == "waiting"


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
    monkeypatch.setattr(tasks, "pruning", Pruning())
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
