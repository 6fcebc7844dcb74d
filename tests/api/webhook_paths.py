"""Where webhooks are found, for tests of the API."""

from recognizer.models import Webhook

URL = "/api/webhooks/"


def path_of(webhook: Webhook, *more: object) -> str:
    return "/".join([f"{URL}{webhook.public_id}", *map(str, more), ""])
