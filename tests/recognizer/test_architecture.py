"""docs/architecture.md is held to the code, as far as a machine can."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docs/architecture.md").read_text("utf-8")
FIRST_COLUMNS = re.findall(r"^\| (`[^|]+`) \|", TEXT, re.MULTILINE)
NAMED = {name.strip("`") for cell in FIRST_COLUMNS for name in cell.split(", ")}


def modules_of(folder: Path) -> set[str]:
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return files | packages


def test_every_file_of_ml_is_told_of():
    assert modules_of(PROJECT / "ml") - NAMED == set()


def test_every_room_of_the_app_is_told_of():
    paths = [Path(name.removeprefix("recognizer/")) for name in NAMED]
    rooms = {Path(path.parts[0]).stem for path in paths}

    missing = modules_of(PROJECT / "recognizer") - rooms

    assert missing <= {"apps", "migrations"}  # Django's own rooms


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_is_told_of_is_there(name):
    places = [PROJECT / name, PROJECT / "recognizer" / name, PROJECT / "ml" / name]

    assert any(place.exists() or place.with_suffix(".py").exists() for place in places)


def test_the_drawn_imports_name_the_layers_that_are_enforced():
    contract = (PROJECT / "pyproject.toml").read_text("utf-8")
    layers = re.search(r'id = "rooms".*?layers = \[(.*?)\]', contract, re.DOTALL)
    assert layers is not None

    enforced = set(re.findall(r"\w+", layers[1]))

    for room in ("web", "api", "admin", "services", "selectors", "engine", "models"):
        assert room in enforced
        assert room in TEXT
