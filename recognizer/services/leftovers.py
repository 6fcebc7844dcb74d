"""Rows that are of no use any more, and that nobody may come by to remove.

What is used removes what has run out beside it. On a site that few people use, or none
any more, that may be never.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from recognizer.models import ApiToken, KeptAnswer, ReviewClaim, WebhookDelivery
from recognizer.services import kept_answers, webhook_deliveries

ROWS_AT_ONCE = 500

Rows = QuerySet[Any]

# What it is in words, and which of it is of no use any more.
LEFTOVERS: dict[str, Callable[[datetime], Rows]] = {
    "sessions that have expired": lambda now: Session.objects.filter(
        expire_date__lt=now
    ),
    "tokens that have expired": lambda now: ApiToken.objects.filter(expiry__lte=now),
    "answers kept for requests that come twice": lambda now: KeptAnswer.objects.filter(
        created_at__lte=now - kept_answers.KEPT_FOR
    ),
    "messages to webhooks that are long past": lambda now: (
        WebhookDelivery.objects.filter(created_at__lt=now - webhook_deliveries.KEPT_FOR)
    ),
    "claims of reviewers that have expired": lambda now: ReviewClaim.objects.filter(
        expires_at__lte=now
    ),
}


def leftovers_remove(*, rows: Rows) -> int:
    """Delete these, some at a time; says how many went."""
    removed = 0
    keys_in_order = rows.order_by("pk").values_list("pk", flat=True)
    while keys := list(keys_in_order[:ROWS_AT_ONCE]):
        # Asked once more: one may have been renewed meanwhile.
        removed += rows.filter(pk__in=keys).delete()[0]
    return removed
