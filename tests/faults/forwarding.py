"""A line to a server that can be cut and mended."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit

PIECE_BYTES = 65536


class Forwarder:
    """Listens on a port of its own and hands everything on, while it is not cut."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = ""
        self._is_cut = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()

    @classmethod
    def of(cls, url: str) -> Self:
        """A line to the server of an address; `url` is the address through it."""
        parts = urlsplit(url)
        line = cls(parts.hostname or "127.0.0.1", parts.port or 5432)
        login = parts.netloc.rpartition("@")[0]
        line.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{line.port}"))
        return line

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listening.close()

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self._is_cut.set()
        with self._lock:
            for pair in self._pairs:
                for end in pair:
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def mend(self) -> None:
        self._is_cut.clear()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # It is over.
            if self._is_cut.is_set():
                client.close()
                continue
            pair = client, socket.create_connection(self._server)
            with self._lock:
                self._pairs.append(pair)
            threading.Thread(target=_hand_on, args=pair, daemon=True).start()


def _hand_on(client: socket.socket, server: socket.socket) -> None:
    other = {client: server, server: client}
    with client, server, selectors.DefaultSelector() as ready, suppress(OSError):
        for end in other:
            ready.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                end = key.fileobj
                assert isinstance(end, socket.socket)
                data = end.recv(PIECE_BYTES)
                if not data:
                    return
                other[end].sendall(data)
