"""One attempt over the network: to good receivers, and to bad and forbidden ones."""

import socket
import threading
import time
import tracemalloc
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from recognizer.services import webhook_sending
from recognizer.services.webhook_sending import PRIVATE, TOO_SLOW, message_send
from tests.recognizer.receivers import behaving

PUBLIC = "93.184.215.14"


@pytest.fixture
def hurried(monkeypatch):
    """Limits of parts of a second."""
    monkeypatch.setattr(webhook_sending, "ATTEMPT_S", 0.6)
    monkeypatch.setattr(webhook_sending.CONFIG, "default_timeout", (0.4, 0.4))


def send(url):
    return message_send(url=url, body=b'{"type":"ping"}', headers={"webhook-id": "7"})


def test_what_is_sent_arrives_as_it_is(receiver):
    answer = send(receiver.url)

    assert (answer.is_taken, answer.status, answer.error) == (True, 200, "")
    [heard] = receiver.heard
    assert heard.body == b'{"type":"ping"}'
    assert heard.headers["webhook-id"] == "7"
    assert heard.headers["user-agent"] == "Digitsite webhooks"


def test_any_status_of_success_means_taken(receiver):
    receiver.answers = [204]

    assert send(receiver.url).is_taken


def test_an_error_is_told_with_the_beginning_of_its_text(receiver):
    receiver.answers = [(500, {}, b"no\x00 room " + b"x" * 3000)]

    answer = send(receiver.url)

    assert not answer.is_taken
    assert answer.status == 500
    assert answer.error.startswith("500 Internal Server Error: no  room xxx")
    assert len(answer.error) == 500


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [(302, {"Location": receiver.url}, b"")]

    answer = send(receiver.url)

    assert answer.status == 302
    assert "redirects are not followed" in answer.error
    assert len(receiver.heard) == 1


BEYOND_ALL_CALENDARS = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"


def test_how_long_a_receiver_wants_to_be_left_alone_is_heard(receiver):
    then = timezone.now() + timedelta(minutes=10)
    receiver.answers = [
        (503, {"Retry-After": "120"}, b""),
        (429, {"Retry-After": format_datetime(then, usegmt=False)}, b""),
        (503, {"Retry-After": "soon"}, b""),
        (503, {"Retry-After": BEYOND_ALL_CALENDARS}, b""),
        (500, {"Retry-After": "120"}, b""),
    ]

    waits = [send(receiver.url).retry_after_s for _ in range(5)]

    assert waits == [120, pytest.approx(600, abs=5), 0, 0, 0]


def test_a_receiver_that_never_answers_is_not_waited_for(private, hurried):
    with behaving(lambda connected: time.sleep(5)) as url:
        started = time.monotonic()
        answer = send(url)

    assert time.monotonic() - started < 2
    assert answer.status is None
    assert "did not answer within" in answer.error


def drip(first: bytes, drop: bytes):
    def behave(connected):
        connected.sendall(first)
        while True:
            connected.sendall(drop)
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n"),
    ],
    ids=["status", "headers"],
)
def test_a_receiver_that_drips_is_cut_short(private, hurried, first, drop):
    with behaving(drip(first, drop)) as url:
        started = time.monotonic()
        answer = send(url)

    assert time.monotonic() - started < 2
    assert not answer.is_taken
    assert answer.error == TOO_SLOW


def test_an_error_that_drips_is_told_without_its_text(private, hurried):
    first = b"HTTP/1.1 500 Oops\r\nContent-Length: 9999\r\n\r\n"

    with behaving(drip(first, b"x")) as url:
        started = time.monotonic()
        answer = send(url)

    assert time.monotonic() - started < 2
    assert answer.status == 500
    assert answer.error.startswith("500 Oops")


def test_a_success_is_not_read_to_its_end(private, hurried):
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"

    with behaving(drip(first, b"x")) as url:
        started = time.monotonic()
        answer = send(url)

    assert answer.is_taken
    assert time.monotonic() - started < 0.5


def flood(first: bytes):
    def behave(connected):
        connected.sendall(first + b"\r\n\r\n")
        while True:
            connected.sendall(b"x" * 65536)

    return behave


@pytest.mark.parametrize(
    "first", [b"HTTP/1.1 500 Oops", b"HTTP/1.1 302 Found\r\nLocation: /elsewhere"]
)
def test_an_endless_answer_is_not_taken_into_memory(private, hurried, first):
    with behaving(flood(first)) as url:
        tracemalloc.start()
        answer = send(url)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert not answer.is_taken
    assert most < 5_000_000


def test_nobody_listening_is_an_error_in_words(private):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert "could not be reached" in send(f"http://127.0.0.1:{port}/").error


@pytest.mark.parametrize(
    "url", ["http://a..b/", "http://[::1/", "http://" + "a" * 70 + ".example/"]
)
def test_a_name_that_is_none_is_an_error_in_words(private, url):
    answer = send(url)

    assert answer.status is None
    assert answer.error


def test_a_proxy_of_the_environment_is_not_asked(receiver, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert send(receiver.url).is_taken


def test_no_password_is_taken_from_the_home_folder(receiver, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login root password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    send(receiver.url)

    assert "authorization" not in receiver.heard[0].headers


# By default, private networks are out of bounds.


@pytest.fixture
def connections(monkeypatch):
    """Every address that is connected to; none of them answers."""
    made = []

    def refuse(self, address):
        made.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return made


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104  (called, not listened at)
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_no_private_address_is_called(connections, host):
    answer = send(f"https://{host}/hook")

    assert answer.error == PRIVATE
    assert connections == []


def resolve(monkeypatch, *answers):
    """What a name is resolved to, one answer after the other; says how often."""
    asked = []

    def getaddrinfo(host, port, *_, **__):
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    real = socket.getaddrinfo

    def of_names(host, port, *more, **named):
        is_name = host == "rebinding.example"
        return (getaddrinfo if is_name else real)(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", of_names)
    return asked


def test_a_name_that_stands_for_a_private_address_is_not_called(
    connections, monkeypatch
):
    resolve(monkeypatch, "10.0.0.1")

    assert send("https://rebinding.example/").error == PRIVATE
    assert connections == []


def test_the_address_that_was_checked_is_the_one_that_is_called(
    connections, monkeypatch
):
    asked = resolve(monkeypatch, PUBLIC, "127.0.0.1")

    answer = send("https://rebinding.example/")

    assert connections == [PUBLIC]
    assert asked == ["rebinding.example"]
    assert "could not be reached" in answer.error


def test_without_leave_nothing_is_sent_in_the_clear(connections):
    answer = send(f"http://{PUBLIC}/")

    assert answer.error == "Give an address that begins with https://."
    assert connections == []


def test_what_is_looked_up_for_too_long_is_not_called_in_the_end(
    receiver, hurried, monkeypatch
):
    real, is_looked_up = socket.getaddrinfo, threading.Event()

    def slow(*arguments, **named):
        time.sleep(0.8)
        is_looked_up.set()
        return real(*arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    answer = send(receiver.url)

    assert is_looked_up.is_set()
    assert answer.error == TOO_SLOW
    assert receiver.heard == []
