"""What a receiver gets: a body, and headers by which it knows who sent it.

Source: https://www.standardwebhooks.com, specification 1.0.0. Signed here, in a few
lines: its package would bring along a client for HTTP of its own.
"""

import base64
import hmac
import json
import secrets
from datetime import datetime

from recognizer.models import WebhookDelivery

PREFIX = "whsec_"
# 24 to 64 in the specification.
SECRET_BYTES = 32


def secret_make() -> str:
    """A new one, as people copy it."""
    random = secrets.token_bytes(SECRET_BYTES)
    return PREFIX + base64.b64encode(random).decode()


def message_body(delivery: WebhookDelivery) -> bytes:
    return json.dumps(delivery.payload, separators=(",", ":")).encode()


def message_headers(
    delivery: WebhookDelivery, body: bytes, *, now: datetime
) -> dict[str, str]:
    """Headers of one attempt.

    Args:
        now: receivers refuse what was signed long ago, so each attempt is signed anew.
    """
    message_id, timestamp = str(delivery.message_id), str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        _signature(secret, signed) for secret in delivery.webhook.secrets_at(now)
    ]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
