"""What docs/api.md says of webhooks, held to what is sent."""

import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from recognizer.models import CHOSEN_EVENTS, WebhookEvent
from recognizer.services.webhook_deliveries import RETRIES_S
from recognizer.services.webhook_messages import (
    message_body,
    message_headers,
    secret_make,
)
from tests.factories import make_delivery, make_webhook

DOCS = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text("utf-8")


@pytest.fixture
def example():
    """The function that the documentation gives to receivers."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    [code] = [block for block in blocks if "def is_genuine" in block]
    names = {}
    exec(code, names)  # noqa: S102  (our own documentation)
    return SimpleNamespace(**names).is_genuine


@pytest.fixture
def message(alice):
    """A secret, headers and a body, as they are sent now."""
    delivery = make_delivery(webhook=make_webhook(owner=alice))
    body = message_body(delivery)
    headers = message_headers(delivery, body, now=timezone.now())
    return delivery.webhook.secret, headers, body


def test_the_example_believes_what_we_send(example, message):
    assert example(*message)


def test_the_example_believes_nothing_else(example, message):
    secret, headers, body = message

    assert not example(secret_make(), headers, body)
    assert not example(secret, headers, body + b" ")
    assert not example(secret, headers | {"webhook-id": "another"}, body)


def test_the_example_believes_nothing_old(example, message, monkeypatch):
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)

    assert not example(*message)


def test_every_event_is_documented():
    section = DOCS.partition("## Webhooks")[2].partition("\n## ")[0]

    documented = re.findall(r"^\| `([a-z.]+)` \|", section, re.MULTILINE)

    assert documented == [*CHOSEN_EVENTS, WebhookEvent.PING]


def test_the_documented_waits_are_those_that_are_kept():
    units = {"s": 1, "min": 60, "h": 3600}
    [words] = re.findall(r"tried again after (.*?),\n?\s*and a little", DOCS, re.DOTALL)

    waits = re.findall(r"(\d+) (s|min|h)", words)

    assert [int(n) * units[unit] for n, unit in waits] == [*RETRIES_S]
