"""Clients that send or take as little as they can, to keep the server's threads."""

import socket
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from digitsite import workers
from digitsite.workers import PatientSocket
from tests.recognizer.processes import Site, served

HALF_A_HEAD = b"GET /api/predictions/ HTTP/1.1\r\nHost: local"
HALF_A_BODY = (
    b"POST /api/predictions/ HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: image/png\r\nContent-Length: 5000\r\n\r\nhalf"
)


@pytest.fixture
def ends(monkeypatch):
    """The server's end of a connection, and the client's."""
    monkeypatch.setattr(workers, "PATIENCE_S", 0.4)
    monkeypatch.setattr(workers, "PRESSED_S", 0.1)
    monkeypatch.setattr(workers, "LOOK_S", 0.02)
    monkeypatch.setattr(workers, "SENDING_S", 0.6)
    server, client = socket.socketpair()
    with closing(PatientSocket(fileno=server.detach())) as ours, closing(client):
        ours.setblocking(True)
        ours.begin_request(lambda: False)
        yield ours, client


def seconds_until_given_up(ours):
    began_s = time.monotonic()
    with pytest.raises(ConnectionResetError):
        b"".join(iter(lambda: ours.recv(100), b""))
    return time.monotonic() - began_s


def send_slowly(client, pieces, *, every_s):
    def send():
        for piece in pieces:
            time.sleep(every_s)
            client.sendall(piece)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_who_sends_nothing_is_given_up(ends):
    ours, _ = ends

    assert 0.3 < seconds_until_given_up(ours) < 2


def test_who_sends_a_byte_now_and_then_is_given_up(ends):
    ours, client = ends
    sending = send_slowly(client, [b"x"] * 12, every_s=0.1)

    assert seconds_until_given_up(ours) < 1
    sending.join()


def test_who_sends_slowly_but_enough_is_waited_for(ends, monkeypatch):
    monkeypatch.setattr(workers, "SLOWEST_BYTES_S", 100)
    ours, client = ends
    sending = send_slowly(client, [b"x" * 50] * 12, every_s=0.1)

    received = sum(len(ours.recv(50)) for _ in range(12))

    assert received == 600
    sending.join()


def test_while_others_wait_there_is_less_patience(ends):
    ours, _ = ends
    ours.begin_request(lambda: True)

    assert seconds_until_given_up(ours) < 0.3


def test_the_next_request_is_waited_for_as_the_first(ends):
    ours, client = ends
    seconds_until_given_up(ours)

    ours.begin_request(lambda: False)
    client.sendall(b"next")

    assert ours.recv(100) == b"next"


def test_who_takes_nothing_is_given_up(ends):
    ours, _ = ends

    with pytest.raises(BrokenPipeError):
        ours.sendall(bytes(50_000_000))


def test_who_takes_it_slowly_gets_all_of_it(ends):
    ours, client = ends
    taken = []

    def take():
        while sum(taken) < 1_000_000:
            time.sleep(0.04)
            taken.append(len(client.recv(40_000)))

    taking = threading.Thread(target=take)
    taking.start()
    began_s = time.monotonic()
    ours.sendall(bytes(1_000_000))

    taking.join()
    assert sum(taken) == 1_000_000
    assert time.monotonic() - began_s > workers.SENDING_S


def ask(port):
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/api/nothing/")
        return connection.getresponse().status


@pytest.mark.parametrize("begun", [b"", HALF_A_HEAD, HALF_A_BODY])
def test_half_requests_do_not_stop_the_site(tmp_path, begun):
    with served(Site(tmp_path).environment) as port, ExitStack() as slow:
        assert ask(port) == 404
        for _ in range(24):
            client = slow.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(begun)

        # Several times, as one of the two processes may have met fewer of them.
        assert [ask(port) for _ in range(4)] == [404] * 4
