"""Fails in words where gunicorn could not listen; it would try for five seconds."""

import os
import socket
import sys


def main() -> str | None:
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "8000"
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            # As gunicorn does: the last server's closing connections do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return (
            f"Nothing can listen at {host}:{port} ({error.strerror}). "
            "Stop what does, or take another port: make run PORT=8001"
        )
    return None


if __name__ == "__main__":
    sys.exit(main())
