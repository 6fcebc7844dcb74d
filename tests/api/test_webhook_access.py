"""Whose a webhook is: the owner's, and nobody else's."""

import pytest
from django_tasks_db.models import DBTaskResult

from recognizer.api.webhook_data import webhook_secret_data
from recognizer.models import Webhook, WebhookDelivery
from tests.api.webhook_paths import URL, path_of
from tests.factories import make_delivery, make_user

pytestmark = pytest.mark.usefixtures("tasks_in_database")

NOBODY = "00000000-0000-4000-8000-000000000000"


def is_signed_out(response):
    return response.status_code == 401 and (
        response.json()["error"]["code"] == "not_authenticated"
    )


REQUESTS = [
    ("get", []),
    ("patch", []),
    ("delete", []),
    ("post", ["secret"]),
    ("post", ["ping"]),
    ("get", ["deliveries"]),
    ("post", ["deliveries", NOBODY, "redeliver"]),
]
every_request = pytest.mark.parametrize(
    ("method", "more"), REQUESTS, ids=[f"{m} {'/'.join(p[:1])}" for m, p in REQUESTS]
)


def assert_untouched(webhook):
    before = webhook_secret_data(webhook)
    webhook.refresh_from_db()
    assert webhook_secret_data(webhook) == before
    assert not DBTaskResult.objects.exists()


@every_request
def test_whoever_is_not_signed_in_comes_to_none(api, hers, method, more):
    response = getattr(api, method)(path_of(hers, *more))

    assert is_signed_out(response)
    assert_untouched(hers)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_not_signed_in_has_none(db, api, visitor, method):
    assert is_signed_out(getattr(api, method)(URL))
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("is_staff", [False, True])
@every_request
def test_another_users_webhook_is_as_if_it_were_not_there(
    api, hers, method, more, is_staff
):
    api.force_authenticate(make_user(is_staff=is_staff))
    delivery = make_delivery(webhook=hers)
    more = [str(delivery.message_id) if part == NOBODY else part for part in more]

    response = getattr(api, method)(path_of(hers, *more))

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert_untouched(hers)


@every_request
def test_a_webhook_that_is_not_there_is_not_found(signed_in, method, more):
    response = getattr(signed_in, method)("/".join([f"{URL}{NOBODY}", *more, ""]))

    assert response.status_code == 404


def test_a_signed_in_browser_needs_its_csrf_token(api, alice, hers):
    api.force_login(alice)

    response = api.post(path_of(hers, "ping"))

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert not WebhookDelivery.objects.exists()
