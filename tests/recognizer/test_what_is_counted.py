"""What services tell whoever counts: each picture, refusal and attempt, once."""

from contextlib import contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.utils import timezone

from recognizer import engine
from recognizer.models import Source, WebhookDelivery, WebhookEvent
from recognizer.services.limits import (
    AllowanceSpent,
    Scope,
    allowance_take,
    login_take,
    request_refused,
)
from recognizer.services.predictions import (
    prediction_create,
    prediction_import,
    prediction_preview,
    predictions_create,
    predictions_preview,
)
from recognizer.services.readings import picture_read
from recognizer.services.webhook_deliveries import (
    RETRIES_S,
    delivery_attempted,
    delivery_claim,
    delivery_record,
)
from recognizer.services.webhook_sending import Answer
from recognizer.services.webhooks import webhook_publish
from recognizer.viewers import Payer, PayerKind, Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_glyph, make_image, make_reading, make_webhook


@contextmanager
def heard(signal):
    """What a signal says meanwhile; who hears it breaks, which is to change nothing."""
    said = []

    def hear(sender, signal, **words):
        said.append(words)
        raise ValueError("The figures cannot be written.")

    signal.connect(hear)
    try:
        yield said
    finally:
        signal.disconnect(hear)


def failing(status):
    return engine.RecognizerError("Not now.", code="some_code", status=status)


SURE = {"outcome": "sure", "seconds": 0.0015}


def test_a_picture_is_told_with_its_source_and_its_time(db, stub_engine):
    with heard(picture_read) as said:
        prediction_preview(data=make_image(), source=Source.DRAW)
        prediction_create(data=make_image(), source=Source.UPLOAD, viewer=Viewer())

    assert said == [{"source": "draw"} | SURE, {"source": "upload"} | SURE]


def test_each_of_several_is_told(db, stub_engine):
    images = [make_image(), make_image()]

    with heard(picture_read) as said:
        predictions_preview(images=images)
        predictions_create(images=images, source=Source.API, viewer=Viewer())

    assert said == [{"source": "api"} | SURE] * 4


def test_blank_ones_are_told_too_also_in_a_batch(db, stub_engine):
    stub_engine.reading = make_reading(outcome=engine.Outcome.BLANK)
    batch = make_batch(source=Source.UPLOAD)

    with heard(picture_read) as said:
        read_all(batch)

    blank = {"source": "upload", "outcome": "blank", "seconds": 0.0015}
    assert said == [blank, blank]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unreadable"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    ],
)
def test_what_cannot_be_read_is_told_without_a_time(stub_engine, status, outcome):
    stub_engine.error = failing(status)
    images = [make_image(), make_image()]

    with heard(picture_read) as said:
        with pytest.raises(engine.RecognizerError):
            prediction_preview(data=images[0])
        with suppress(engine.RecognizerError):
            predictions_preview(images=images)

    assert said == [{"source": "api", "outcome": outcome, "seconds": None}] * 3


def test_a_glyph_that_is_imported_is_told(db, monkeypatch):
    recognition = engine.Recognition(
        make_reading(), engine.LiveVersion(number=1, preprocessing_version=1), 1.5
    )
    monkeypatch.setattr(engine, "recognize_glyph", lambda _: recognition)

    with heard(picture_read) as said:
        prediction_import(glyph=make_glyph(), viewer=Viewer())

    assert said == [{"source": "import"} | SURE]


def test_who_is_refused_is_told_by_what_he_used_up(narrow):
    payer = Payer(PayerKind.ADDRESS, "192.0.2.1")
    with heard(request_refused) as said:
        for _ in range(4):
            with suppress(AllowanceSpent):
                allowance_take(scope=Scope.CREATE, payer=payer)
        for _ in range(3):
            with suppress(AllowanceSpent):
                login_take(address="192.0.2.1", name="alice")

    assert said == [{"scope": "create"}, {"scope": "login"}]


@pytest.mark.parametrize(
    ("answer", "attempts", "result"),
    [
        (Answer(200), 0, "delivered"),
        (Answer(500, "500"), 0, "waiting"),
        (Answer(500, "500"), len(RETRIES_S), "failed"),
    ],
)
def test_an_attempt_is_told_with_what_became_of_it(alice, answer, attempts, result):
    make_webhook(owner=alice)
    webhook_publish(event=WebhookEvent.BATCH_FINISHED, data={}, owner=alice)
    WebhookDelivery.objects.update(attempts=attempts)
    claim = delivery_claim(until=timezone.now() + timedelta(minutes=1))

    with heard(delivery_attempted) as said:
        delivery_record(claim=claim, answer=answer)

    assert said == [{"result": result}]


def test_an_attempt_that_another_worker_made_is_not_told(alice):
    make_webhook(owner=alice)
    webhook_publish(event=WebhookEvent.BATCH_FINISHED, data={}, owner=alice)
    claim = delivery_claim(until=timezone.now() + timedelta(minutes=1))
    WebhookDelivery.objects.update(status="delivered")

    with heard(delivery_attempted) as said:
        delivery_record(claim=claim, answer=Answer(200))

    assert said == []
