"""Processes of a site of their own: a database, pictures and models in one folder."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Site:
    """A site of its own: a database, a folder of models, and processes on both.

    Attributes:
        proxy: what they reach the web through; nobody listens there by default.
        database_url: another database than the one in the folder, on PostgreSQL.
        redis_url: where work waits; in the database if nowhere.
    """

    folder: Path
    proxy: str = "http://127.0.0.1:9"
    database_url: str = ""
    redis_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder}/db.sqlite3",
            "MODELS_ROOT": str(self.folder / "models"),
            "MEDIA_ROOT": str(self.folder / "media"),
            "REDIS_URL": self.redis_url,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "http_proxy": self.proxy,
            "https_proxy": self.proxy,
        }

    def process(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def worker(self, queue: str = "default") -> subprocess.Popen[bytes]:
        """What does the work that waits."""
        if self.redis_url:
            return self.process("manage.py", "redis_worker", f"--queue-name={queue}")
        which = (f"--queue-name={queue}", "--interval=0.1", "--no-startup-delay")
        return self.process("manage.py", "db_worker", *which)

    def dying(self, moment: str) -> int:
        """What a process ended with that trains, and is killed at this moment."""
        return self.process("-m", "tests.recognizer.dying", moment).wait(timeout=300)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.database_url:
            with psycopg.connect(self.database_url) as server:
                return server.execute(query.encode()).fetchall()
        with sqlite3.connect(self.folder / "db.sqlite3", timeout=20) as database:
            return database.execute(query).fetchall()

    @property
    def runs(self) -> list[tuple[str, str]]:
        return self.rows("SELECT status, note FROM recognizer_trainingrun ORDER BY id")

    @property
    def versions(self) -> list[tuple[int, str]]:
        return self.rows("SELECT number, state FROM recognizer_modelversion")

    @property
    def folders(self) -> list[str]:
        models = self.folder / "models"
        return sorted(path.name for path in models.glob("*")) if models.is_dir() else []

    def let_a_minute_pass(self) -> None:
        """For those who look at when a run last said that it goes on."""
        self.rows(
            "UPDATE recognizer_trainingrun "
            "SET heartbeat_at = datetime(heartbeat_at, '-61 seconds')"
        )


@contextmanager
def served(environment: Mapping[str, str], *, log: Path | None = None) -> Iterator[int]:
    """Two workers of the site's server; the port where they answer.

    Args:
        log: where to write what they say; None: nowhere.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = ["--config", "digitsite/gunicorn.py"]
    with (log or Path(os.devnull)).open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *config, "digitsite.wsgi"],
            cwd=ROOT,
            env=dict(environment) | {"PORT": str(port), "WEB_CONCURRENCY": "2"},
            stdout=written,
            stderr=written,
        )
    try:
        wait_until(lambda: _is_listening(port))
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serve(site: Site, **settings: str) -> subprocess.Popen[bytes]:
    """What `make run` starts in the end."""
    return subprocess.Popen(
        [ROOT / "scripts/serve"],
        env=site.environment | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def is_answering(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/schema/", timeout=10) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def workers(process: subprocess.Popen[bytes], queue: str = "") -> list[int]:
    commands = children(process.pid)
    wanted = f"--queue-name {queue}"
    return [pid for pid, line in commands.items() if wanted in line]


def wait_until(is_so: Callable[[], object]) -> None:
    """Look again and again; a test that waits for ever says nothing."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at, "Waited in vain."
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether it runs still; one that is dead and not yet buried does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> dict[int, str]:
    """The processes that it started, and what started them in turn, by command line."""
    found: dict[int, str] = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text("utf-8").split()):
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            found[child] = command.replace(b"\0", b" ").decode()
            found |= children(child)
    return found
