"""Requests that a proxy in front may understand otherwise than gunicorn does."""

import socket
from contextlib import closing

import pytest

from tests.recognizer.processes import Site, served

HOST = "Host: localhost\r\n"
# Answered with 404, if it is ever taken for a request of its own.
SECOND = f"GET /api/smuggled/ HTTP/1.1\r\n{HOST}\r\n"
POST = f"POST /api/predictions/ HTTP/1.1\r\n{HOST}"
CHUNKED = "Transfer-Encoding: chunked\r\n"
REQUESTS = {
    "a length and chunks": f"{POST}Content-Length: 4\r\n{CHUNKED}\r\n0\r\n\r\n",
    "two lengths": f"{POST}Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "a negative length": f"{POST}Content-Length: -1\r\n\r\n",
    "a length with a sign": f"{POST}Content-Length: +4\r\n\r\n",
    "a space before the colon": f"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunks of a kind": f"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a chunk of hexadecimal size": f"{POST}{CHUNKED}\r\n0x1\r\na\r\n0\r\n\r\n",
    "a folded header": f"GET /api/x/ HTTP/1.1\r\n{HOST}X-A: b\r\n c\r\n\r\n",
    "two hosts": f"GET /api/x/ HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n",
    "lines without returns": "GET /api/x/ HTTP/1.1\nHost: localhost\n\n",
    "a nul": f"GET /api/x/\0 HTTP/1.1\r\n{HOST}\r\n",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    with served(site.environment) as listening:
        yield listening


def answer_to(port, request):
    """All that comes until the server closes."""
    with closing(socket.create_connection(("127.0.0.1", port), 60)) as client:
        client.sendall(request.encode("ascii"))
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b"")).decode("ascii")


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_after_it_read(
    port, request_
):
    answer = answer_to(port, request_ + SECOND)

    assert answer.split()[1] in {"400", "411", "501"}
    assert "404" not in answer


def test_a_second_request_is_read_after_a_good_one(port):
    answer = answer_to(port, SECOND + SECOND)

    assert answer.count("HTTP/1.1 404") == 2


def test_a_header_with_an_underscore_is_nobodys(port):
    site = f"GET /accounts/login HTTP/1.1\r\n{HOST}X_Forwarded_Host: evil.example\r\n"

    assert "evil.example" not in answer_to(port, f"{site}Connection: close\r\n\r\n")
