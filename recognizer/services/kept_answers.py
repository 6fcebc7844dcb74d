"""Requests that come again: whoever repeats one with its key gets the first answer.

The key is kept in the very transaction that keeps the predictions, and is unique. Of
requests with one key, however many come at once and wherever they are worked on, one
is kept; the others find out when they come to keep theirs, and undo it. Nothing has to
be locked while a picture is read, and a process that dies leaves no key behind that
would be in the way.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from recognizer.models import KeptAnswer, User
from recognizer.viewers import Viewer

KEPT_FOR: Final = timedelta(days=1)
SALT: Final = "recognizer.kept_answers"


class KeyReused(Exception):
    """The key belongs to another request; the message says what to do."""


class AnsweredMeanwhile(Exception):
    """The same request was answered while this one was worked on."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Which request this is.

    Attributes:
        name: what the client calls it.
        asker: whose it is; others may use the same name.
        fingerprint: of what is asked.
    """

    name: str
    asker: str
    fingerprint: str


def asker_of(viewer: Viewer, *, address: str = "") -> str:
    """Who asks: a newcomer, who has no name yet, is known by his address."""
    if viewer.user is not None:
        return f"user {viewer.user.pk}"
    if viewer.visitor is not None:
        return f"visitor {viewer.visitor.hex}"
    # No address is kept that could be read.
    hashed = salted_hmac(SALT, address, algorithm="sha256")
    return f"address {hashed.hexdigest()}"


def request_fingerprint(parts: Sequence[bytes]) -> str:
    """SHA-256 of a request's parts, in hexadecimal."""
    return _digest(parts)


def kept_answer_find(*, key: RequestKey) -> KeptAnswer | None:
    """What was answered to this request, if it is no more than a day ago.

    Raises:
        KeyReused: the key was another request's.
    """
    kept = KeptAnswer.objects.filter(
        asker=key.asker, name=key.name, created_at__gt=timezone.now() - KEPT_FOR
    ).first()
    if kept is not None and kept.fingerprint != key.fingerprint:
        raise KeyReused(
            "This Idempotency-Key came with another request before. "
            "Give each request a key of its own."
        )
    return kept


def kept_answer_create(*, keys: Sequence[RequestKey], entries: list[Any]) -> None:
    """Keep what is answered, under each of the keys; call it where that is kept.

    Args:
        keys: a newcomer's request is his address's and, from then on, the visitor's.
        entries: for each image what leads to its answer.
    Raises:
        AnsweredMeanwhile: one of the keys is taken; the transaction is to be undone.
    """
    expired = timezone.now() - KEPT_FOR
    KeptAnswer.objects.filter(created_at__lte=expired).delete()
    try:
        # A savepoint, so that the error leaves a transaction in which one can ask.
        with transaction.atomic():
            KeptAnswer.objects.bulk_create(
                KeptAnswer(
                    asker=key.asker,
                    name=key.name,
                    fingerprint=key.fingerprint,
                    entries=entries,
                )
                for key in keys
            )
    except IntegrityError as error:
        raise AnsweredMeanwhile from error


def kept_answers_adopt(*, visitor: UUID, user: User) -> None:
    """Let the user he turned out to be repeat what a visitor asked for."""
    before = KeptAnswer.objects.filter(asker=asker_of(Viewer(visitor=visitor)))
    own = KeptAnswer.objects.filter(asker=asker_of(Viewer(user=user)))
    with transaction.atomic():
        before.filter(name__in=own.values("name")).delete()
        before.update(asker=asker_of(Viewer(user=user)))


def kept_answers_forget(*, viewer: Viewer) -> None:
    """Nobody asks again."""
    KeptAnswer.objects.filter(asker=asker_of(viewer)).delete()


def _digest(parts: Sequence[bytes]) -> str:
    # Each by its own digest, so that no two requests run together into the same bytes.
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(digests).hexdigest()
