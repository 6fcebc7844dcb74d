"""What `manage.py doctor` looks at, and how it says what it found."""

import json
import subprocess
import sys

import pytest
from django.core.checks import Error
from django.core.checks import Warning as CheckWarning
from django.core.management import call_command

from recognizer.health import configuration
from recognizer.health.findings import Check, State, advice, failed, ok
from recognizer.management.commands import doctor
from tests.recognizer.processes import ROOT, Site

LONG_KEY = "a-key-of-the-operators-own-with-more-than-fifty-letters-in-it"


@pytest.fixture
def found(monkeypatch):
    """What the checks say, by name; a test fills it."""
    found = {"thing": ok("It is well.")}
    monkeypatch.setattr(
        doctor,
        "_checks",
        lambda: [
            Check(name, lambda said=said: said, "") for name, said in found.items()
        ],
    )
    return found


# How it is said.


def test_a_line_says_how_each_thing_is(found, capsys):
    found["other thing"] = advice("It is late.", "Hurry.")

    call_command("doctor")

    assert capsys.readouterr().out.splitlines() == [
        "ok      thing        It is well.",
        "advice  other thing  It is late. Hurry.",
    ]


def test_what_failed_is_the_exit_status(found, capsys):
    found["other"] = failed("It is gone.", "Look\nfor it.")

    with pytest.raises(SystemExit) as ended:
        call_command("doctor")

    assert ended.value.code == 1
    assert "failed  other  It is gone. Look for it.\n" in capsys.readouterr().out


def test_programs_get_all_of_it(found, capsys):
    found["other"] = advice("It is late.", "Hurry.")

    call_command("doctor", format="json")

    assert json.loads(capsys.readouterr().out) == {
        "state": "ok",
        "checks": [
            {"name": "thing", "state": "ok", "message": "It is well.", "hint": ""},
            {
                "name": "other",
                "state": "advice",
                "message": "It is late.",
                "hint": "Hurry.",
            },
        ],
    }


def examine(environment):
    """The exit status of a real doctor, and what it found by name."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--format", "json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    checks = json.loads(ended.stdout)["checks"]
    return ended.returncode, {each["name"]: each for each in checks}


def test_a_site_that_is_well_has_nothing_that_failed(prepared):
    status, checks = examine(Site(prepared).environment)

    assert status == 0, checks
    assert len(checks) == 20
    assert checks["database server"]["message"].startswith("SQLite 3.")
    assert checks["model files"]["message"].startswith("The files of version 1 are")


def test_a_site_without_a_database_is_told_what_to_do(tmp_path):
    url = "postgres://digits:hunter2@127.0.0.1:9/digits"

    status, checks = examine(Site(tmp_path, database_url=url).environment)

    assert status == 1
    failing = {name for name, each in checks.items() if each["state"] == "failed"}
    of_the_database = {"database", "database server", "migrations", "clock", "queue"}
    assert failing == of_the_database | {"model", "model files"}
    assert "Look at DATABASE_URL" in checks["database"]["hint"]
    assert "hunter2" not in str(checks)


# Settings.


@pytest.mark.parametrize(
    ("hosts", "state"),
    [(["localhost"], State.ADVICE), (["digits.example"], State.FAILED)],
)
def test_debugging_is_worse_the_more_can_see_it(settings, hosts, state):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, hosts

    assert configuration.debug().state == state


def test_without_debugging_nothing_is_said(settings):
    settings.DEBUG = False

    assert configuration.debug().state == State.OK


@pytest.mark.parametrize("key", ["short", f"django-insecure-{LONG_KEY}"])
def test_a_key_that_can_be_guessed_is_found_out(settings, key):
    settings.SECRET_KEY = key

    said = configuration.secret_key()

    assert said.state == State.ADVICE
    assert "token_urlsafe" in said.hint


def test_where_the_key_comes_from_is_told(settings, tmp_path):
    settings.VAR_DIR, settings.SECRET_KEY = tmp_path, LONG_KEY

    from_environment = configuration.secret_key()
    (tmp_path / "secret_key").write_text(LONG_KEY)
    (tmp_path / "secret_key").chmod(0o600)
    from_file = configuration.secret_key()

    assert from_environment == ok("It is set in the environment.")
    assert from_file.state == State.OK
    assert "made here" in from_file.message


def test_a_key_that_others_can_read_is_found_out(settings, tmp_path):
    settings.VAR_DIR, settings.SECRET_KEY = tmp_path, LONG_KEY
    (tmp_path / "secret_key").write_text(LONG_KEY)
    (tmp_path / "secret_key").chmod(0o644)

    said = configuration.secret_key()

    assert said.state == State.ADVICE
    assert said.hint == f"chmod 600 {tmp_path / 'secret_key'}"


@pytest.mark.parametrize(
    ("hosts", "is_https", "words"),
    [
        (["*"], True, "ALLOWED_HOSTS, not *"),
        (["localhost"], True, "Name those of the site"),
        (["digits.example"], False, "DIGITS_HTTPS=on"),
        (["digits.example"], True, ""),
        (["localhost", "127.0.0.1", "[::1]"], False, ""),
    ],
)
def test_hosts_and_https_belong_together(settings, hosts, is_https, words):
    settings.ALLOWED_HOSTS, settings.DIGITS_HTTPS = hosts, is_https

    said = configuration.hosts()

    assert said.state == (State.ADVICE if words else State.OK)
    assert words in said.hint


@pytest.mark.parametrize(
    ("count", "is_https", "state"),
    [
        (0, False, State.OK),
        (1, True, State.OK),
        (2, True, State.OK),
        (0, True, State.ADVICE),
        (1, False, State.ADVICE),
    ],
)
def test_proxies_and_https_belong_together(settings, count, is_https, state):
    settings.DIGITS_PROXIES, settings.DIGITS_HTTPS = count, is_https

    assert configuration.proxies().state == state


def test_limits_that_are_off_are_found_out(settings):
    settings.DIGITS_THROTTLE = False
    off = configuration.limits()
    settings.DIGITS_THROTTLE = True

    assert off.state == State.ADVICE
    assert configuration.limits().state == State.OK


@pytest.mark.parametrize(
    ("is_private", "may_sign_up", "state"),
    [
        (True, True, State.ADVICE),
        (True, False, State.OK),
        (False, True, State.OK),
    ],
)
def test_strangers_are_not_to_reach_what_the_server_reaches(
    settings, is_private, may_sign_up, state
):
    settings.DIGITS_WEBHOOK_PRIVATE = is_private
    settings.DIGITS_SIGNUP = may_sign_up

    assert configuration.webhooks().state == state


@pytest.mark.parametrize(
    ("messages", "state"),
    [
        ([], State.OK),
        ([CheckWarning("It is late.", hint="Hurry.", id="x.W1")], State.ADVICE),
        ([CheckWarning("Late.", id="x.W1"), Error("Gone.", id="x.E1")], State.FAILED),
        ([CheckWarning("DEBUG is on.", id="security.W018")], State.OK),
    ],
)
def test_what_djangos_checks_find_is_told(monkeypatch, messages, state):
    monkeypatch.setattr(configuration, "run_checks", lambda **_: messages)

    said = configuration.system_checks()

    assert said.state == state
    if state != State.OK:
        assert all(each.msg in said.hint for each in messages)


@pytest.mark.parametrize("is_https", [False, True])
def test_what_is_for_deployments_is_asked_behind_https_alone(
    monkeypatch, settings, is_https
):
    asked = {}

    def run_checks(**how):
        asked.update(how)
        return []

    monkeypatch.setattr(configuration, "run_checks", run_checks)
    settings.DIGITS_HTTPS = is_https

    configuration.system_checks()

    assert asked == {"include_deployment_checks": is_https}
