"""docs/security.md names a test for each threat, and the tests are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
TEXT = (TESTS.parent / "docs/security.md").read_text("utf-8")
ROW = re.compile(r"^\|(.+)\|(.+)\|(.+)\|$", re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
# Those about people, and what stands above and below the names of columns.
NO_THREATS = {"who", "threat", "---"}


def rows_of(heading: str) -> list[tuple[str, str]]:
    """Of the tables with this heading, threats and what names their tests."""
    rows = []
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        threat, *_ = (cells := ROW.findall(table))[0]
        if threat.strip() == heading:
            rows += [(first.strip(), third.strip()) for first, _, third in cells]
    return [row for row in rows if row[0] not in NO_THREATS]


THREATS = rows_of("threat")


@cache
def names_in(path: str) -> set[str]:
    file = TESTS / path
    tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_threats_are_found():
    assert len(THREATS) > 50


@pytest.mark.parametrize(("threat", "named"), THREATS, ids=[row[0] for row in THREATS])
def test_what_stops_a_threat_is_shown_by_tests_that_there_are(threat, named):
    tests = TEST.findall(named)

    assert tests, f"No test is named for: {threat}"
    assert TEST.sub("", named).strip() == "", "Something else stands beside the tests."
    for path, name in tests:
        assert name in names_in(path), f"{path} has no {name}."
