"""A worker of gunicorn that lets nobody wait at a door that will not open again."""

import select

from gunicorn.sock import BaseSocket
from gunicorn.workers.gthread import ThreadWorker


class FinishingWorker(ThreadWorker):
    """As gunicorn's own; but once told to end, it stops to listen at once.

    Gunicorn's keeps listening until its last request is answered, which takes up to
    `graceful_timeout`, and accepts nobody: who comes meanwhile waits, and is hung up
    on. So one is refused, and a proxy or a program can try elsewhere or later.
    """

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  (gunicorn's)
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._take_in(listener)
                listener.close()

    def _take_in(self, listener: BaseSocket) -> None:
        """Accept who had come before; he is answered with the others."""
        for _ in range(self.worker_connections - self.nr_conns):
            if not select.select([listener], [], [], 0)[0]:
                return
            self.accept(listener)
