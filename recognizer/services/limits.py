"""Who may ask how often."""

import logging
import math
import time
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError
from django.dispatch import Signal
from django.utils.crypto import salted_hmac

from recognizer.services.allowance_leases import leases, share
from recognizer.services.allowances import (
    SECOND_NS,
    Bucket,
    bucket_give_back,
    bucket_take,
)
from recognizer.viewers import Payer, PayerKind

logger = logging.getLogger(__name__)

SALT = "recognizer.allowance"
# What writes nothing else does not wait for whoever writes: it goes on uncounted.
PATIENCE_MS = 100
# As long as this it is not tried again then, so that one request waits and not each.
OUTAGE_S = 1.0
# A class logs in from one address, and some mistype.
NAMES_PER_ADDRESS = 5

# Sent with the `scope` of which somebody had used all.
request_refused = Signal()


class Scope(StrEnum):
    """What is counted together."""

    PREVIEW = "preview"
    CREATE = "create"
    OTHER = "other"
    LOGIN = "login"

    @property
    def is_patient(self) -> bool:
        """Whether it waits for another writer, as it is going to write anyway."""
        return self in {Scope.CREATE, Scope.LOGIN}


class AllowanceSpent(Exception):
    """All that is allowed for now was used.

    Attributes:
        wait_s: whole seconds until it is worth another try, 1 or more.
        wait_in_words: the same for people, such as "12 seconds".
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        self.wait_in_words = _in_words(self.wait_s)
        super().__init__(f"That was a lot at once. Ask again in {self.wait_in_words}.")


class MoreThanAllowed(Exception):
    """More at once than is ever allowed: waiting would not help."""

    def __init__(self, *, cost: int, units: int) -> None:
        super().__init__(
            f"This is {cost} pictures at once, and {units} are allowed. "
            f"Send it in parts."
        )


@dataclass(slots=True)
class Outage:
    """When the database last could not be written, as far as this process knows."""

    ends_at_s: float = 0.0

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self.ends_at_s

    def begin(self) -> None:
        self.ends_at_s = time.monotonic() + OUTAGE_S


outage = Outage()


def allowance_take(
    *, scope: Scope, payer: Payer, cost: int = 1, beside: int = 0
) -> None:
    """Count a request; call it outside of transactions.

    If the database cannot be written, the request goes on uncounted: the site does not
    stand still for its own limits.

    Args:
        cost: how many units it takes: as many as there are pictures in it.
        beside: how many of the same request were taken before.
    Raises:
        AllowanceSpent: not now.
        MoreThanAllowed: never.
    """
    bucket = _bucket(scope, payer)
    if bucket is None:
        return
    if cost + beside > bucket.units:
        _give_back(bucket, beside)
        raise MoreThanAllowed(cost=cost + beside, units=bucket.units)
    if leases.spend(bucket.key, cost) or (outage.is_on and not scope.is_patient):
        return
    try:
        wait_ns = _take(bucket, cost, scope)
    except DatabaseError:
        logger.exception("A request was not counted.")
        outage.begin()
        return
    if wait_ns:
        _give_back(bucket, beside)
        raise _spent(scope, wait_ns)


def login_take(*, address: str, name: str) -> None:
    """Count an attempt to log in, before the password is looked at.

    Give it back once the password was right: who guesses is limited, not who logs in.
    Without a database that can be written nobody logs in.

    Args:
        address: as `address_of` has it.
        name: whom they say they are; there need not be such a user.
    Raises:
        AllowanceSpent: not now.
        django.db.DatabaseError: it cannot be counted.
    """
    for bucket in _login_buckets(address, name):
        wait_ns = bucket_take(bucket, cost=1, patience_ms=None)
        if wait_ns:
            raise _spent(Scope.LOGIN, wait_ns)


def login_give_back(*, address: str, name: str) -> None:
    """Take an attempt back that was none: the password was right."""
    for bucket in _login_buckets(address, name):
        bucket_give_back(bucket, cost=1)


def _take(bucket: Bucket, cost: int, scope: Scope) -> int:
    """Take the units, and some more to give out later if there are enough."""
    patience_ms = None if scope.is_patient else PATIENCE_MS
    beforehand = share(bucket.units) - cost
    if beforehand > 0 and not bucket_take(
        bucket, cost=cost + beforehand, patience_ms=patience_ms
    ):
        leases.keep(bucket.key, beforehand)
        return 0
    return bucket_take(bucket, cost=cost, patience_ms=patience_ms)


def _give_back(bucket: Bucket, units: int) -> None:
    """Nothing of a request that is refused has happened, counting included."""
    if not units:
        return
    try:
        bucket_give_back(bucket, cost=units)
    except DatabaseError:
        # It was counted for nothing, and is refused all the same.
        logger.warning("A refused request stays counted.", exc_info=True)


def _spent(scope: Scope, wait_ns: int) -> AllowanceSpent:
    request_refused.send_robust(sender=Scope, scope=str(scope))
    return AllowanceSpent(wait_ns / SECOND_NS)


def _login_buckets(address: str, name: str) -> list[Bucket]:
    payers = [
        Payer(PayerKind.ADDRESS, address),
        Payer(PayerKind.NAME, name.strip().casefold()),
    ]
    buckets = [_bucket(Scope.LOGIN, payer) for payer in payers]
    return [bucket for bucket in buckets if bucket is not None]


def _bucket(scope: Scope, payer: Payer) -> Bucket | None:
    """None: there is no limit."""
    rate = _rate(scope, payer) if settings.DIGITS_THROTTLE else None
    if rate is None:
        return None
    units, period_s = rate
    interval_ns = period_s * SECOND_NS // units
    if scope == Scope.LOGIN and payer.kind == PayerKind.ADDRESS:
        units, interval_ns = units * NAMES_PER_ADDRESS, interval_ns // NAMES_PER_ADDRESS
    return Bucket(_key(scope, payer), units, interval_ns)


def _rate(scope: Scope, payer: Payer) -> tuple[int, int] | None:
    if scope == Scope.PREVIEW:
        return settings.DIGITS_RATE_PREVIEW
    if scope == Scope.LOGIN:
        return settings.DIGITS_RATE_LOGIN
    if payer.kind == PayerKind.USER:
        return settings.DIGITS_RATE_USER
    return settings.DIGITS_RATE_ANONYMOUS


def _key(scope: Scope, payer: Payer) -> str:
    # Keyed with the site's secret: whoever reads the table learns no address, though
    # there are few enough of them to try them all.
    words = f"{scope}\n{payer.kind}\n{payer.name}"
    return salted_hmac(SALT, words, algorithm="sha256").hexdigest()[:32]


def _in_words(wait_s: int) -> str:
    if wait_s == 1:
        return "a second"
    if wait_s < 120:
        return f"{wait_s} seconds"
    if wait_s < 120 * 60:
        return f"{math.ceil(wait_s / 60)} minutes"
    return f"{math.ceil(wait_s / 3600)} hours"
