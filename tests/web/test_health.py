"""What balancers and watchdogs ask: whether a process lives, and can serve."""

import pytest

from digitsite import health
from recognizer.health.findings import Check, advice, failed, ok

BOTH = ("/healthz", "/readyz")


def make_check(name="thing", said=None):
    return Check(name, lambda: said or ok("It is well."), "It is not well.")


@pytest.fixture
def checks(monkeypatch):
    """What /readyz looks at: one thing, unless a test says more."""
    checks = [make_check()]
    monkeypatch.setattr(health, "READINESS", checks)
    monkeypatch.setattr(health, "_last_states", {})
    return checks


# Without the fixture `db`, whoever asks the database fails.


def test_a_process_that_lives_says_so_and_asks_nobody(client, settings):
    settings.DIGITS_ANONYMOUS = False
    # Looked up, it would cost a query.
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"state": "ok"})


def test_each_thing_is_named_with_how_it_is(client, checks):
    checks.append(make_check("other"))

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "state": "ok",
        "checks": {
            "thing": {"state": "ok", "message": "It is well."},
            "other": {"state": "ok", "message": "It is well."},
        },
    }


def test_who_cannot_serve_says_so_and_not_more(client, checks):
    checks.append(make_check("other", failed("It is gone.", "Look at 10.1.2.3.")))

    response = client.get("/readyz")

    assert response.status_code == 503
    body = response.json()
    assert body["state"] == "failed"
    assert body["checks"]["thing"]["state"] == "ok"
    assert body["checks"]["other"] == {"state": "failed", "message": "It is gone."}


def test_the_log_says_why_once_and_when_it_is_over(client, checks, caplog):
    gone = make_check(said=failed("It is gone.", "Look at 10.1.2.3."))

    for now in (gone, gone, make_check()):
        checks[:] = [now]
        client.get("/readyz")

    told = [each.message for each in caplog.records if each.name == "digitsite.health"]
    assert told == [
        "thing is failed, and was ok: It is gone. Look at 10.1.2.3.",
        "thing is ok, and was failed: It is well. ",
    ]


def test_what_could_be_better_is_told_and_takes_nobody_away(client, checks):
    checks.append(make_check("other", advice("It is late.", "Hurry.")))

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["checks"]["other"]["state"] == "advice"


@pytest.mark.parametrize("path", BOTH)
def test_no_answer_is_kept_anywhere(client, checks, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", BOTH)
def test_only_who_reads_is_answered(client, checks, path):
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", BOTH)
def test_nothing_of_a_deployment_is_in_the_way(client, checks, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["digits.example"]
    settings.DIGITS_ANONYMOUS = False

    response = client.get(path, headers={"host": "10.1.2.3"})

    assert response.status_code == 200
