"""Webhooks in the administration: looked at, and their secrets hidden."""

import pytest

from recognizer.models import User, Webhook
from tests.factories import make_admin, make_delivery, make_webhook

LISTS = ["webhook", "webhookdelivery"]


@pytest.fixture
def row(alice):
    webhook = make_webhook(owner=alice, old_secret="whsec_older")
    return make_delivery(webhook=webhook, last_error="500 Oops")


@pytest.fixture
def admin(client, row):
    client.force_login(make_admin())
    return client


def page_of(admin, path):
    response = admin.get(f"/admin/recognizer/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_webhooks_are_shown_without_their_secrets(admin, row):
    pages = page_of(admin, "webhook/") + page_of(
        admin, f"webhook/{row.webhook_id}/change/"
    )

    assert row.webhook.url in pages
    assert row.webhook.secret not in pages
    assert "whsec_older" not in pages


def test_deliveries_say_what_went_wrong(admin, row):
    assert "500 Oops" in page_of(admin, "webhookdelivery/")
    assert "500 Oops" in page_of(admin, f"webhookdelivery/{row.pk}/change/")


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_added_here(admin, name):
    assert admin.get(f"/admin/recognizer/{name}/add/").status_code == 403


def test_nothing_is_changed_here(admin, row):
    path = f"/admin/recognizer/webhook/{row.webhook_id}/change/"

    assert admin.post(path, {"url": "https://evil.example/"}).status_code == 403
    assert Webhook.objects.get().url == "https://example.org/hook"


def test_a_user_is_deleted_with_his_webhooks(admin, alice):
    admin.post(f"/admin/recognizer/user/{alice.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Webhook.objects.exists()
