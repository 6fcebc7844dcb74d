"""By its id a request is found in the log, and in what a proxy says of it."""

import logging
import re

import pytest

from digitsite.monitoring.logs import NameWhatGoesOn


@pytest.fixture
def said_of(monkeypatch):
    """Which request each line of Django's log was said to belong to."""
    named = []

    class Handler(logging.Handler):
        def emit(self, record):
            named.append((record.getMessage(), record.request_id, record.about))

    handler = Handler()
    handler.addFilter(NameWhatGoesOn())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield named
    logger.removeHandler(handler)


def test_every_answer_says_an_id_of_its_own(client):
    ids = {client.get("/api/docs/")["X-Request-ID"] for _ in range(3)}

    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


@pytest.mark.parametrize(
    "given",
    [
        "3f2b8a64-5f0e-4c1e-9d35-0b3a1c2d4e5f",
        "Root=1-67891233-abcdef012345678912345678",
        "b" * 128,
    ],
)
def test_the_id_that_a_proxy_gave_is_kept(client, given):
    answer = client.get("/nowhere/", headers={"X-Request-ID": given})

    assert answer["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "seven77", "b" * 129, 'a" level="ERROR', "line\nbreak", "ünïcödé-id"]
)
def test_what_does_not_look_like_an_id_is_replaced(client, given):
    answer = client.get("/nowhere/", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])


def test_the_lines_of_a_request_name_it(client, said_of):
    client.get("/nowhere/", headers={"X-Request-ID": "of-a-proxy"})

    assert said_of == [
        ("Not Found: /nowhere/", "of-a-proxy", " [request of-a-proxy]"),
    ]


def test_what_is_said_after_a_request_does_not_name_it(client, said_of):
    client.get("/api/docs/", headers={"X-Request-ID": "of-a-proxy"})

    logging.getLogger("django.request").warning("Later.")

    assert said_of == [("Later.", "", "")]
