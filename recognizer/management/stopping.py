"""Ending a long command from outside as tidily as from within."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ending_on_sigterm() -> Iterator[Callable[[], None]]:
    """Within, SIGTERM raises SystemExit, so that a run can say how it ended.

    Yields:
        What sends it to this thread, from any other: it ends what waits for a file or
        the network, too.
    """
    thread = threading.get_ident()

    def leave(signal_number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signal_number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield lambda: signal.pthread_kill(thread, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
