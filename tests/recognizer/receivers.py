"""Programs that webhooks tell something: real servers, kind and unkind."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook as Verifier


@dataclass(frozen=True)
class Heard:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.body)
        return message

    def verified(self, secret: str) -> Any:
        """The message.

        Raises:
            WebhookVerificationError: the signature is not by this secret.
        """
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers what it is told to, in this order; then 200.

    Attributes:
        answers: statuses, or (status, headers, body).
        hold: answers nothing until this is set, or for half a minute.
    """

    url: str = ""
    answers: list[int | tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    hold: threading.Event | None = None

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.heard.append(Heard(headers, handler.rfile.read(length)))
        if self.hold is not None:
            self.hold.wait(timeout=30)
        answer = self.answers.pop(0) if self.answers else 200
        status, more, body = (answer, {}, b"") if isinstance(answer, int) else answer
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | more).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def listening() -> Iterator[Receiver]:
    """One that understands HTTP."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of those who hang up, or are killed."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def read_request(connected: socket.socket) -> bytes:
    """All of it: whoever hangs up with something unread takes his answer back."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connected.recv(65536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    _, is_said, length = head.lower().partition(b"content-length:")
    missing = int(length.split()[0]) - len(body) if is_said else 0
    while missing > 0 and (piece := connected.recv(65536)):
        received += piece
        missing -= len(piece)
    return received


@contextmanager
def behaving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what it likes; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connected, _ = server.accept()
                except OSError:
                    return  # It is closed.
                threading.Thread(target=serve, args=[connected], daemon=True).start()

        def serve(connected: socket.socket) -> None:
            with connected:
                try:
                    read_request(connected)
                    behave(connected)
                except OSError:
                    return  # The other side hung up.

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
