"""Units that this process took beforehand, to give them out by itself.

A preview touches no database and takes 3.1 ms of processor time. Were each to write a
row, it would take 0.2 to 0.9 ms more, and two workers would queue for SQLite's one
writer. So a process takes some units of a generous allowance at once: only every
twentieth preview writes, which takes 0.02 ms of each. Nobody gets more than he is
allowed; he may get fewer, by what another process has in hand.
"""

import threading
import time
from dataclasses import dataclass

# Of a generous allowance this part is taken at once, and never more than that.
PART = 50
MOST = 20
# Units that nobody asked for are let go: they were taken from the same person.
AGE_S = 10.0
# Of so many payers it is remembered; then what is over is looked for.
KEPT = 10_000


@dataclass(slots=True)
class Lease:
    units: int
    ends_at_s: float


class Leases:
    """Of one process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Lease] = {}

    def spend(self, key: str, cost: int) -> bool:
        """Whether the units were here; then they are gone."""
        with self._lock:
            lease = self._held.get(key)
            if lease is None or lease.units < cost:
                return False
            if lease.ends_at_s < time.monotonic():
                del self._held[key]
                return False
            lease.units -= cost
            return True

    def keep(self, key: str, units: int) -> None:
        if units <= 0:
            return
        now_s = time.monotonic()
        with self._lock:
            if len(self._held) >= KEPT:
                self._forget(now_s)
            left = self._held.get(key)
            if left is not None and left.ends_at_s >= now_s:
                units += left.units
            self._held[key] = Lease(units, now_s + AGE_S)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()

    def _forget(self, now_s: float) -> None:
        self._held = {
            key: lease for key, lease in self._held.items() if lease.ends_at_s >= now_s
        }
        if len(self._held) >= KEPT:
            self._held.clear()


leases = Leases()


def share(units: int) -> int:
    """How many units are taken at once of an allowance of so many."""
    return min(units // PART, MOST)
