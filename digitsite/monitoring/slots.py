"""Where processes count: each in files of its own, which the next one goes on with.

prometheus_client names the files after processes and leaves them behind, so that each
task of a worker that forks would leave some more to be read at every look. Here a
process takes the first number that is free, and holds its lock; when it ends, however
it does, the lock is gone, and the next process counts on where it stopped.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

MOST_PROCESSES = 1000


def metrics_folder() -> Path:
    """Where all processes of this machine count."""
    project = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or project / "var/metrics")


class Slot:
    """The number of this process; another one in a child that was forked off."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = 0
        self._number = 0
        self._held: IO[bytes] | None = None

    def number(self) -> int:
        """As prometheus_client asks at each step it counts."""
        if self._process != os.getpid():
            self._take()
        return self._number

    def _take(self) -> None:
        if self._held is not None:
            # The parent's: to unlock it here would be to unlock it there.
            self._held.close()
        for number in range(MOST_PROCESSES):
            held = _hold(self._folder / f"{number}.lock")
            if held is not None:
                self._process, self._number, self._held = os.getpid(), number, held
                return
        raise OSError(
            f"Expected fewer than {MOST_PROCESSES} processes that count in "
            f"{self._folder}. Received: one more."
        )


def forget_the_dead(folder: Path) -> None:
    """Begin anew where no process counts any more; others go on."""
    for lock in folder.glob("*.lock"):
        held = _hold(lock)
        if held is None:
            continue
        with held:
            for file in folder.glob(f"*_{lock.stem}.db"):
                file.unlink()


def _hold(path: Path) -> IO[bytes] | None:
    """The lock, for as long as it is open; None where somebody has it."""
    lock = path.open("ab")
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    lock.close()
    return None
