"""Every example of docs/api.md does what it says, with the real server and engine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from recognizer.models import User
from recognizer.viewers import Viewer
from tests.docs.examples import (
    ANSWERS,
    DOCUMENT,
    Example,
    answers,
    differences,
    examples_of,
    stories,
)
from tests.factories import (
    PASSWORD,
    make_labelled,
    make_model_version,
    make_prediction,
    make_token,
    make_user,
)

# In these sections the reader is signed in, and one of the staff.
STAFF_SECTIONS = {"Review", "Train", "Models", "Export"}
# Here he is signed in, as anybody may be.
USER_SECTIONS = {"Sign in with a token", "Webhooks"}
# Headers and files, which are shown and not run.
SHOWN = {"", "http", "csv"}
PATIENCE_S = 120
# That they ran to their end is not all: some say what they found.
PRINTED_IN_PYTHON = {
    "From Python": ("It is 7", "two.png This file is not a picture"),
}
# Between what examples print: no answer holds it.
END = "\x1e"
CSRF = "examples" * 4
# Like a terminal, but for errors of the server: these stop a story.
PRELUDE = """set -euo pipefail
curl() { command curl --silent --show-error $FAIL "$@"; }
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the pictures that the examples name."""
    folder = tmp_path / "desk"
    (folder / "pictures").mkdir(parents=True)
    image = Image.new("L", (280, 280), 255)
    seven = [(80, 60), (200, 60), (130, 220)]
    ImageDraw.Draw(image).line(seven, fill=0, width=18, joint="curve")
    image.save(folder / "seven.jpg")
    image.save(folder / "pictures" / "one.png")
    year = Image.new("L", (280, 140), 255)
    for left, digit in enumerate("2026"):
        place = (20 + 64 * left, 30)
        ImageDraw.Draw(year).text(place, digit, fill=0, font_size=90)
    year.save(folder / "year.png")
    (folder / "pictures" / "two.png").write_text("no picture")
    with ZipFile(folder / "scans.zip", "w") as archive:
        archive.write(folder / "seven.jpg", "p1/a.jpg")
    return folder


@pytest.fixture
def staff(transactional_db) -> User:
    """One of the staff, with something to review, to train with and to look at."""
    user = make_user("rita", is_staff=True)
    make_labelled(2, reviewer=Viewer(user=user))
    make_prediction(owner=user)
    make_model_version(number=2)
    return user


@pytest.fixture
def alice(transactional_db) -> User:
    return make_user("alice")


def sign_in(user: User, desk: Path, site: str) -> dict[str, str]:
    """Write the cookies of a browser, as curl reads them; give $TOKEN and $PASSWORD."""
    browser = Client()
    browser.force_login(user)
    known = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": CSRF}
    host = site.partition("//")[2].partition(":")[0]
    lines = [f"{host}\tFALSE\t/\tFALSE\t0\t{name}\t{known[name]}" for name in known]
    (desk / "cookies").write_text("# Netscape HTTP Cookie File\n" + "\n".join(lines))
    _, token = make_token(user)
    return {"TOKEN": token, "PASSWORD": PASSWORD}


@pytest.fixture
def run(desk, live_server, request) -> Callable[..., str]:
    """Run a program at the desk; what it printed."""

    def run(section: str, *command: str, script: str) -> str:
        given = {"PATH": os.environ["PATH"], "SITE": live_server.url}
        if section in STAFF_SECTIONS | USER_SECTIONS:
            who = "staff" if section in STAFF_SECTIONS else "alice"
            user = request.getfixturevalue(who)
            given |= sign_in(user, desk, live_server.url)
        ended = subprocess.run(
            [*command, script],
            cwd=desk,
            env=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    return run


def shell_script(story: list[Example], site: str) -> str:
    parts = [PRELUDE]
    for example in story:
        fail = "" if example.mark == ANSWERS else "--fail-with-body"
        parts += [f"FAIL={fail}", example.code_at(site), f"printf '{END}'"]
    return "\n".join(parts)


def last_answer(printed: str) -> object:
    """The last JSON of what was printed: one answer follows on another."""
    decoder, answer, rest = json.JSONDecoder(), None, printed.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        rest = rest[end:].strip()
    return answer


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("section", stories("sh"))
def test_what_is_typed_into_a_terminal_is_answered_as_shown(section, run, live_server):
    story = stories("sh")[section]

    printed = run(
        section, "/bin/bash", "-c", script=shell_script(story, live_server.url)
    )

    shown = answers()
    for example, words in zip(story, printed.split(END)[:-1], strict=True):
        if example.number in shown:
            expected = json.loads(shown[example.number].code)
            came = last_answer(words)
            assert came is not None
            assert not list(differences(expected, came))


@pytest.mark.parametrize("section", stories("python"))
def test_what_is_written_in_python_runs(section, run, live_server):
    script = "\n".join(
        example.code_at(live_server.url) for example in stories("python")[section]
    )

    printed = run(section, sys.executable, "-W", "error", "-c", script=script)

    assert all(words in printed for words in PRINTED_IN_PYTHON.get(section, ()))


def test_no_example_is_left_out_unnoticed():
    left_out = [
        (example.section, example.reason)
        for example in examples_of(DOCUMENT.read_text())
        if not example.is_run
    ]

    assert left_out == [("Corrections", "what is sent, and no answer")]


def test_every_example_is_of_a_language_that_is_run():
    examples = examples_of(DOCUMENT.read_text())

    languages = {each.language for each in examples if each.is_run}

    assert languages - SHOWN == {"sh", "json", "python", "js"}


@pytest.mark.parametrize(
    ("shown", "came", "words"),
    [
        ({"a": 1}, {"a": "1"}, "answer.a: shown number, came str"),
        ({"a": 1}, {}, "answer.a did not come"),
        ({}, {"a": 1}, "answer.a is not shown"),
        ([{"a": 1}], [{"a": True}], "answer[0].a: shown number, came bool"),
    ],
)
def test_an_answer_that_is_shown_wrongly_is_told(shown, came, words):
    assert list(differences(shown, came)) == [words]


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ({"a": 1, "...": "..."}, {"a": 2.5, "b": 1}),
        ({"a": None, "b": [1]}, {"a": "text", "b": []}),
    ],
)
def test_an_answer_may_differ_in_its_values(shown, came):
    assert list(differences(shown, came)) == []
