"""What Prometheus is shown, and who may see it."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from digitsite.monitoring.tokens import require_token
from recognizer import selectors
from recognizer.models import Source
from recognizer.services.corrections import correction_record, correction_undo
from recognizer.tasks import webhooks_enqueue
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_image, make_prediction, make_user
from tests.monitoring.figures import TOKEN, Figures
from tests.recognizer.processes import ROOT, Site, served

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def metrics(tmp_path_factory):
    """The module, which counts in a folder of its own from its first import on."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path_factory.mktemp("metrics"))
    from digitsite.monitoring import metrics

    return metrics


@pytest.fixture
def site(metrics, settings):
    """A client of a site that counts."""
    settings.DIGITS_METRICS_TOKEN = TOKEN
    name = "digitsite.monitoring.metrics.MetricsMiddleware"
    settings.MIDDLEWARE = [name, *settings.MIDDLEWARE]
    # Only a new one reads the settings anew.
    return Client()


def shown(site):
    return Figures(site.get("/metrics", headers=BEARER).content.decode())


def test_unless_asked_for_there_are_no_figures(client):
    assert client.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer \u00e4\u00f6\u00fc"},
    ],
)
def test_nobody_sees_them_without_the_token(site, headers):
    answer = site.get("/metrics", headers=headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"digits_" not in answer.content


def test_staff_does_not_see_them_either(site, django_user_model):
    site.force_login(django_user_model.objects.create_superuser("root"))

    assert site.get("/metrics").status_code == 401


def test_prometheus_may_ask_by_any_name_and_in_plain_http(db, site, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = site.get("/metrics", headers=BEARER | {"Host": "10.1.2.3:8000"})

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert answer["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer


def test_they_can_only_be_looked_at(site):
    answer = site.post("/metrics", headers=BEARER)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_request_is_counted_by_view_method_and_status(db, site):
    name, labels = "digits_http_requests_total", ("api:predictions", "GET", "200")
    before = shown(site).of(name, *labels) or 0

    site.get("/api/predictions/?digit=7")

    after = shown(site)
    assert after.of(name, *labels) == before + 1
    timed = ("digits_http_request_seconds_count", "api:predictions", "GET")
    assert after.of(*timed) >= 1


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/api/no-such/thing-1/", ("none", "GET", "404")),
        ("GET", "/static/no-such.css", ("static", "GET", "404")),
        ("BREW", "/api/no-such/", ("none", "other", "404")),
    ],
)
def test_addresses_and_methods_that_somebody_makes_up_are_no_labels(
    db, site, method, path, labels
):
    name = "digits_http_requests_total"
    before = shown(site).of(name, *labels) or 0

    site.generic(method, path)

    assert shown(site).of(name, *labels) == before + 1


@pytest.fixture
def listening(metrics):
    metrics.listen()
    yield
    metrics.picture_read.disconnect(metrics._count_picture)
    metrics.request_refused.disconnect(metrics._count_refusal)
    metrics.delivery_attempted.disconnect(metrics._count_attempt)
    metrics.post_save.disconnect(metrics._count_correction, sender=metrics.Correction)


def rise(site, name, *labels):
    """How far a figure has risen since this was called first."""
    before = shown(site).of(name, *labels) or 0
    return lambda: (shown(site).of(name, *labels) or 0) - before


def test_pictures_are_counted_with_the_time_that_they_took(
    db, site, listening, stub_engine
):
    read = rise(site, "digits_pictures_read_total", "sure", "upload")
    seconds = rise(site, "digits_reading_seconds_sum", "upload")

    read_all(make_batch(source=Source.UPLOAD))

    assert read() == 2
    assert seconds() == pytest.approx(0.003)


def test_a_confirmed_label_is_counted_a_proposed_one_is_not(
    site, listening, alice, rita, django_capture_on_commit_callbacks
):
    digit = make_prediction().digits.get()
    confirmed = rise(site, "digits_corrections_confirmed_total", "page")

    with django_capture_on_commit_callbacks(execute=True):
        correction_record(digit=digit, label=3, viewer=Viewer(user=alice))
    assert confirmed() == 0
    with django_capture_on_commit_callbacks(execute=True):
        correction_record(digit=digit, label=3, viewer=rita)
        correction_undo(digit=digit, viewer=rita)
    assert confirmed() == 1


def test_what_was_rolled_back_is_not_counted(transactional_db, site, listening):
    digit = make_prediction().digits.get()
    rita = Viewer(user=make_user("rita", is_staff=True))
    confirmed = rise(site, "digits_corrections_confirmed_total", "page")

    with transaction.atomic():
        correction_record(digit=digit, label=3, viewer=rita)
        transaction.set_rollback(True)

    assert confirmed() == 0


def test_refusals_and_attempts_are_counted(db, site, listening, metrics):
    refused = rise(site, "digits_requests_refused_total", "login")
    failed = rise(site, "digits_webhook_attempts_total", "failed")

    metrics.request_refused.send(sender=None, scope="login")
    metrics.delivery_attempted.send(sender=None, result="failed")

    assert (refused(), failed()) == (1, 1)


@pytest.mark.usefixtures("tasks_in_database")
def test_it_says_what_waits_for_the_workers_and_since_when(db, site):
    now = timezone.now()
    webhooks_enqueue(at=now - timedelta(minutes=5))
    webhooks_enqueue(at=now - timedelta(minutes=1))
    webhooks_enqueue(at=now + timedelta(minutes=5))

    figures = shown(site)

    assert figures.of("digits_tasks_due", "default") == 2
    age_s = figures.of("digits_oldest_task_due_seconds", "default")
    assert age_s == pytest.approx(300, abs=60)
    assert figures.of("digits_tasks_due", "training") == 0
    assert figures.of("digits_oldest_task_due_seconds", "training") == 0


def test_it_says_how_many_files_are_to_be_read(db, site, stub_engine):
    read_all(make_batch())
    make_batch(("a.png", make_image()), ("b.png", make_image()), ("c", b"x"))

    figures = shown(site)

    assert figures.of("digits_batches_waiting") == 1
    assert figures.of("digits_files_waiting") == 3


def test_it_says_which_model_answers(db, site):
    live = selectors.model_version_live()

    figures = shown(site)

    assert figures.of("digits_live_model_info", "1", live.architecture) == 1


def test_a_look_costs_as_many_queries_whatever_there_is(
    db, site, stub_engine, django_assert_max_num_queries
):
    for _ in range(3):
        make_batch()

    with django_assert_max_num_queries(5):
        shown(site)


def test_without_a_database_it_still_shows_what_was_counted(site, monkeypatch, caplog):
    def away():
        raise DatabaseError("Nobody answers.")

    monkeypatch.setattr(selectors, "queue_states", away)
    site.get("/api/docs/")

    figures = shown(site)

    assert figures.of("digits_database_up") == 0
    counted = figures.of("digits_http_requests_total", "api:docs", "GET", "200")
    assert counted >= 1
    assert figures.of("digits_tasks_due", "default") is None


@pytest.mark.parametrize("token", ["", "fifteen-letters"])
def test_a_token_that_could_be_guessed_stops_the_site_with_words(token):
    with pytest.raises(ImproperlyConfigured, match="DIGITS_METRICS_TOKEN to have 16"):
        require_token(token)


def test_what_all_processes_counted_is_shown_also_by_those_that_are_gone(tmp_path):
    """Two of the server, and a worker that has ended when they are asked."""
    environment = Site(tmp_path).environment | {
        "DIGITS_METRICS": "on",
        "DIGITS_METRICS_TOKEN": TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }

    def manage(*arguments):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)

    def show():
        answer = requests.get(f"{url}/metrics", headers=BEARER, timeout=60)
        return Figures(answer.text)

    manage("migrate", "--verbosity", "0")
    files = [("files", (f"{n}.png", make_image(), "image/png")) for n in range(3)]
    with served(environment) as port:
        url = f"http://127.0.0.1:{port}"
        for _ in range(20):
            requests.get(f"{url}/api/predictions/", timeout=60)
        requests.post(f"{url}/api/batches/", files=files, timeout=60)
        before = show()
        manage("db_worker", "--batch", "--no-startup-delay")
        after = show()

    counted = before.of("digits_http_requests_total", "api:predictions", "GET", "200")
    assert counted == 20
    assert before.of("digits_files_waiting") == 3
    assert before.of("digits_reading_seconds_count", "api") is None
    assert after.of("digits_files_waiting") == 0
    assert after.of("digits_reading_seconds_count", "api") == 3
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) <= 3
