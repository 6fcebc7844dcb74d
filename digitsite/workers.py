"""gunicorn's worker with threads, which waits for nobody for ever.

As gunicorn has it, a client that sends half a request keeps a thread until it goes
away, and eight of them the whole site. Here a thread waits for a request for some
seconds, for longer the more of it comes, and hardly at all while others wait for the
thread. Whoever is attacked all the same needs a proxy that takes requests in whole.
"""

import time
from collections.abc import Callable
from errno import ECONNRESET, EPIPE
from functools import partial
from selectors import EVENT_READ
from socket import socket

from gunicorn import util
from gunicorn.workers.gthread import TConn

from digitsite.finishing import FinishingWorker

# A phone that loses packets pauses for some seconds.
PATIENCE_S = 10.0
# While others wait. What a phone draws comes at once, in a packet or two.
PRESSED_S = 1.0
# A second more for as many bytes: the slowest phones of all send more.
SLOWEST_BYTES_S = 4096
# So often it is looked whether others wait.
LOOK_S = 0.25
# Whoever takes less than a piece in this time takes nothing.
SENDING_S = 30.0
PIECE_BYTES = 64 * 1024


class PatientSocket(socket):
    """A client's connection, which is given up if the client is too slow."""

    _waited_s = 0.0
    _received = 0
    _is_pressed: Callable[[], bool] = staticmethod(lambda: False)

    def begin_request(self, is_pressed: Callable[[], bool]) -> None:
        """Have as much patience as at first.

        Args:
            is_pressed: whether others wait for the thread that asks.
        """
        self._waited_s, self._received = 0.0, 0
        self._is_pressed = is_pressed

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001  (socket's own)
        # gunicorn closes what was closed already.
        if self.fileno() >= 0:
            self.settimeout(SENDING_S if flag else 0.0)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As a socket's, for as long as the request's patience lasts.

        Raises:
            ConnectionResetError: it is over; what gunicorn expects of clients that go.
        """
        timeout_s = self.gettimeout()
        if timeout_s == 0:
            return super().recv(size, flags)
        try:
            data = self._recv_patiently(size, flags, timeout_s)
        finally:
            self.settimeout(timeout_s)
        self._received += len(data)
        return data

    def _recv_patiently(self, size: int, flags: int, timeout_s: float | None) -> bytes:
        # gunicorn sets a shorter one where it only waits for the client to close.
        most_s = self._waited_s + (SENDING_S if timeout_s is None else timeout_s)
        while (left_s := min(self._patience_s(), most_s) - self._waited_s) > 0:
            began_s = time.monotonic()
            self.settimeout(min(left_s, LOOK_S))
            try:
                return super().recv(size, flags)
            except TimeoutError:
                continue
            finally:
                self._waited_s += time.monotonic() - began_s
        raise ConnectionResetError(ECONNRESET, "The client sends too slowly.")

    def _patience_s(self) -> float:
        first_s = PRESSED_S if self._is_pressed() else PATIENCE_S
        return first_s + self._received / SLOWEST_BYTES_S

    # A socket's takes any buffer; gunicorn sends bytes.
    def sendall(self, data: bytes, flags: int = 0, /) -> None:  # type: ignore[override]
        """As a socket's, but the time it may take is that of each piece.

        Raises:
            BrokenPipeError: the client takes no more.
        """
        view = memoryview(data)
        try:
            for begin in range(0, len(view), PIECE_BYTES):
                super().sendall(view[begin : begin + PIECE_BYTES], flags)
        except TimeoutError as error:
            raise BrokenPipeError(EPIPE, "The client takes too long.") from error


class PatientWorker(FinishingWorker):
    """With connections of the kind above."""

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to a thread once there is something to read of it."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock = PatientSocket(fileno=conn.sock.detach())
        conn.sock.settimeout(0.0)
        conn.set_timeout()
        self.pending_conns.append(conn)
        wake_up = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, wake_up)

    def handle(self, conn: TConn) -> object:
        conn.sock.begin_request(self._do_others_wait)
        is_kept = super().handle(conn)
        if not is_kept:
            # Here and not in the one thread that all connections come through: until
            # the client closes it as well, this takes up to two seconds.
            util.close_graceful(conn.sock)
        return is_kept

    def _do_others_wait(self) -> bool:
        return bool(self.tpool._work_queue.qsize())  # noqa: SLF001  (it has no other)
