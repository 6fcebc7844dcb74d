"""The settings as processes see them that start with this or that environment."""

import json
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite.secret_key import read_or_make_secret_key

ROOT = Path(__file__).resolve().parents[2]
# By itself, where pictures are kept in a bucket.
READ_BY_BOTO3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"}
LONG_KEY = "a-key-of-the-operators-own-with-more-than-fifty-letters-in-it"


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def settings_with(*names, **environment):
    code = (
        "import json; from digitsite import settings;"
        f"print(json.dumps([getattr(settings, n) for n in {names!r}], default=str))"
    )
    result = run("-c", code, **environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_deployment_passes_djangos_checks_in_silence():
    result = run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        DIGITS_HTTPS="on",
        SECRET_KEY=LONG_KEY,
        ALLOWED_HOSTS="digits.example",
    )

    assert result.returncode == 0, result.stderr
    assert "WARNINGS" not in result.stderr


def test_without_any_variable_the_site_is_safe_on_a_laptop():
    names = ("DEBUG", "ALLOWED_HOSTS", "DIGITS_BACKEND")

    debug, hosts, backend = settings_with(*names)

    assert debug is False
    assert hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert backend == "litert"


def test_https_is_off_unless_asked_for():
    names = (
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
    )

    assert settings_with(*names) == [False, False, False, 0]
    assert settings_with(*names, DIGITS_HTTPS="on") == [True, True, True, 31536000]


def test_files_are_kept_in_a_folder_unless_a_bucket_is_named():
    (storages,) = settings_with("STORAGES", DIGITS_STORAGE="s3://digits/site-1/")
    (plain,) = settings_with("STORAGES")

    assert storages["default"]["BACKEND"].endswith("PrivateS3Storage")
    options = storages["default"]["OPTIONS"]
    assert (options["bucket_name"], options["location"]) == ("digits", "site-1")
    assert plain["default"]["BACKEND"].endswith("DiskStorage")


@pytest.mark.parametrize(
    "address", ["digits", "s3://", "s3://Digits", "s3://digits/../a", "s3://digits/?a"]
)
def test_what_is_no_bucket_is_refused_in_words(address):
    result = run("manage.py", "check", DIGITS_STORAGE=address)

    assert result.returncode != 0
    assert "Expected DIGITS_STORAGE to be a bucket" in result.stderr


def test_work_waits_in_the_database_unless_there_is_a_redis():
    (plain,) = settings_with("TASKS")
    (tasks,) = settings_with("TASKS", REDIS_URL="redis://127.0.0.1:6379/0")

    assert plain["default"]["BACKEND"] == "django_tasks_db.DatabaseBackend"
    assert tasks["default"]["BACKEND"].endswith("RedisBackend")


def test_the_site_on_one_machine_does_without_what_many_need():
    code = (
        "import sys, django; django.setup();"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "from django.core.management import call_command; call_command('check');"
        "heavy = {'boto3', 'botocore', 'storages', 'redis', 'rq', 'django_rq'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )

    result = run("-c", code, DJANGO_SETTINGS_MODULE="digitsite.settings")

    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_the_site_is_open_to_all_unless_it_is_closed():
    names = ("DIGITS_SIGNUP", "DIGITS_ANONYMOUS")

    assert settings_with(*names) == [True, True]
    assert settings_with(*names, DIGITS_SIGNUP="off") == [False, True]
    assert settings_with(*names, DIGITS_ANONYMOUS="off") == [True, False]


def test_a_proxys_header_is_believed_under_https_only():
    name = "SECURE_PROXY_SSL_HEADER"

    assert settings_with(name) == [None]
    assert settings_with(name, DIGITS_HTTPS="on") == [
        ["HTTP_X_FORWARDED_PROTO", "https"]
    ]


def test_limits_are_on_and_generous_unless_set():
    names = ("DIGITS_THROTTLE", "DIGITS_RATE_ANONYMOUS", "DIGITS_RATE_PREVIEW")

    assert settings_with(*names) == [True, [600, 60], [3000, 60]]
    assert settings_with(
        *names, DIGITS_THROTTLE="off", DIGITS_RATE_ANONYMOUS="2/s"
    ) == [False, [2, 1], [3000, 60]]


def test_a_rate_that_is_none_stops_the_site_with_words():
    result = run("manage.py", "check", DIGITS_RATE_LOGIN="many")

    assert result.returncode != 0
    assert "Expected DIGITS_RATE_LOGIN to be a number and s, min" in result.stderr


def test_predictions_are_kept_for_ever_unless_days_are_named():
    name = "DIGITS_KEEP_DAYS"

    assert settings_with(name) == [None]
    assert settings_with(name, DIGITS_KEEP_DAYS="90") == [90]


@pytest.mark.parametrize("days", ["0", "-1", "a week", ""])
def test_days_that_are_none_stop_the_site_with_words(days):
    result = run("manage.py", "check", DIGITS_KEEP_DAYS=days)

    assert result.returncode != 0
    assert "Expected DIGITS_KEEP_DAYS to be a number of days" in result.stderr


def test_behind_https_there_is_one_proxy_unless_said_otherwise():
    name = "DIGITS_PROXIES"

    assert settings_with(name) == [0]
    assert settings_with(name, DIGITS_HTTPS="on") == [1]
    assert settings_with(name, DIGITS_HTTPS="on", DIGITS_PROXIES="2") == [2]


def test_sqlite_lets_several_processes_live_together(tmp_path):
    (databases,) = settings_with("DATABASES", DATABASE_URL=f"sqlite:///{tmp_path}/db")

    options = databases["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 5
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=NORMAL" in options["init_command"]


def test_another_database_gets_no_sqlite_options():
    (databases,) = settings_with("DATABASES", DATABASE_URL="postgres://u:p@db/digits")

    assert databases["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert "transaction_mode" not in databases["default"].get("OPTIONS", {})


def test_a_server_that_is_gone_is_not_waited_for_for_minutes():
    (databases,) = settings_with("DATABASES", DATABASE_URL="postgres://u:p@db/digits")

    assert databases["default"]["OPTIONS"]["connect_timeout"] <= 5


def test_pictures_can_be_kept_elsewhere(tmp_path):
    assert settings_with("MEDIA_ROOT", MEDIA_ROOT=str(tmp_path)) == [str(tmp_path)]


def test_the_secret_key_is_made_once_and_kept(tmp_path):
    path = tmp_path / "var" / "secret_key"

    key = read_or_make_secret_key(path)

    assert len(key) >= 50
    assert read_or_make_secret_key(path) == key


def test_only_its_owner_can_read_the_secret_key(tmp_path):
    path = tmp_path / "secret_key"

    read_or_make_secret_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    path = tmp_path / "secret_key"
    start = threading.Barrier(8)
    keys = []

    def begin():
        start.wait()
        keys.append(read_or_make_secret_key(path))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert set(keys) == {path.read_text()}
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_key_cut_short_is_refused_in_words(tmp_path):
    path = tmp_path / "secret_key"
    path.write_text("")

    with pytest.raises(ImproperlyConfigured, match="Delete the file"):
        read_or_make_secret_key(path)


def variables_read():
    """What our code takes from the environment, and what the Makefile lets one set."""
    modules = [*ROOT.glob("digitsite/**/*.py"), *ROOT.glob("ml/*.py")]
    code = "\n".join(module.read_text() for module in modules)
    makefile = (ROOT / "Makefile").read_text()
    through_environ = re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', code)
    directly = re.findall(r"environ(?:\.get\(|\[)[\"']([A-Z_]+)[\"']", code)
    settable = re.findall(r"^([A-Z_]+) *\?=", makefile, re.MULTILINE)
    given = {*through_environ, *directly, *settable, *READ_BY_BOTO3}
    return given | variables_of_scripts()


def variables_of_scripts():
    """What scripts, supervisord and the Makefile use, and none of them makes."""
    names = ("scripts/*", ".ci/run", "Makefile", "digitsite/supervisord.conf")
    paths = [path for name in names for path in ROOT.glob(name) if path.is_file()]
    text = "\n".join(path.read_text() for path in paths)
    in_python = re.findall(r"environ(?:\.get\(|\[)[\"']([A-Z_]+)[\"']", text)
    in_shell = re.findall(r"\$[{(]?([A-Z_]{2,})\b", text)
    in_supervisord = re.findall(r"%\(ENV_([A-Z_]+)\)s", text)
    made = re.findall(r"^(?:export )?([A-Z_]+) ?:?=", text, re.MULTILINE)
    return {*in_python, *in_shell, *in_supervisord}.difference(made)


def variables_documented():
    text = (ROOT / "docs/settings.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))


def test_every_variable_is_documented_and_no_other():
    assert variables_documented() == variables_read()
