"""What the code of this project must not do anywhere: run data, or call strangers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "templates"
PACKAGES = ("digitsite", "recognizer", "ml", "scripts")
# To load what one of these wrote is to run it.
RUNS_DATA = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
CALLS = {"eval", "exec", "compile", "__import__"}
CALLS_STRANGERS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "requests_hardened",
    "socket",
    "urllib.request",
    "urllib3",
}
# Who may reach out: webhooks, which look where they go; MNIST, from pinned addresses;
# and what listens or looks whether somebody does, on this machine.
REACH_OUT = {
    "recognizer/services/webhook_sending.py",
    "recognizer/services/webhook_addresses.py",
    "ml/fetching.py",
    "digitsite/unreadable.py",
    "digitsite/workers.py",
}
ON_THIS_MACHINE = {
    "scripts/asking.py",
    "scripts/find_postgresql.py",
    "scripts/require_free_port.py",
}
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


def sources() -> Iterator[tuple[str, ast.AST]]:
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            yield path.relative_to(PROJECT).as_posix(), ast.parse(path.read_text())


def imported(tree: ast.AST) -> set[str]:
    """Modules, and what is taken from them, by their whole names."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Functions, each by the last part of its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name):
                    yield name, node
                case ast.Attribute(attr=name, value=ast.Name(id="np" | "torch")):
                    yield f"array.{name}", node


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {each.arg: ast.unparse(each.value) for each in call.keywords}


SOURCES = dict(sources())


@pytest.mark.parametrize("path", SOURCES)
def test_nothing_is_unpickled_or_evaluated(path):
    tree = SOURCES[path]

    assert not imported(tree) & RUNS_DATA
    for name, call in called(tree):
        assert name not in CALLS
        # Unsaid it is off; NumPy once had it on.
        assert name != "array.load" or keywords(call)["allow_pickle"] == "False"


def test_keras_files_are_read_in_safe_mode():
    loads = [
        keywords(node)
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("models.load_model")
    ]

    assert loads
    assert all(load.get("safe_mode", "True") == "True" for load in loads)


def test_nobody_else_calls_addresses():
    callers = {
        path for path, tree in SOURCES.items() if imported(tree) & CALLS_STRANGERS
    }

    assert callers <= REACH_OUT | ON_THIS_MACHINE
    assert callers >= {"recognizer/services/webhook_sending.py", "ml/fetching.py"}


@pytest.mark.parametrize(
    "path",
    # A report is a file of its own, which is saved and never served.
    sorted(set(TEMPLATES.rglob("*.html")) - set(TEMPLATES.glob("report/*"))),
    ids=lambda path: path.relative_to(TEMPLATES).as_posix(),
)
def test_no_page_needs_inline_scripts_or_styles(path):
    assert INLINE.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-serving.txt"]
)
def test_every_requirement_is_pinned_by_hash(name):
    text = (PROJECT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and line.lstrip()[0] != "#"]

    assert len(lines) > 20
    for line in lines:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ ", line), line
        assert "--hash=sha256:" in line


def test_what_is_installed_must_have_these_hashes():
    install = (PROJECT / "scripts/install").read_text("utf-8")

    assert "--require-hashes" in install
    assert "--no-deps" in install


def test_the_secret_key_is_kept_outside_of_the_repository():
    ignored = (PROJECT / ".gitignore").read_text("utf-8").splitlines()

    assert {"/var/", "/.env", "/media/*"} <= set(ignored)
