"""Servers that something happens to, and databases of their own."""

import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.faults.traffic import ask
from tests.recognizer.processes import ROOT, Site, children, wait_until

CONFIG = ["--config", "digitsite/gunicorn.py"]


@dataclass(frozen=True)
class Served:
    """A running server of a site."""

    site: Site
    port: int
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return sorted(children(self.process.pid))


@contextmanager
def serving(site: Site, *, workers: int = 2) -> Iterator[Served]:
    """Some processes that answer for a site, at a port of their own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = {"PORT": str(port), "WEB_CONCURRENCY": str(workers), "DIGITS_THROTTLE": "off"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *CONFIG, "digitsite.wsgi"],
        cwd=ROOT,
        env=site.environment | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Served(site, port, process)
    try:
        wait_until(lambda: len(running.workers) == workers and _answers(port))
        yield running
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(port: int) -> bool:
    try:
        ask(port, "GET", "/api/predictions/")
    except OSError:
        return False
    return True


@contextmanager
def postgresql(given: Mapping[str, Any]) -> Iterator[str]:
    """The address of an empty database, which is dropped afterwards.

    Args:
        given: Django's settings of another one, on the same server.
    """
    name = f"digits_{uuid.uuid4().hex}"
    at = {
        "host": given["HOST"] or "127.0.0.1",
        "port": given["PORT"] or 5432,
        "user": given["USER"],
        "password": given["PASSWORD"],
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **at) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield "postgres://{user}:{password}@{host}:{port}/".format(**at) + name
        finally:
            server.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
