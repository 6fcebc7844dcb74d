"""HTTPS to the address that was checked, by the name that was given."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests.adapters

from recognizer.services import webhook_sending
from recognizer.services.webhook_sending import TOO_SLOW, message_send
from tests.recognizer.receivers import behaving, read_request

NAME = "receiver.example"


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate for a name, by itself, and its key: one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("Certificates are made with openssl, which is not installed.")
    key, certificate, both = (folder / part for part in ("key", "certificate", "both"))
    asked = f"""req -x509 -nodes -days 2
        -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
        -subj /CN={name} -addext subjectAltName=DNS:{name}
        -keyout {key} -out {certificate}"""
    subprocess.run([openssl, *asked.split()], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@contextmanager
def serving_tls(certificate: Path) -> Iterator[tuple[int, list[str]]]:
    """A server that answers 200 to one request; its port, and the names it heard."""
    names: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                raw, _ = server.accept()
                with context.wrap_socket(raw, server_side=True) as connected:
                    names.append(read_request(connected).decode())
                    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                return  # The other side did not like the certificate.

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], names
        thread.join()


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """The name stands for this machine, which alone is allowed beside the internet."""
    real = socket.getaddrinfo

    def look_up(host, *more, **named):
        return real("127.0.0.1" if host == NAME else host, *more, **named)

    guarded = webhook_sending._Guarded(is_https_proto=True, allow_loopback=True)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(webhook_sending, "is_public", lambda _: True)
    monkeypatch.setattr(webhook_sending, "_adapters", lambda: {"https://": guarded})


@pytest.fixture
def trusted(monkeypatch, tmp_path):
    """Makes a certificate that is trusted, for a name."""

    def make(name):
        path = make_certificate(tmp_path, name)
        monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(path))
        return path

    return make


def send(port):
    return message_send(url=f"https://{NAME}:{port}/hook", body=b"{}", headers={})


def test_the_receiver_is_called_and_verified_by_its_name(trusted):
    with serving_tls(trusted(NAME)) as (port, names):
        answer = send(port)

    assert answer.is_taken
    assert names[0] == NAME
    assert f"Host: {NAME}:{port}" in names[1]


def test_a_certificate_for_another_name_is_not_believed(trusted):
    with serving_tls(trusted("another.example")) as (port, _):
        answer = send(port)

    assert answer.status is None
    assert "certificate is not valid" in answer.error


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path):
    with serving_tls(make_certificate(tmp_path, NAME)) as (port, _):
        answer = send(port)

    assert "certificate is not valid" in answer.error


def test_a_greeting_that_drips_is_cut_short(monkeypatch):
    monkeypatch.setattr(webhook_sending, "ATTEMPT_S", 0.6)

    def drip(connected):
        # A record of TLS that is announced to be long.
        connected.sendall(b"\x16\x03\x03\x40\x00")
        while True:
            connected.sendall(b"\x02")
            time.sleep(0.05)

    with behaving(drip) as url:
        started = time.monotonic()
        answer = send(url.rpartition(":")[2].strip("/"))

    assert answer.error == TOO_SLOW
    assert time.monotonic() - started < 3
