"""Looking at several things at once, and at none of them for long.

What hangs (a server that is gone from the network, a disk that is) cannot be ended from
outside. So each look has a thread, which is left behind where it takes too long. As
long as it is, no second one begins: however often one asks, each check has one thread.
"""

import threading
import time
from collections.abc import Sequence

from django.db import connections

from recognizer.health.findings import Check, Finding, State

# Whoever asks more often is told the same again: it costs no more.
FRESH_S = 1.0


class _Look:
    """One look, in a thread of its own."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._finding: Finding | None = None
        self._has_ended = threading.Event()
        self._begun_at_s = time.monotonic()
        self._ended_at_s = 0.0
        # A daemon: what hangs must not keep the process from ending.
        threading.Thread(target=self._carry_out, daemon=True).start()

    @property
    def is_of_use(self) -> bool:
        """Whether it goes on, or has only just ended."""
        is_fresh = time.monotonic() - self._ended_at_s < FRESH_S
        return is_fresh or not self._has_ended.is_set()

    def finding(self, *, until_s: float) -> Finding:
        self._has_ended.wait(max(0.0, until_s - time.monotonic()))
        if self._finding is not None:
            return self._finding
        waited_s = time.monotonic() - self._begun_at_s
        message = f"It has not answered for {waited_s:.0f} s."
        return Finding(self._check.name, State.FAILED, message, self._check.remedy)

    def _carry_out(self) -> None:
        check = self._check
        try:
            said = check.look()
            self._finding = Finding(check.name, *said)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the answer)
            hint = f"{check.remedy} ({type(error).__name__}: {error})".strip()
            self._finding = Finding(check.name, State.FAILED, check.broken, hint)
        finally:
            # Of this thread.
            connections.close_all()
            self._ended_at_s = time.monotonic()
            self._has_ended.set()


_looks: dict[Check, _Look] = {}
_lock = threading.Lock()


def look_at(checks: Sequence[Check], *, limit_s: float) -> list[Finding]:
    """What each check says, in their order, and within so many seconds for all."""
    until_s = time.monotonic() + limit_s
    begun = [_begin(check) for check in checks]
    return [look.finding(until_s=until_s) for look in begun]


def _begin(check: Check) -> _Look:
    with _lock:
        look = _looks.get(check)
        if look is None or not look.is_of_use:
            look = _looks[check] = _Look(check)
        return look
