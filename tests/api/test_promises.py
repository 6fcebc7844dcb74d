"""docs/openapi.json is what programs were promised, and what the code gives."""

import json

import pytest

from scripts.write_schema import PROMISE, broken_promises, main, schema_text


@pytest.fixture(scope="module")
def text() -> str:
    return schema_text()


@pytest.fixture
def promise(tmp_path):
    return tmp_path / "openapi.json"


def write_promise(promise, text, **info):
    """A promise of a field that no answer has."""
    schema = json.loads(text)
    output = schema["components"]["schemas"]["ErrorOutput"]
    output["properties"]["hint"] = {"type": "string"}
    schema["info"].update(info)
    promise.write_text(json.dumps(schema))
    return promise.read_text()


def test_nothing_is_broken_that_was_promised(text):
    promised = json.loads(PROMISE.read_text())

    assert broken_promises(promised, json.loads(text)) == []


def test_the_promise_is_what_the_code_gives(text):
    assert PROMISE.read_text() == text, "Run `make schema`, and look at what changed."


def test_the_same_code_gives_the_same_text(text):
    assert schema_text() == text


def test_the_first_promise_is_written(promise, text):
    assert main(promise) == 0

    assert promise.read_text() == text


def test_a_promise_that_would_be_broken_is_left_as_it_was(promise, text, capsys):
    before = write_promise(promise, text)

    assert main(promise) == 1

    assert promise.read_text() == before
    words = "GET /api/predictions/: the answer 400 no longer has `hint`."
    assert words in capsys.readouterr().err


def test_another_major_version_promises_anew(promise, text):
    write_promise(promise, text, version="0.9")

    assert main(promise) == 0

    assert promise.read_text() == text
