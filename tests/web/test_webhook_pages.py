from datetime import UTC, datetime
from uuid import uuid4

import pytest

from recognizer.models import Webhook, WebhookDelivery
from recognizer.services.webhooks import MOST_WEBHOOKS
from tests.factories import make_delivery, make_user, make_webhook
from tests.finding import delete_once_found
from tests.web.pages import shown

URL = "/account/webhooks/"
HOOK = "https://example.org/hook"


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def hers(alice):
    return make_webhook(owner=alice)


def path_of(webhook, *more):
    return "/".join([f"{URL}{webhook.public_id}", *map(str, more), ""])


def add(client, **fields):
    return client.post(URL, {"url": HOOK, "events": ["batch.finished"]} | fields)


def test_a_webhook_is_added_and_its_secret_is_shown_once(signed_in):
    response = add(signed_in)

    webhook = Webhook.objects.get()
    assert (response.status_code, response["Location"]) == (303, path_of(webhook))
    assert webhook.secret in shown(signed_in, path_of(webhook))
    assert webhook.secret not in shown(signed_in, path_of(webhook))
    assert webhook.secret not in shown(signed_in, URL)


def test_no_browser_keeps_the_page_with_the_secret(signed_in):
    response = signed_in.get(add(signed_in)["Location"])

    assert "no-store" in response["Cache-Control"]


def test_a_secret_is_shown_on_its_own_webhooks_page_alone(signed_in, hers):
    add(signed_in)
    secret = Webhook.objects.exclude(pk=hers.pk).get().secret

    assert secret not in shown(signed_in, path_of(hers))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("url", "http://example.org/", "begins with https://"),
        ("url", "https://localhost/", "private network"),
        ("url", "", "Give the address"),
        ("events", [], "Choose what it is to be told about"),
        ("events", ["model.promoted"], "not one of the available choices"),
    ],
)
def test_what_makes_no_webhook_is_said_beside_its_field(signed_in, field, value, words):
    response = add(signed_in, **{field: value})

    assert response.status_code == 400
    assert words in " ".join(response.content.decode().split())
    assert not Webhook.objects.exists()


def test_a_webhook_too_many_is_refused_in_words(signed_in, alice):
    for _ in range(MOST_WEBHOOKS):
        make_webhook(owner=alice)

    page = add(signed_in).content.decode()

    assert "You have 20 webhooks already" in page


def test_the_staff_can_choose_what_concerns_the_site(staff):
    assert 'value="model.promoted"' in shown(staff, URL)


def test_others_are_not_offered_it(signed_in):
    assert 'value="model.promoted"' not in shown(signed_in, URL)


def test_a_page_says_why_the_site_turned_it_off(signed_in, hers):
    Webhook.objects.update(is_active=False, disabled_because="It answered 410 Gone.")

    assert "It answered 410 Gone." in shown(signed_in, URL)
    assert "It answered 410 Gone." in shown(signed_in, path_of(hers))


def test_a_page_shows_what_was_told_and_what_went_wrong(signed_in, hers):
    make_delivery(webhook=hers, status="delivered", attempts=1, last_status=204)
    make_delivery(
        webhook=hers, attempts=2, last_status=500, last_error="500 <b>Oops</b>"
    )

    page = shown(signed_in, path_of(hers))

    assert "1 attempt, answered 204" in page
    assert "500 &lt;b&gt;Oops&lt;/b&gt;" in page
    assert "2 attempts; the next one at" in page


def test_it_is_changed(signed_in, hers):
    given = {"url": "https://example.org/new", "events": ["batch.finished"]}

    response = signed_in.post(path_of(hers), given)

    assert response.status_code == 303
    hers.refresh_from_db()
    assert hers.url == "https://example.org/new"


def test_it_is_not_changed_to_what_may_not_be(signed_in, hers):
    given = {"url": "https://10.0.0.1/", "events": ["batch.finished"]}

    response = signed_in.post(path_of(hers), given)

    assert response.status_code == 400
    hers.refresh_from_db()
    assert hers.url == HOOK


def test_it_is_paused_and_goes_on(signed_in, hers):
    signed_in.post(path_of(hers, "switch"))
    is_paused = not Webhook.objects.get().is_active

    signed_in.post(path_of(hers, "switch"), {"is_active": "on"})

    assert is_paused
    assert Webhook.objects.get().is_active


def test_a_new_secret_is_shown_once(signed_in, hers):
    response = signed_in.post(path_of(hers, "secret"), follow=True)

    old = hers.secret
    hers.refresh_from_db()
    page = response.content.decode()
    assert hers.secret != old
    assert hers.secret in page
    assert "messages are signed with the old one, too" in page


def test_the_list_shows_which_one_takes_nothing(signed_in, alice, hers):
    make_webhook(owner=alice, failing_since=datetime(2026, 11, 2, 8, tzinfo=UTC))

    page, of_the_other = shown(signed_in, URL), shown(signed_in, path_of(hers))

    assert page.count("failing") == 1
    assert "It has taken nothing since" in page
    assert "2 Nov 2026" in page
    assert "nothing since" not in of_the_other


def test_a_paused_one_does_not_fail(signed_in, hers):
    Webhook.objects.update(is_active=False, failing_since=hers.created_at)

    assert "failing" not in shown(signed_in, URL)


def test_a_test_is_sent(signed_in, hers):
    page = signed_in.post(path_of(hers, "ping"), follow=True).content.decode()

    assert "A test is sent." in page
    assert WebhookDelivery.objects.get().event == "ping"


def test_something_is_sent_once_more(signed_in, hers):
    row = make_delivery(webhook=hers, status="failed", attempts=9)

    path = path_of(hers, "deliveries", row.message_id, "redeliver")
    page = signed_in.post(path, follow=True).content.decode()

    assert "It is sent once more." in page
    row.refresh_from_db()
    assert row.status == "waiting"


@pytest.mark.parametrize("what", ["ping", "redeliver"])
def test_a_paused_one_is_sent_nothing_and_it_is_said(signed_in, hers, what):
    row = make_delivery(webhook=hers, status="failed")
    Webhook.objects.update(is_active=False)
    more = {"ping": [what], "redeliver": ["deliveries", row.message_id, what]}

    page = signed_in.post(path_of(hers, *more[what]), follow=True).content.decode()

    assert "This webhook is paused." in page
    assert not WebhookDelivery.objects.filter(status="waiting").exists()


def test_a_webhook_is_deleted_once_one_has_been_asked(signed_in, hers):
    assert "Delete this webhook?" in shown(signed_in, path_of(hers, "delete"))

    page = signed_in.post(path_of(hers, "delete"), follow=True).content.decode()

    assert "The webhook is deleted." in page
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("action", ["switch", "secret", "ping"])
def test_whoever_had_to_log_in_for_an_action_comes_to_the_page(signed_in, hers, action):
    response = signed_in.get(path_of(hers, action))

    assert (response.status_code, response["Location"]) == (303, path_of(hers))
    assert not WebhookDelivery.objects.exists()


EVERYTHING = [
    [],
    ["delete"],
    ["switch"],
    ["secret"],
    ["ping"],
    ["deliveries", str(uuid4()), "redeliver"],
]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("more", EVERYTHING, ids=lambda more: "/".join(more[:1]))
def test_whoever_is_not_logged_in_is_sent_to_do_so(client, hers, method, more):
    response = getattr(client, method)(path_of(hers, *more))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")
    assert Webhook.objects.get().is_active


@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("more", EVERYTHING, ids=lambda more: "/".join(more[:1]))
def test_another_users_webhook_is_as_if_it_were_not_there(
    client, hers, method, more, is_staff
):
    client.force_login(make_user(is_staff=is_staff))

    response = getattr(client, method)(path_of(hers, *more))

    assert response.status_code == 404
    assert hers.url not in response.content.decode()
    before = hers.secret
    hers.refresh_from_db()
    assert (hers.is_active, hers.secret) == (True, before)


@pytest.mark.parametrize("what", ["", "switch", "secret", "ping"])
def test_what_is_deleted_while_it_is_changed_is_not_there(
    signed_in, hers, monkeypatch, what
):
    delete_once_found(monkeypatch)

    response = signed_in.post(
        path_of(hers, *filter(None, [what])),
        {"url": HOOK, "events": ["batch.finished"], "is_active": "on"},
    )

    assert response.status_code == 404
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
