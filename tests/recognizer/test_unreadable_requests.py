"""Requests that gunicorn cannot read: Django never sees them."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection

import pytest

from digitsite.unreadable import write_error
from tests.recognizer.processes import Site, served


def answer(status, reason, message=""):
    """Head and body of what is written."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        write_error(ours, status, reason, message)
        ours.shutdown(socket.SHUT_WR)
        written = b"".join(iter(lambda: theirs.recv(65536), b""))
    head, _, body = written.partition(b"\r\n\r\n")
    return head.decode("ascii"), body


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (414, "address_too_long"),
        (417, "bad_request"),
        (431, "headers_too_large"),
        (500, "server_error"),
        (501, "server_error"),
    ],
)
def test_they_are_answered_in_the_one_shape(status, code):
    head, body = answer(status, "Reason", "Invalid <header>\u2026\ud800")

    error = json.loads(body)["error"]
    assert head.startswith(f"HTTP/1.1 {status} Reason\r\n")
    assert "Content-Type: application/json" in head
    assert f"Content-Length: {len(body)}" in head
    assert error["code"] == code
    assert error["message"]


def test_what_was_sent_is_not_said_back_at_any_length():
    _, body = answer(400, "Bad Request", "x" * 10_000)

    assert len(body) < 300


def test_gunicorn_answers_so(tmp_path):
    with (
        served(Site(tmp_path).environment) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        connection.request("GET", "/api/predictions/", headers={"X-Big": "x" * 9000})
        response = connection.getresponse()
        error = json.loads(response.read())["error"]

    assert response.status == 431
    assert response.headers["Content-Type"] == "application/json"
    assert error["code"] == "headers_too_large"
