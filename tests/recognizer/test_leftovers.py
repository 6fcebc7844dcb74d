"""What has expired goes, also where nobody comes by who would remove it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from recognizer.models import ApiToken, KeptAnswer, ReviewClaim, WebhookDelivery
from recognizer.services import leftovers
from recognizer.services.purging import PurgeOptions, purge
from recognizer.services.reviews import review_claim
from tests.factories import make_delivery, make_prediction, make_token, make_webhook

OLD = timedelta(days=100)


def gone():
    """How many went, by what they were."""
    return {each.what: each.removed for each in purge(options=PurgeOptions())}


def test_sessions_go_once_they_have_expired(alice, bob):
    for user in (alice, bob):
        Client().force_login(user)
    first = Session.objects.first()
    Session.objects.filter(pk=first.pk).update(expire_date=timezone.now() - OLD)

    assert gone()["sessions that have expired"] == 1

    assert Session.objects.get().pk != first.pk


def test_tokens_go_once_they_have_expired(alice):
    expired, _ = make_token(alice)
    living, _ = make_token(alice)
    ApiToken.objects.filter(pk=expired.pk).update(expiry=timezone.now())

    assert gone()["tokens that have expired"] == 1

    assert ApiToken.objects.get() == living


@pytest.mark.parametrize(("hours", "left"), [(23, 1), (25, 0)])
def test_kept_answers_go_after_a_day(db, hours, left):
    at = timezone.now() - timedelta(hours=hours)
    KeptAnswer.objects.create(
        asker="user 1", name="key", fingerprint="0", entries=[], created_at=at
    )

    gone()

    assert KeptAnswer.objects.count() == left


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_messages_go_after_a_month(alice, days, left):
    at = timezone.now() - timedelta(days=days)
    make_delivery(webhook=make_webhook(owner=alice), created_at=at)

    gone()

    assert WebhookDelivery.objects.count() == left


def test_claims_go_once_they_have_run_out(rita, sven):
    for viewer in (rita, sven):
        make_prediction()
        review_claim(viewer=viewer)
    ReviewClaim.objects.filter(user=rita.user).update(expires_at=timezone.now())

    assert gone()["claims of reviewers that have expired"] == 1

    assert ReviewClaim.objects.get().user == sven.user


def test_many_rows_go_some_at_a_time(alice, monkeypatch):
    monkeypatch.setattr(leftovers, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        make_token(alice)
    ApiToken.objects.update(expiry=timezone.now())

    assert gone()["tokens that have expired"] == 5

    assert not ApiToken.objects.exists()
