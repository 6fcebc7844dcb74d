"""One allowance in the database, taken from by one statement.

However many processes and machines ask at once, each unit is given once: the database
decides, not Python between two statements.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connection

from recognizer.models import RequestAllowance
from recognizer.services.background import Hourly

logger = logging.getLogger(__name__)

SECOND_NS = 1_000_000_000
# By so much the clocks of two machines may differ. What is to be full later than that
# was written under another rate or by a wrong clock: it counts as full.
CLOCKS_DIFFER_NS = 60 * SECOND_NS
PRUNED_AFTER_NS = 60 * 60 * SECOND_NS

# SQLite (from 3.35) and PostgreSQL read this alike; of greatest() and max() each has
# but one. A row comes back where the units were there.
TAKE = """
INSERT INTO recognizer_requestallowance AS held (key, full_again_ns)
VALUES (%(key)s, %(alone)s)
ON CONFLICT (key) DO UPDATE SET full_again_ns = %(price)s + CASE
    WHEN held.full_again_ns BETWEEN %(now)s AND %(latest)s THEN held.full_again_ns
    ELSE %(now)s END
WHERE held.full_again_ns <= %(highest)s OR held.full_again_ns > %(latest)s
RETURNING full_again_ns
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one payer is allowed: so many units at once, and one more each interval."""

    key: str
    units: int
    interval_ns: int

    @property
    def window_ns(self) -> int:
        return self.units * self.interval_ns


pruning = Hourly()


def bucket_take(bucket: Bucket, *, cost: int, patience_ms: int | None) -> int:
    """Take so many units, or none.

    Call it outside of transactions: the row is locked until they end.

    Args:
        cost: as many units as the bucket holds, or fewer.
        patience_ms: how long to wait for another writer; None: as long as any write.
    Returns:
        0 where they were taken, else the nanoseconds until they will be there.
    Raises:
        django.db.DatabaseError: the database cannot be written.
    """
    now_ns = time.time_ns()
    price_ns = cost * bucket.interval_ns
    given: dict[str, str | int] = {
        "key": bucket.key,
        "now": now_ns,
        "price": price_ns,
        "alone": now_ns + price_ns,
        "highest": now_ns + bucket.window_ns - price_ns,
        "latest": now_ns + bucket.window_ns + CLOCKS_DIFFER_NS,
    }
    with _patience(patience_ms), connection.cursor() as cursor:
        cursor.execute(TAKE, given)
        is_taken = cursor.fetchone() is not None
        if pruning.is_due():
            _prune(now_ns)
    return 0 if is_taken else _wait_ns(bucket, price_ns)


def bucket_give_back(bucket: Bucket, *, cost: int) -> None:
    """Give back what was taken; one statement as well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recognizer_requestallowance "
            "SET full_again_ns = full_again_ns - %s WHERE key = %s",
            [cost * bucket.interval_ns, bucket.key],
        )


def _wait_ns(bucket: Bucket, price_ns: int) -> int:
    """Until what was asked for will be there, if nobody else takes it first."""
    held = RequestAllowance.objects.filter(key=bucket.key)
    full_again_ns = held.values_list("full_again_ns", flat=True).first()
    now_ns = time.time_ns()
    # It may be there by now, or be pruned: then it is worth another try at once.
    return max(1, (full_again_ns or 0) + price_ns - bucket.window_ns - now_ns)


def _prune(now_ns: int) -> None:
    # What is full says the same as no row. An hour more, in case clocks differ.
    old = RequestAllowance.objects.filter(full_again_ns__lt=now_ns - PRUNED_AFTER_NS)
    try:
        old.delete()
    except DatabaseError:
        logger.warning("Old allowances were not removed.", exc_info=True)


@contextmanager
def _patience(patience_ms: int | None) -> Iterator[None]:
    """Within, SQLite waits no longer than this for whoever writes.

    PostgreSQL locks the row alone, and for this one statement: nobody waits long.
    """
    if patience_ms is None or connection.vendor != "sqlite":
        yield
        return
    usual_ms = round(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    _set_busy_timeout(patience_ms)
    try:
        yield
    finally:
        _set_busy_timeout(usual_ms)


def _set_busy_timeout(timeout_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {timeout_ms}")
