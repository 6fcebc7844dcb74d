"""A Redis of one's own: for tests, and around a command that needs one.

    python -m tests.services pytest tests/web

starts a Redis, runs the command with REDIS_URL, and ends with what it ended with.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

MISSING = (
    "These tests need Redis, and there is no program redis-server. Install it; on "
    "Debian and Ubuntu: sudo apt-get install redis-server"
)
PATIENCE_S = 20


class RedisServer:
    """A Redis that can be stopped, and started again at the same port."""

    def __init__(self, folder: str, port: int) -> None:
        self._folder = folder
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{port}/0"

    def start_if_stopped(self) -> None:
        if self._process is None:
            self.start()

    def start(self) -> None:
        listens = ["--bind", "127.0.0.1", "--port", str(self._port)]
        # What it has is gone with it.
        keeps = ["--dir", self._folder, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *listens, *keeps],  # noqa: S607  (wherever it is)
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            if time.monotonic() > until:
                raise TimeoutError(f"Redis does not answer at {self.url}.")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(folder, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def main() -> int:
    if shutil.which("redis-server") is None:
        print(MISSING, file=sys.stderr)  # noqa: T201  (it is a command)
        return 1
    with redis_server() as server:
        environment = os.environ | {"REDIS_URL": server.url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
