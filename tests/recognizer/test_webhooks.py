"""Who is told what: webhooks, and the events that are published."""

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from recognizer import engine
from recognizer.models import (
    STAFF_EVENTS,
    TrainingRun,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register_shipped,
    model_version_rollback,
)
from recognizer.services.training_execution import training_run_execute
from recognizer.services.training_heart import Heart
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import (
    training_run_cancel,
    training_run_finish,
    training_run_lost,
    training_runs_bury,
)
from recognizer.services.webhook_addresses import AddressRefused, refuse_address
from recognizer.services.webhooks import webhook_ping, webhook_publish
from tests.factories import make_artifact, make_user, make_webhook
from tests.recognizer.trainings import make_gate, start, train

pytestmark = pytest.mark.usefixtures("tasks_in_database")

BATCH = WebhookEvent.BATCH_FINISHED


@pytest.fixture
def staff_webhook(reviewer):
    return make_webhook(owner=reviewer.user, events=[*STAFF_EVENTS])


def told():
    """What was published: event and data, the oldest first."""
    rows = WebhookDelivery.objects.order_by("pk")
    return [(row.event, row.payload["data"]) for row in rows]


def test_an_event_goes_to_its_owners_webhooks(alice, bob):
    hers = make_webhook(owner=alice)
    make_webhook(owner=bob)

    webhook_publish(event=BATCH, data={"batch": "b7"}, owner=alice)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.webhook, delivery.status) == (hers, "waiting")
    assert delivery.payload["type"] == "batch.finished"
    assert delivery.payload["data"] == {"batch": "b7"}
    assert DBTaskResult.objects.get().queue_name == "default"


def test_each_of_several_webhooks_has_a_message_of_its_own(alice):
    make_webhook(owner=alice)
    make_webhook(owner=alice)

    webhook_publish(event=BATCH, data={}, owner=alice)

    assert len({*WebhookDelivery.objects.values_list("message_id")}) == 2


def test_what_nobodys_webhook_waits_for_is_not_written_down(alice):
    make_webhook(owner=alice, events=["training.finished"])
    make_webhook(owner=alice, is_active=False)

    webhook_publish(event=BATCH, data={}, owner=alice)

    assert told() == []
    assert not DBTaskResult.objects.exists()


def test_a_visitors_event_is_told_to_nobody(alice):
    make_webhook(owner=alice)

    webhook_publish(event=BATCH, data={}, owner=None)

    assert told() == []


def test_whoever_may_not_log_in_any_longer_is_told_nothing(alice):
    make_webhook(owner=alice)
    alice.is_active = False
    alice.save()

    webhook_publish(event=BATCH, data={}, owner=alice)

    assert told() == []


def test_whoever_loses_the_staff_status_is_told_of_the_site_no_more(staff_webhook):
    owner = staff_webhook.owner
    owner.is_staff = False
    owner.save()

    webhook_publish(event=WebhookEvent.MODEL_PROMOTED, data={})

    assert told() == []


def test_an_event_of_the_site_goes_to_all_of_the_staff(staff_webhook):
    make_webhook(owner=make_user(is_staff=True), events=["model.promoted"])
    make_webhook(owner=make_user(), events=["model.promoted"])

    webhook_publish(event=WebhookEvent.MODEL_PROMOTED, data={})

    assert WebhookDelivery.objects.count() == 2


def test_a_ping_that_waits_is_not_asked_for_twice(alice):
    webhook = make_webhook(owner=alice)

    assert webhook_ping(webhook=webhook) == webhook_ping(webhook=webhook)


# Trainings


def training(run, status, version=None):
    data = {
        "training_run": run.pk,
        "status": status,
        "model_version": version,
        "path": f"/api/training-runs/{run.pk}/",
    }
    return ("training.finished", data)


def test_a_training_that_made_a_better_model_tells_of_both(
    staff_webhook, tuned, labelled
):
    run = train()

    promoted = {
        "model_version": 2,
        "previous": 1,
        "is_rollback": False,
        "path": "/api/models/2/",
    }
    assert told() == [training(run, "succeeded", 2), ("model.promoted", promoted)]


def test_a_training_that_made_a_worse_one_tells_that_it_ended(
    staff_webhook, tuned, labelled
):
    tuned["gate"] = make_gate(held_out=0.7)

    run = train()

    assert told() == [training(run, "succeeded", 2)]


def test_a_training_that_fails_tells_so_once(staff_webhook, tuned, labelled):
    tuned["error"] = engine.RecognizerError("no", code="no", status=503)
    run = start()

    with pytest.raises(engine.RecognizerError):
        training_run_execute(run=run)

    assert told() == [training(run, "failed")]


def test_a_training_whose_end_is_rolled_back_tells_only_how_it_ended(
    staff_webhook, tuned, labelled, monkeypatch
):
    def damaged(_version):
        raise engine.RecognizerError("It is damaged.", code="damaged", status=503)

    monkeypatch.setattr(engine, "check_artifact", damaged)
    run = start()

    with pytest.raises(engine.RecognizerError):
        training_run_execute(run=run)

    assert told() == [training(run, "failed")]


def test_a_cancelled_training_tells_so(staff_webhook, labelled):
    run = start()

    training_run_cancel(run=run)

    assert told() == [training(run, "cancelled")]


def test_a_training_that_was_killed_tells_so(staff_webhook, labelled):
    run = start()

    training_run_lost(run=run, code=-9)

    assert told() == [training(run, "failed")]


def test_a_training_that_is_found_dead_tells_so_once(staff_webhook, labelled):
    run = start()
    TrainingRun.objects.update(heartbeat_at="2026-01-01T00:00Z")

    training_runs_bury()
    training_runs_bury()

    assert told() == [training(run, "failed")]


def test_a_training_whose_worker_is_gone_tells_so_once(staff_webhook, labelled):
    run = start()
    heart = Heart(run, engine.Progress(), lambda: True, lambda: None)

    heart._beat()
    heart._beat()

    assert heart.is_to_end
    assert told() == [training(run, "failed")]


def test_what_has_ended_ends_without_another_word(staff_webhook, labelled):
    run = start()
    training_run_cancel(run=run)

    assert not training_run_finish(run=run, status="failed", note="late")
    assert len(told()) == 1


# Models


@pytest.fixture
def two(candidate, models_root):
    candidate.artifact_path = "two"
    candidate.digest = make_artifact(models_root / "two").digest
    candidate.save()
    return candidate


def promotions():
    return [
        (data["model_version"], data["previous"], data["is_rollback"])
        for _, data in told()
    ]


def test_a_promotion_and_the_way_back_are_told(staff_webhook, two):
    version_promote(version=two)
    model_version_rollback()

    assert promotions() == [(2, 1, False), (1, 2, True)]


def test_a_version_that_answers_already_is_not_told_of(staff_webhook, two, live):
    model_version_promote(version=live)

    assert promotions() == []


def test_a_promotion_that_is_rolled_back_is_told_to_nobody(staff_webhook, two):
    with transaction.atomic():
        version_promote(version=two)
        transaction.set_rollback(True)

    assert promotions() == []
    assert not DBTaskResult.objects.exists()


def test_the_model_of_a_new_release_is_told_of(staff_webhook, live, monkeypatch):
    manifest = engine.shipped_manifest()
    live.digest = "0" * 64
    live.save()
    monkeypatch.setattr(engine, "shipped_manifest", lambda: manifest)

    model_version_register_shipped()

    assert promotions() == [(2, 1, False)]


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook",
        "https://example.org:8443/hook?of=digits",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1]/",
        "https://bücher.example/",
    ],
)
def test_an_address_of_the_internet_is_taken(url):
    refuse_address(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no address"),
        ("example.org", "no address"),
        ("https://", "no address"),
        ("https:///hook", "no address"),
        ("https://exa mple.org/", "no address"),
        ("https://example.org\\@evil.example/", "no address"),
        ("https://example.org:99999/", "no address"),
        ("https://[::1/", "no address"),
        ("http://example.org/", "begins with https://."),
        ("ftp://example.org/", "begins with https://."),
        ("file:///etc/passwd", "no address"),
        ("https://me@example.org/", "Leave user name and password out"),
        ("https://me:secret@example.org/", "Leave user name and password out"),
        ("https://:secret@example.org/", "Leave user name and password out"),
        ("https://example.org/" + "x" * 500, "500 characters"),
        ("https://localhost/", "private network"),
        ("https://LOCALHOST./", "private network"),
        ("https://printer.local/", "private network"),
        ("https://127.0.0.1/", "private network"),
        ("https://2130706433/", "private network"),
        ("https://0x7f.1/", "private network"),
        ("https://0.0.0.0/", "private network"),
        ("https://169.254.169.254/latest/meta-data/", "private network"),
        ("https://192.168.1.4/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://[::ffff:0:7f00:1]/", "private network"),
        ("https://[fe80::1]/", "private network"),
    ],
)
def test_another_address_is_refused_in_words(url, words):
    with pytest.raises(AddressRefused, match=words):
        refuse_address(url)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/", "http://10.0.0.1/", "https://receiver/"]
)
def test_private_addresses_are_taken_where_the_operator_allows_it(settings, url):
    settings.DIGITS_WEBHOOK_PRIVATE = True

    refuse_address(url)


def test_a_secret_is_not_in_what_a_webhook_says_of_itself(alice):
    webhook = make_webhook(owner=alice)

    assert webhook.secret not in f"{webhook} {webhook!r}"
    assert Webhook.objects.get().secret.startswith("whsec_")
