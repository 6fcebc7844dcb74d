import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.api.webhook_data import (
    DeliveryOutput,
    WebhookOutput,
    WebhookSecretOutput,
    delivery_data,
    webhook_data,
    webhook_secret_data,
)
from recognizer.models import Webhook, WebhookDelivery
from recognizer.services.webhooks import MOST_WEBHOOKS
from tests.api.shapes import assert_same_fields
from tests.api.webhook_paths import URL, path_of
from tests.factories import make_delivery, make_user, make_webhook
from tests.finding import delete_once_found

HOOK = "https://example.org/hook"


def create(api, **fields):
    given = {"url": HOOK, "events": ["batch.finished"]} | fields
    return api.post(URL, given, format="json")


# Making one


def test_a_webhook_is_made_and_its_secret_is_shown_once(signed_in, alice):
    response = create(signed_in)

    assert response.status_code == 201
    webhook = Webhook.objects.get()
    assert (webhook.owner, webhook.url, webhook.events) == (
        alice,
        HOOK,
        ["batch.finished"],
    )
    assert response.json()["secret"] == webhook.secret
    assert response["Cache-Control"] == "no-store"
    assert response["Location"] == f"http://testserver{path_of(webhook)}"
    shown_later = signed_in.get(path_of(webhook)).content + signed_in.get(URL).content
    assert webhook.secret not in shown_later.decode()
    assert "secret" not in signed_in.get(path_of(webhook)).json()


def test_a_form_makes_one_too(signed_in):
    given = {"url": HOOK, "events": ["batch.finished"]}

    response = signed_in.post(URL, given, format="multipart")

    assert response.status_code == 201


def test_the_staff_may_be_told_of_trainings_and_models(db, api):
    api.force_authenticate(make_user(is_staff=True))

    response = create(
        api, events=["model.promoted", "training.finished", "model.promoted"]
    )

    assert response.status_code == 201
    assert response.json()["events"] == ["training.finished", "model.promoted"]


@pytest.mark.parametrize("event", ["training.finished", "model.promoted"])
def test_others_may_not(signed_in, event):
    response = create(signed_in, events=["batch.finished", event])

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["fields"] == {"events": [f"Only the staff are told about {event}."]}
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", None),
        ("url", 7),
        ("url", ["https://example.org/"]),
        ("url", "http://example.org/"),
        ("url", "https://me:secret@example.org/"),
        ("url", "https://localhost/"),
        ("url", "https://169.254.169.254/"),
        ("url", "https://example.org/\u0000"),
        ("url", "https://example.org/" + "x" * 500),
        ("events", None),
        ("events", []),
        ("events", "batch.finished"),
        ("events", ["ping"]),
        ("events", ["batch.finished", "batch.begun"]),
        ("events", [["batch.finished"]]),
        ("events", [{"batch.finished": 1}]),
        ("events", {"batch.finished": 1}),
    ],
)
def test_what_makes_no_webhook_is_refused_with_its_field(signed_in, field, value):
    response = create(signed_in, **{field: value})

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["fields"]) == [field]
    assert all(len(words) > 10 for words in error["fields"][field])
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("missing", ["url", "events"])
def test_what_is_missing_is_named(signed_in, missing):
    given = {"url": HOOK, "events": ["batch.finished"]}
    del given[missing]

    response = signed_in.post(URL, given, format="json")

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [missing]


def test_nobody_has_more_than_twenty(signed_in, alice, bob):
    for _ in range(MOST_WEBHOOKS):
        make_webhook(owner=alice)
    make_webhook(owner=bob)

    response = create(signed_in)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "too_many_webhooks"
    assert Webhook.objects.filter(owner=alice).count() == MOST_WEBHOOKS


# Looking, changing, deleting


def test_a_user_sees_his_own_the_oldest_first(signed_in, alice, bob):
    own = [make_webhook(owner=alice) for _ in range(2)]
    make_webhook(owner=bob)

    results = signed_in.get(URL).json()["results"]

    assert [each["id"] for each in results] == [str(each.public_id) for each in own]


def test_a_list_costs_the_same_however_long_it_is(signed_in, alice):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            signed_in.get(URL)
        return len(captured)

    make_webhook(owner=alice)
    few = queries()
    for _ in range(5):
        make_webhook(owner=alice)

    assert queries() == few


def test_what_is_given_is_changed_and_nothing_else(signed_in, hers):
    response = signed_in.patch(
        path_of(hers), {"url": "https://example.org/new"}, format="json"
    )

    assert response.status_code == 200
    hers.refresh_from_db()
    assert hers.url == response.json()["url"] == "https://example.org/new"
    assert (hers.events, hers.is_active) == (["batch.finished"], True)


def test_a_form_that_says_nothing_of_it_pauses_nothing(signed_in, hers):
    signed_in.patch(
        path_of(hers), {"url": "https://example.org/new"}, format="multipart"
    )

    hers.refresh_from_db()
    assert (hers.url, hers.is_active) == ("https://example.org/new", True)


def test_a_webhook_is_paused(signed_in, hers):
    response = signed_in.patch(path_of(hers), {"is_active": False}, format="json")

    assert response.json()["is_active"] is False
    assert not Webhook.objects.get().is_active


def test_one_that_was_turned_off_goes_on_as_new(signed_in, hers):
    Webhook.objects.update(
        is_active=False, disabled_because="It failed.", failing_since=hers.created_at
    )

    response = signed_in.patch(path_of(hers), {"is_active": True}, format="json")

    assert response.json()["disabled_because"] == ""
    assert response.json()["failing_since"] is None
    hers.refresh_from_db()
    assert (hers.is_active, hers.failing_since) == (True, None)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://127.0.0.1/"},
        {"events": ["model.promoted"]},
        {"events": []},
        {"is_active": "perhaps"},
    ],
)
def test_a_change_that_may_not_be_changes_nothing(signed_in, hers, change):
    before = webhook_data(hers)

    response = signed_in.patch(path_of(hers), change, format="json")

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == list(change)
    hers.refresh_from_db()
    assert webhook_data(hers) == before


def test_whoever_was_of_the_staff_can_change_the_address_still(signed_in, alice):
    webhook = make_webhook(owner=alice, events=["model.promoted"])

    response = signed_in.patch(path_of(webhook), {"url": HOOK}, format="json")

    assert response.status_code == 200


def test_a_webhook_is_deleted_with_what_it_was_told(signed_in, hers):
    make_delivery(webhook=hers)

    assert signed_in.delete(path_of(hers)).status_code == 204
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_new_secret_is_shown_once_and_the_old_one_kept_for_a_day(signed_in, hers):
    response = signed_in.post(path_of(hers, "secret"))

    assert response.status_code == 200
    old = hers.secret
    hers.refresh_from_db()
    assert response.json()["secret"] == hers.secret != old
    assert hers.old_secret == old
    assert response.json()["old_secret_until"] is not None
    assert hers.secret not in signed_in.get(path_of(hers)).content.decode()


def test_the_schema_describes_what_is_answered(hers):
    delivery = make_delivery(webhook=hers)

    assert_same_fields(WebhookOutput(), webhook_data(hers))
    assert_same_fields(WebhookSecretOutput(), webhook_secret_data(hers))
    assert_same_fields(DeliveryOutput(), delivery_data(delivery))


def test_no_cache_keeps_a_new_secret(signed_in, hers):
    response = signed_in.post(path_of(hers, "secret"))

    assert response.json()["secret"].startswith("whsec_")
    assert response["Cache-Control"] == "no-store"


# Deleted meanwhile


@pytest.mark.parametrize("what", ["change", "secret", "ping", "redeliver"])
def test_what_is_deleted_meanwhile_is_not_there(signed_in, hers, monkeypatch, what):
    delivery = make_delivery(webhook=hers, status="failed")
    delete_once_found(monkeypatch)

    match what:
        case "change":
            response = signed_in.patch(path_of(hers), {"url": HOOK}, format="json")
        case "redeliver":
            redelivered = path_of(hers, "deliveries", delivery.message_id, what)
            response = signed_in.post(redelivered)
        case _:
            response = signed_in.post(path_of(hers, what))

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_delivery_that_is_deleted_meanwhile_is_not_there(
    signed_in, hers, monkeypatch
):
    delivery = make_delivery(webhook=hers, status="failed")
    delete_once_found(monkeypatch, "delivery_get")

    response = signed_in.post(
        path_of(hers, "deliveries", delivery.message_id, "redeliver")
    )

    assert response.status_code == 404
    assert not WebhookDelivery.objects.exists()
