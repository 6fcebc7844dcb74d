"""What a machine installs that serves, and never trains."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"digitsite", "ml", "recognizer"}
# Imported by functions that train, or that read files which only training has.
TRAINING = {"h5py", "keras", "tensorflow"}


def pinned(name: str) -> dict[str, set[str]]:
    """Versions by package; there may be one for each Python."""
    packages: dict[str, set[str]] = {}
    text = (ROOT / name).read_text()
    pins = re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE)
    for package, version in pins:
        packages.setdefault(package, set()).add(version)
    return packages


def imports(folder: str) -> Iterator[tuple[str, Path]]:
    """The first word of whatever is imported, also by functions and for types."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((each.name.split(".")[0], path) for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0], path


@cache
def distributions() -> dict[str, set[str]]:
    """Packages by the name that is imported."""
    return {
        module: {re.sub(r"[-_.]+", "-", each).lower() for each in names}
        for module, names in packages_distributions().items()
    }


def test_what_serves_is_installed_without_what_trains():
    heavy = {"tensorflow", "keras", "h5py", "tensorboard", "matplotlib", "supervisor"}

    assert not heavy & pinned("requirements-serving.txt").keys()
    assert {"tensorflow", "supervisor"} <= pinned("requirements.txt").keys()


def test_what_serves_is_the_same_wherever_it_is_installed():
    serving = pinned("requirements-serving.txt")

    assert serving
    assert serving.items() <= pinned("requirements.txt").items()
    assert serving.items() <= pinned("requirements-dev.txt").items()


@pytest.mark.parametrize("folder", sorted(OURS))
def test_what_serves_finds_all_that_it_imports(folder):
    serving = pinned("requirements-serving.txt").keys()
    known = sys.stdlib_module_names | OURS | TRAINING | {"_typeshed"}

    missing = {
        f"{module} in {path.relative_to(ROOT)}"
        for module, path in imports(folder)
        if module not in known and not distributions().get(module, set()) & serving
    }

    assert not missing
