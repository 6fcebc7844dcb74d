"""The log as JSON: what stands in it, and what never does."""

import json
import logging
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from digitsite.monitoring.json_lines import JsonLines
from digitsite.monitoring.logs import WithoutQueries, logging_config
from tests.recognizer.processes import ROOT, Site, served


def line_of(**record):
    made = logging.makeLogRecord({"name": "some.where", "levelname": "INFO"} | record)
    return json.loads(JsonLines().format(made))


def test_a_line_says_when_how_bad_where_and_what():
    line = line_of(msg="Read %d.", args=(3,), created=0.25, request_id="", task="")

    assert line == {
        "time": "1970-01-01T00:00:00.250000+00:00",
        "level": "INFO",
        "logger": "some.where",
        "message": "Read 3.",
    }


def break_badly():
    raise ValueError("It broke.\nBadly.")


def test_an_exception_stands_in_its_own_field():
    with pytest.raises(ValueError, match="It broke") as caught:
        break_badly()

    line = line_of(msg="Oh.", exc_info=caught._excinfo)

    assert line["message"] == "Oh."
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ValueError: It broke.\nBadly.")


def test_what_a_library_hangs_on_a_record_is_left_out():
    line = line_of(msg="Oh.", request="<GET /?token=hush>", data={"password": "hush"})

    assert "hush" not in json.dumps(line)


def test_gunicorns_lines_lose_the_query():
    record = logging.makeLogRecord(
        {"msg": "Error handling request %s %s", "args": ("GET", "/a/?token=hush")}
    )

    WithoutQueries().filter(record)

    assert record.getMessage() == "Error handling request GET /a/"


def test_a_form_that_is_none_is_refused_in_words():
    with pytest.raises(ImproperlyConfigured, match=r"lines, json\. Received: 'xml'"):
        logging_config("xml")


@pytest.fixture
def logged(settings, caplog):
    """A browser, and what is said of its requests."""
    name = "digitsite.monitoring.json_lines.RequestLogMiddleware"
    settings.MIDDLEWARE = [name, *settings.MIDDLEWARE]
    caplog.set_level("INFO", "digitsite.requests")
    # Only a new one reads the settings anew.
    return Client(), caplog


def test_of_a_request_it_is_said_how_it_went(logged):
    client, log = logged

    client.get("/nowhere/?token=hush")

    (record,) = [each for each in log.records if each.name == "digitsite.requests"]
    assert (record.method, record.path, record.status) == ("GET", "/nowhere/", 404)
    assert 0 < record.ms < 60_000
    assert record.getMessage() == "GET /nowhere/ 404"


def test_who_asked_is_said_by_his_key(logged, alice):
    client, log = logged
    client.force_login(alice)

    client.get(reverse("web:history"))

    assert log.records[-1].user == alice.pk


def test_nobody_is_looked_up_for_the_log(logged, alice, django_assert_num_queries):
    client, log = logged
    client.force_login(alice)

    with django_assert_num_queries(0):
        client.get("/api/docs/")

    assert log.records[-1].user is None


def lines_in(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_all_that_a_server_says_is_json(tmp_path):
    log = tmp_path / "log"
    environment = Site(tmp_path).environment | {"DIGITS_LOG": "json"}
    with (
        served(environment, log=log) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        headers = {"X-Request-ID": "of-a-proxy", "Authorization": "Token hush"}
        connection.request("GET", "/api/nowhere/?token=hush", headers=headers)
        connection.getresponse().read()

    lines = lines_in(log)
    assert {"gunicorn.error", "digitsite.requests"} <= {
        each["logger"] for each in lines
    }
    (of_it,) = [each for each in lines if each["logger"] == "digitsite.requests"]
    assert of_it["request_id"] == "of-a-proxy"
    assert (of_it["path"], of_it["status"], of_it["user"]) == (
        "/api/nowhere/",
        404,
        None,
    )
    assert "hush" not in log.read_text()


def test_what_a_worker_says_names_its_task(tmp_path):
    environment = Site(tmp_path).environment | {"DIGITS_LOG": "json"}

    def manage(*arguments):
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in result.stderr.splitlines()]

    manage("migrate", "--verbosity", "0")
    enqueue = "from recognizer.tasks import webhooks_enqueue as w; w(at=None)"
    manage("shell", "-v", "0", "--no-imports", "-c", enqueue)
    lines = manage("db_worker", "--batch", "--no-startup-delay")

    (ended,) = [each for each in lines if "SUCCESSFUL" in each["message"]]
    assert ended["task"] == "send_webhooks"
    assert f"id={ended['task_id']} " in ended["message"]
    assert "task" not in lines[-1], "It ended before."
