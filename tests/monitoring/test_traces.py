"""What a collector of traces is sent, by real processes to a real server."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests

from recognizer.models import WebhookEvent
from recognizer.services.webhook_deliveries import deliveries_send
from recognizer.services.webhooks import webhook_publish
from recognizer.steps import step
from tests.factories import make_image, make_webhook
from tests.monitoring.collector import collecting
from tests.recognizer.processes import ROOT, Site, served, wait_until
from tests.recognizer.receivers import listening

PICTURE = ["decode", "preprocess", "encode", "infer"]


@pytest.fixture
def collector():
    with collecting() as collector:
        yield collector


@pytest.fixture
def traced(collector, tmp_path):
    """The environment of a site that sends its traces there, with a database."""
    environment = Site(tmp_path).environment | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",  # ms
        "no_proxy": "127.0.0.1",
    }
    manage(environment, "migrate", "--verbosity", "0")
    return environment


def manage(environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def test_a_picture_is_followed_from_its_request_to_the_network(collector, traced):
    with served(traced) as port:
        requests.post(
            f"http://127.0.0.1:{port}/api/predictions/",
            files={"image": make_image()},
            headers={"X-Request-ID": "of-a-proxy"},
            timeout=60,
        )
        # It ends last, and is sent last.
        wait_until(lambda: collector.has("POST api/predictions/"))

    request = collector.named("POST api/predictions/")
    read = collector.named("read")
    assert read.parent == request.key
    assert {collector.named(name).parent for name in PICTURE} == {read.key}
    assert request.attributes["digits.request_id"] == "of-a-proxy"
    assert (request.service, read.attributes["digits.model_version"]) == (
        "digitsite",
        1,
    )
    inserts = [each for each in collector.spans if each.name == "INSERT"]
    assert {each.parent for each in inserts} == {request.key}


def test_neither_queries_of_addresses_nor_headers_are_sent(collector, traced):
    with served(traced) as port:
        requests.get(
            f"http://127.0.0.1:{port}/api/predictions/?key=hush",
            headers={"Authorization": "Token hush", "Cookie": "key=hush"},
            timeout=60,
        )
        wait_until(lambda: collector.has("GET api/predictions/"))

    assert "api/predictions/" in repr(collector.spans)
    assert "hush" not in repr(collector.spans)


def test_a_task_is_followed_and_a_worker_that_looks_for_one_is_not(collector, traced):
    enqueue = "from recognizer.tasks import webhooks_enqueue as w; w(at=None)"
    manage(traced, "shell", "-v", "0", "--no-imports", "-c", enqueue)
    manage(traced, "db_worker", "--batch", "--no-startup-delay")

    task = collector.named("task send_webhooks")
    assert task.attributes["digits.queue"] == "default"
    assert not task.is_error
    others = [each for each in collector.spans if each is not task]
    assert others, "What it asked of the database."
    assert {each.trace for each in others} == {task.trace}


def test_a_task_that_fails_is_an_error(collector, traced):
    enqueue = (
        "from recognizer.tasks import read_batch;"
        "from django.utils import timezone as t;"
        "read_batch.using(run_after=t.now()).enqueue('no key')"
    )
    manage(traced, "shell", "-v", "0", "--no-imports", "-c", enqueue)
    manage(traced, "db_worker", "--batch", "--no-startup-delay")

    assert collector.named("task read_batch").is_error


class Followed:
    """Steps, and what was said of them."""

    def __init__(self):
        self.steps = []

    @contextmanager
    def __call__(self, name):
        said = {}
        self.steps.append((name, said))

        class Step:
            def set_attribute(self, key, value):
                said[key] = value

        yield Step()


@pytest.fixture
def followed():
    followed = Followed()
    step.follow(followed)
    yield followed.steps
    step.follow(None)


def test_of_a_webhooks_address_only_the_host_is_said(alice, settings, followed):
    settings.DIGITS_WEBHOOK_PRIVATE = True
    with listening() as receiver:
        make_webhook(owner=alice, url=f"{receiver.url}/hush?key=hush")
        webhook_publish(event=WebhookEvent.BATCH_FINISHED, data={}, owner=alice)
        deliveries_send()

    said = {"server.address": "127.0.0.1", "http.response.status_code": 200}
    assert followed == [("webhook", said)]
    assert "traceparent" not in receiver.heard[0].headers


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        }
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_unless_asked_for_none_of_this_is_imported():
    code = (
        "import json, sys, digitsite.wsgi, recognizer.tasks;"
        "from django.urls import resolve; resolve('/');"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )

    imported = set(json.loads(run(code).stdout))

    assert "django" in imported
    assert not {"opentelemetry", "prometheus_client", "pythonjsonlogger"} & imported


def test_where_the_packages_are_missing_it_is_said_what_to_install():
    code = "import sys; sys.modules['opentelemetry'] = None; import digitsite.wsgi"

    result = run(code, DIGITS_TRACES="on")

    assert result.returncode != 0
    assert "Install what requirements.txt names (make setup)" in result.stderr


def test_traces_can_be_switched_off_wherever_they_would_be_sent():
    code = "from django.conf import settings; print(settings.DIGITS_TRACES)"
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}

    assert run(code).stdout == "False\n"
    assert run(code, **endpoint).stdout == "True\n"
    assert run(code, **endpoint, DIGITS_TRACES="off").stdout == "False\n"
