"""A cheap client: keep-alive connections, prepared requests, a process each.

It must cost little beside the servers, which share the machine's cores with it: no
library, no parsing but of the status and the length.
"""

import json
import multiprocessing
import multiprocessing.connection
import multiprocessing.synchronize
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

TIMEOUT_S = 60.0
# One body in so many is read as JSON and looked at.
CHECK_EVERY = 20


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of a server, and what it must answer."""

    port: int
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Load:
    """How hard a server is driven."""

    clients: int
    seconds: float
    warm_up_requests: int = 20
    max_requests_per_client: int = 50_000


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of load: how long it took, and every latency."""

    clients: int
    seconds: float
    latencies_s: list[float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a server did: requests a second, and latencies in milliseconds."""

    clients: int
    requests: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float


class UnexpectedAnswer(Exception):
    """A server did not answer as it must; its figures would mean nothing."""


def drive(
    target: Target, pictures: Sequence[bytes | Sequence[bytes]], load: Load
) -> Run:
    """Send `pictures` to `target`, over and over, from `load.clients` processes.

    Args:
        pictures: one for each request, or several for each.
    Raises:
        UnexpectedAnswer: any answer had another status or no digit.
    """
    # Fork: what the clients send is there already, and they start in an instant.
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(load.clients)
    requests = [_request(target, picture) for picture in pictures]
    clients = []
    for number in range(load.clients):
        receiver, sender = context.Pipe(duplex=False)
        first = number * len(requests) // load.clients
        own = requests[first:] + requests[:first]
        client = context.Process(
            target=_run_client, args=(target, own, load, barrier, sender), daemon=True
        )
        client.start()
        sender.close()
        clients.append((client, receiver))
    reports = [_report(receiver) for _, receiver in clients]
    for client, _ in clients:
        client.join()
    started = min(report.started for report in reports)
    ended = max(report.ended for report in reports)
    latencies = [value for report in reports for value in report.latencies_s]
    return Run(load.clients, ended - started, latencies)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of the ordered values do not exceed (nearest rank)."""
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]


def _request(target: Target, pictures: bytes | Sequence[bytes]) -> bytes:
    boundary = secrets.token_hex(8)
    sent = [pictures] if isinstance(pictures, bytes) else pictures
    name = "image" if isinstance(pictures, bytes) else "images"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{name}"; filename="digit.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    parts = [head + each + b"\r\n" for each in sent]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return (
        f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        "Accept: application/json\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass(slots=True)
class _Report:
    started: float
    ended: float
    latencies_s: list[float]


def _run_client(
    target: Target,
    requests: Sequence[bytes],
    load: Load,
    barrier: multiprocessing.synchronize.Barrier,
    sender: multiprocessing.connection.Connection,
) -> None:
    try:
        sender.send(_measure(target, requests, load, barrier))
    # Whatever went wrong is told to the parent, which ends the measurement.
    except (UnexpectedAnswer, OSError, ValueError) as error:
        barrier.abort()
        sender.send(error)


def _measure(
    target: Target,
    requests: Sequence[bytes],
    load: Load,
    barrier: multiprocessing.synchronize.Barrier,
) -> _Report:
    connection = _Connection(target)
    turn = cycle(requests)
    for _ in range(load.warm_up_requests):
        connection.ask(next(turn))
    latencies_s: list[float] = []
    try:
        barrier.wait(timeout=TIMEOUT_S)
    except threading.BrokenBarrierError:
        raise UnexpectedAnswer("Another client failed.") from None
    started = now = time.perf_counter()
    while (
        now < started + load.seconds and len(latencies_s) < load.max_requests_per_client
    ):
        connection.ask(next(turn))
        before, now = now, time.perf_counter()
        latencies_s.append(now - before)
    return _Report(started, now, latencies_s)


class _Connection:
    """One connection, opened again where the server closes it after an answer."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket: socket.socket | None = None
        self._asked = 0

    def ask(self, request: bytes) -> None:
        if self._socket is None:
            address = ("127.0.0.1", self._target.port)
            self._socket = socket.create_connection(address, TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        head, body = _read_answer(self._socket)
        if b"connection: close" in head:
            self._socket.close()
            self._socket = None
        self._check(head, body)

    def _check(self, head: bytes, body: bytes) -> None:
        status = int(head[9:12])
        if status != self._target.status:
            raise UnexpectedAnswer(
                f"Expected status {self._target.status} from {self._target.path}. "
                f"Received: {status}: {body[:500]!r}"
            )
        is_looked_at = self._asked % CHECK_EVERY == 0
        if is_looked_at and not _has_digits(json.loads(body)):
            raise UnexpectedAnswer(f"Expected a digit. Received: {body[:500]!r}")
        self._asked += 1


def _has_digits(answer: Any) -> bool:
    entries = answer.get("results", [{"prediction": answer}])
    return all(each["prediction"]["digit"] in range(10) for each in entries)


def _read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of an answer, in lower case, and its body."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _receive(connection)
    head = received[:end].lower() + b"\r\n"
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise UnexpectedAnswer(f"Expected a Content-Length. Received: {head!r}")
    length = int(rest[: rest.index(b"\r\n")])
    while len(received) < end + 4 + length:
        received += _receive(connection)
    return head, received[end + 4 :]


def _receive(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise UnexpectedAnswer("Expected an answer. Received: a closed connection.")
    return piece


def _report(receiver: multiprocessing.connection.Connection) -> _Report:
    # A client that was killed leaves a closed pipe.
    report: _Report | Exception = receiver.recv()
    if isinstance(report, Exception):
        raise UnexpectedAnswer(str(report)) from report
    return report


def sum_up(runs: Sequence[Run]) -> Measured:
    """The figures of several runs with the same number of clients, taken together."""
    latencies = sorted(value for run in runs for value in run.latencies_s)
    return Measured(
        clients=runs[0].clients,
        requests=len(latencies),
        requests_per_s=len(latencies) / sum(run.seconds for run in runs),
        p50_ms=percentile(latencies, 0.50) * 1000,
        p99_ms=percentile(latencies, 0.99) * 1000,
    )
