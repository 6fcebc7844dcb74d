"""The files that start the site elsewhere: containers, clusters, and hosts that build.

What can be seen without them: that they parse, fit their schemas, agree with each other
and with the code, and ask for no more rights than they need.
"""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from scripts.dockerfiles import Ignored, environment
from tests.recognizer.deployment import (
    COMPOSE,
    OF_THE_SITE,
    OTHERS,
    RENDER,
    ROOT,
    SERVICES,
    STAGES,
    commands,
    documented,
    example,
    images,
    pods,
    text,
    told_by_kubernetes,
    told_by_render,
)

# All


@pytest.mark.parametrize("image", images())
def test_an_image_is_of_a_version_that_somebody_chose(image):
    version = image.rpartition("/")[2].partition(":")[2]

    assert re.search(r"\d", version)
    assert "latest" not in version


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (set(environment(STAGES, "serving", "/bin")), "Dockerfile"),
        (set(COMPOSE["x-site"]["environment"]), "compose.yaml"),
        (set(example("compose.env.example")), "compose.env.example"),
        (told_by_kubernetes(), "kubernetes"),
        *((told_by_render(each), each["name"]) for each in RENDER["services"]),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_variable_is_in_the_documentation(told, where):
    assert told <= documented() | OTHERS


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_is_there(command):
    words = [each for each in command if "=" not in each]

    assert words[0] in {"python", "gunicorn"}
    if words[0] == "gunicorn":
        assert words[1:] == ["--config", "digitsite/gunicorn.py", "digitsite.wsgi"]
        assert (ROOT / "digitsite/gunicorn.py").exists()
        return
    assert words[1] == "manage.py"
    assert words[2] in get_commands()
    if "--queue-name" in words:
        assert words[words.index("--queue-name") + 1] in settings.QUEUES


def test_all_of_them_collect_the_same_static_files():
    ignoring = re.findall(r"--ignore (\S+)", text("scripts/prepare"))

    assert ignoring
    for name in ("Dockerfile", "Procfile"):
        assert re.findall(r"--ignore (\S+)", text(name)) == ignoring


# The image


def test_the_dockerfile_has_no_bad_habits():
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("hadolint is not made for this machine")
    program = Path(sys.executable).with_name("hadolint")

    ended = subprocess.run(
        [program, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("name", ["serving", "training"])
def test_what_runs_is_no_root_and_has_a_first_process(name):
    user, _, group = STAGES[name].last("USER")[0].partition(":")

    assert int(user) > 0
    assert int(group) > 0
    assert STAGES[name].last("ENTRYPOINT")[0] == "tini"


def test_only_what_trains_has_tensorflow():
    def packages(name):
        steps = (each for each in STAGES[name].steps if each.word == "COPY")
        return {each.arguments[0] for each in steps if "/opt/venv" in each.arguments}

    assert packages("serving") == {"--from=serving-packages"}
    assert packages("training") == {"--from=training-packages"}
    assert (
        STAGES["serving-packages"].steps[0].arguments[0] == "requirements-serving.txt"
    )


def test_what_is_built_without_a_name_serves():
    assert list(STAGES)[-1] == "serving"


def test_the_health_check_asks_at_the_port_that_answers():
    told = environment(STAGES, "serving", "/bin")

    assert "/healthz" in STAGES["serving"].last("HEALTHCHECK")[-1]
    assert STAGES["serving"].last("EXPOSE") == [told["PORT"]]


def test_a_training_is_told_of_the_end_as_well():
    assert STAGES["training"].last("ENTRYPOINT") == ["tini", "-g", "--"]


def test_nothing_private_goes_to_the_build():
    stays = Ignored(text(".dockerignore"))

    for name in (
        *(".env", ".git/config", "var/secret_key", "var/db.sqlite3", "media/a.png"),
        *("deploy/tls/privkey.pem", "docs/api.md", "tests/conftest.py"),
        *("ml/__pycache__/ink.cpython-311.pyc", "recognizer/web/__pycache__/a.pyc"),
    ):
        assert stays(Path(name)), name


def test_what_the_image_needs_goes_to_the_build():
    goes = Ignored(text(".dockerignore"))

    copied = [
        each.arguments
        for stage in STAGES.values()
        for each in stage.steps
        if each.word == "COPY" and "--from" not in each.rest
    ]
    for *sources, _ in copied:
        for source in sources:
            assert list(goes.files(ROOT, source)), source
    assert not goes(Path("ml/weights/model.tflite"))


# compose.yaml


def test_compose_fits_its_schema():
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_container_has_no_rights_to_spare(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("user", "").startswith(("0", "root"))
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_container_waits_for_what_can_say_that_it_is_there(name):
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        if condition["condition"] == "service_healthy":
            is_checked = "test" in SERVICES[other].get("healthcheck", {})
            assert is_checked or other == "web"
        else:
            assert condition["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"].startswith("on-failure")


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_a_target_that_compose_builds_is_there(name):
    target = "training" if name == "trainer" else "serving"

    assert SERVICES[name]["build"]["target"] == target
    assert target in STAGES
    assert SERVICES[name]["user"] == STAGES[target].last("USER")[0]


def test_all_that_compose_asks_for_is_in_its_example():
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text("compose.yaml")))

    assert asked == set(example("compose.env.example"))


def test_no_secret_has_a_value_that_everybody_knows():
    asked = re.findall(r"(?<!\$)\$\{([A-Z_]+)(:.)", text("compose.yaml"))

    for name, otherwise in asked:
        if re.search(r"SECRET|PASSWORD|KEY", name):
            assert otherwise == ":?"
            assert not example("compose.env.example")[name]


def test_the_proxy_speaks_to_the_port_that_answers():
    proxy = text("deploy/nginx.conf")
    port = environment(STAGES, "serving", "/bin")["PORT"]
    listens = set(re.findall(r"listen (\d+)", proxy))

    assert f"http://web:{port};" in proxy
    assert {each.rpartition(":")[2] for each in SERVICES["proxy"]["ports"]} == listens


def test_the_proxy_lets_pass_what_the_site_takes():
    proxy = text("deploy/nginx.conf")
    for_all, for_batches = re.findall(r"client_max_body_size (\d+)m", proxy)

    assert int(for_batches) == 260
    assert int(for_batches) * 1024**2 >= settings.MAX_BATCH_BODY_BYTES
    assert int(for_all) * 1024**2 >= settings.MAX_BODY_BYTES
    (batches,) = re.findall(r"location ~ (\S+) \{", proxy)
    assert re.match(batches, "/batches/")
    assert re.match(batches, "/api/batches/")
    assert not re.match(batches, "/api/predictions/")


def test_the_proxy_says_who_asked_and_how():
    proxy = text("deploy/nginx.conf")

    assert "proxy_set_header X-Forwarded-Proto https;" in proxy
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in proxy


def test_what_ends_in_order_has_the_time_that_it_needs():
    serving = re.findall(r"stopwaitsecs = (\d+)", text("digitsite/supervisord.conf"))
    needed = dict(zip(("web", "worker", "trainer"), map(int, serving), strict=True))

    for name, seconds in needed.items():
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= seconds
        assert pods()[name]["terminationGracePeriodSeconds"] >= seconds
    times = {s["name"]: s.get("maxShutdownDelaySeconds", 0) for s in RENDER["services"]}
    assert times["digitsite"] >= needed["web"]
    assert times["digitsite-worker"] >= needed["worker"]
    assert times["digitsite-trainer"] >= needed["trainer"]
