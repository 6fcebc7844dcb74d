"""What real processes of a site answer to those who ask how they are."""

import json
import socket
import time
from contextlib import closing
from http.client import HTTPConnection

from digitsite.health import LIMIT_S
from tests.recognizer.processes import Site, served


def ask(port, path):
    """Status and answer of a real process, asked by its number and without HTTPS."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": "10.1.2.3"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def states(body):
    return {name: check["state"] for name, check in body["checks"].items()}


def test_a_real_site_is_ready_until_its_storage_is_gone(prepared, tmp_path):
    site = Site(prepared)
    media = tmp_path / "media"
    environment = site.environment | {
        "MEDIA_ROOT": str(media),
        "DIGITS_HTTPS": "on",
        "DIGITS_ANONYMOUS": "off",
        "ALLOWED_HOSTS": "digits.example",
    }

    with served(environment) as port:
        before = ask(port, "/readyz")
        media.rename(tmp_path / "elsewhere")
        media.write_text("no folder")
        time.sleep(1.2)  # The same again, for a second.
        after = ask(port, "/readyz")
        alive = ask(port, "/healthz")

    assert before[0] == 200
    assert set(states(before[1]).values()) == {"ok"}
    assert set(before[1]["checks"]) == {"database", "storage", "model", "queue"}
    assert after[0] == 503
    assert states(after[1]) == states(before[1]) | {"storage": "failed"}
    assert alive == (200, {"state": "ok"})


def test_a_database_without_tables_is_not_ready(tmp_path):
    with served(Site(tmp_path).environment) as port:
        status, body = ask(port, "/readyz")

    assert status == 503
    assert states(body)["database"] == "failed"


def test_a_database_that_hangs_is_told_of_in_time(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgres://digits:secret@127.0.0.1:{port}/digits"
        with served(Site(tmp_path, database_url=url).environment) as port:
            # Once it has started.
            alive = ask(port, "/healthz")
            begun_at = time.monotonic()
            status, body = ask(port, "/readyz")
            took_s = time.monotonic() - begun_at

    assert status == 503
    assert took_s < LIMIT_S + 1
    assert states(body)["database"] == "failed"
    assert states(body)["storage"] == "ok"
    assert "secret" not in str(body)
    assert alive == (200, {"state": "ok"})
