"""Tokens that programs sign in with."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from knox.crypto import hash_token

from recognizer import selectors
from recognizer.models import ApiToken, User

MOST_TOKENS = 50  # of one user, living ones
USUAL_DAYS = 90
MOST_DAYS = 366
# To say when a token was last used is worth a write a minute and not one a request.
USE_IS_NEWS_AFTER = timedelta(minutes=1)


class TooManyTokens(Exception):
    """A user has as many tokens as he may; the message says so to him."""


def token_create(
    *, user: User, name: str, days: int = USUAL_DAYS
) -> tuple[ApiToken, str]:
    """Make a token; with it comes its secret, which cannot be had again.

    Args:
        user: who is signed in with it.
        name: what it is for.
        days: how long it lives, 1 to MOST_DAYS.
    Raises:
        TooManyTokens: he has MOST_TOKENS.
        ValueError: it would live too long, or not at all.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"Expected 1 to {MOST_DAYS} days. Received: {days}")
    with transaction.atomic():
        # Of two that ask at once for the last one, the second waits and is refused.
        list(User.objects.select_for_update().filter(pk=user.pk).values_list("pk"))
        tokens_expire(user=user)
        if selectors.tokens_living(user=user).count() >= MOST_TOKENS:
            raise TooManyTokens(
                f"You have {MOST_TOKENS} tokens, which is as many as there may be. "
                f"Revoke one that is not needed."
            )
        made: tuple[ApiToken, str] = ApiToken.objects.create(
            user=user, name=name, expiry=timedelta(days=days)
        )
        return made


def token_use(*, secret: str) -> ApiToken | None:
    """The token with this secret, of a user who may sign in; None if there is none.

    It is marked as used. One that has expired is deleted.
    """
    now = timezone.now()
    token: ApiToken | None = (
        ApiToken.objects.select_related("user")
        .filter(digest=hash_token(secret))
        .first()
    )
    if token is None:
        return None
    if token.expiry <= now:
        tokens_expire(user=token.user)
        return None
    if not token.user.is_active:
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_IS_NEWS_AFTER:
        _mark_as_used(token)
    return token


def token_revoke(*, user: User, public_id: UUID) -> None:
    """End a token at once.

    Raises:
        ApiToken.DoesNotExist: there is none, or it is somebody else's.
    """
    revoked, _ = ApiToken.objects.filter(user=user, public_id=public_id).delete()
    if not revoked:
        raise ApiToken.DoesNotExist(
            f"Expected a token of {user}. Received: {public_id}"
        )


def tokens_expire(*, user: User) -> None:
    """Delete those of a user that nobody can sign in with any more."""
    ApiToken.objects.filter(user=user, expiry__lte=timezone.now()).delete()


def _mark_as_used(token: ApiToken) -> None:
    now = timezone.now()
    # Asked once more with the write: of many requests at once, one writes.
    is_news = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_IS_NEWS_AFTER)
    ApiToken.objects.filter(is_news, pk=token.pk).update(last_used_at=now)
