"""A process in which something happens that a webhook is told; for test_told_for_sure.

    python -m tests.recognizer.telling URL SECRET TIMES

It works on the database that DATABASE_URL names.
"""

# What is imported further down needs the settings, which come first.
# ruff: noqa: E402

import sys

import django

django.setup()

from recognizer.models import WebhookEvent
from recognizer.services.webhooks import webhook_publish
from tests.factories import make_user, make_webhook

if __name__ == "__main__":
    url, secret, times = sys.argv[1:]
    for number in range(int(times)):
        owner = make_user(f"teller{number}")
        make_webhook(owner=owner, url=url, secret=secret)
        webhook_publish(
            event=WebhookEvent.BATCH_FINISHED, data={"batch": number}, owner=owner
        )
