"""Asking as often as one can, for tests of what is allowed."""

from dataclasses import dataclass

from recognizer.services.background import Hourly
from recognizer.services.limits import AllowanceSpent, Scope, allowance_take
from recognizer.viewers import Payer, PayerKind

CLASS = Payer(PayerKind.ADDRESS, "192.0.2.1")
OTHERS = Payer(PayerKind.ADDRESS, "192.0.2.2")
ALICE = Payer(PayerKind.USER, "7")


@dataclass
class Clock:
    """In place of `time`; it stands still until it is told to go on.

    Each process removes what is over once an hour, beginning at once: this one has.
    """

    now_s: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        self.pruning = Hourly()
        self.pruning.is_due()

    def time_ns(self) -> int:
        return int(self.now_s * 1e9)


def take(
    payer: Payer = CLASS,
    scope: Scope = Scope.CREATE,
    cost: int = 1,
    beside: int = 0,
) -> None:
    allowance_take(scope=scope, payer=payer, cost=cost, beside=beside)


def taken(tries: int, payer: Payer = CLASS, scope: Scope = Scope.CREATE) -> int:
    """How many of so many tries were allowed."""
    allowed = 0
    for _ in range(tries):
        try:
            take(payer, scope)
        except AllowanceSpent:
            continue
        allowed += 1
    return allowed
