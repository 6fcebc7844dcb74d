import pytest
from django_tasks_db.models import DBTaskResult

from recognizer.models import Webhook, WebhookDelivery
from tests.api.webhook_paths import path_of
from tests.factories import make_delivery, make_webhook

pytestmark = pytest.mark.usefixtures("tasks_in_database")


def test_a_ping_waits_for_the_worker(signed_in, hers):
    response = signed_in.post(path_of(hers, "ping"))

    assert response.status_code == 202
    delivery = WebhookDelivery.objects.get()
    answer = response.json()
    assert (answer["id"], answer["event"]) == (str(delivery.message_id), "ping")
    assert answer["status"] == "waiting"
    assert answer["message"]["data"] == {"webhook": str(hers.public_id)}
    assert DBTaskResult.objects.count() == 1


@pytest.mark.parametrize("what", ["ping", "redeliver"])
def test_a_paused_webhook_is_sent_nothing(signed_in, hers, what):
    delivery = make_delivery(webhook=hers, status="failed")
    Webhook.objects.update(is_active=False)
    more = {"ping": ["ping"], "redeliver": ["deliveries", delivery.message_id, what]}

    response = signed_in.post(path_of(hers, *more[what]))

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "webhook_paused"
    assert not DBTaskResult.objects.exists()


def test_a_delivery_is_sent_once_more(signed_in, hers):
    delivery = make_delivery(webhook=hers, status="failed", attempts=9)

    response = signed_in.post(
        path_of(hers, "deliveries", delivery.message_id, "redeliver")
    )

    assert response.status_code == 202
    assert response.json()["status"] == "waiting"
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("waiting", 0)
    assert DBTaskResult.objects.count() == 1


def test_deliveries_come_in_pages_the_newest_first(signed_in, hers, bob):
    rows = [make_delivery(webhook=hers) for _ in range(3)]
    make_delivery(webhook=make_webhook(owner=bob))
    ids = [str(row.message_id) for row in reversed(rows)]

    first = signed_in.get(path_of(hers, "deliveries"), {"size": 2}).json()
    second = signed_in.get(first["next"]).json()
    back = signed_in.get(second["previous"]).json()

    assert [each["id"] for each in first["results"]] == ids[:2]
    assert [each["id"] for each in second["results"]] == ids[2:]
    assert [each["id"] for each in back["results"]] == ids[:2]
    assert first["previous"] is second["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"before": "?"}, "before"),
        ({"after": "LTE"}, "after"),
        ({"size": 0}, "size"),
        ({"size": 101}, "size"),
    ],
)
def test_a_page_that_is_none_is_refused(signed_in, hers, query, field):
    response = signed_in.get(path_of(hers, "deliveries"), query)

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [field]


def test_a_delivery_that_waits_for_nothing_says_no_time(signed_in, hers):
    make_delivery(webhook=hers, status="delivered")

    [delivery] = signed_in.get(path_of(hers, "deliveries")).json()["results"]

    assert delivery["next_attempt_at"] is None


def test_what_another_webhook_was_told_is_not_found(signed_in, alice, hers):
    other = make_delivery(webhook=make_webhook(owner=alice))

    response = signed_in.post(
        path_of(hers, "deliveries", other.message_id, "redeliver")
    )

    assert response.status_code == 404
