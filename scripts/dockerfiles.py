"""Reads a Dockerfile and a .dockerignore, as far as this project's go.

What it does not know it refuses, so that a new kind of line is not passed over.
"""

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {
    *("RUN", "COPY", "ENV", "WORKDIR", "USER"),
    *("EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}


@dataclass(frozen=True)
class Step:
    """One line: its word, in capitals, and what follows."""

    word: str
    rest: str

    @property
    def arguments(self) -> list[str]:
        """The words of JSON's form, or as a shell would split them."""
        if self.word == "HEALTHCHECK":
            options, _, command = self.rest.partition("CMD ")
            return [*shlex.split(options), "CMD", *_words(command)]
        return _words(self.rest)


@dataclass
class Stage:
    """What stands between one FROM and the next.

    Attributes:
        base: the image or the stage that it begins with.
    """

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> list[str]:
        """What the last line of this kind says; nothing where there is none."""
        found = [step.arguments for step in self.steps if step.word == word]
        return found[-1] if found else []


def read_stages(text: str) -> dict[str, Stage]:
    """The stages by name, in their order.

    Raises:
        ValueError: a line is of a kind that is not known here.
    """
    stages: dict[str, Stage] = {}
    for word, rest in _lines(text):
        if word == "FROM":
            base, _, name = re.split(r"\s+(AS)\s+", rest, flags=re.IGNORECASE)
            stage = stages[name] = Stage(name, base)
        elif word in KNOWN:
            stage.steps.append(Step(word, rest))
        else:
            raise ValueError(f"Expected one of {sorted(KNOWN)}. Received: {word}")
    return stages


def lineage(stages: dict[str, Stage], name: str) -> list[Stage]:
    """The stage and those it begins with, the first one first."""
    stage = stages[name]
    before = lineage(stages, stage.base) if stage.base in stages else []
    return [*before, stage]


def environment(stages: dict[str, Stage], name: str, path: str) -> dict[str, str]:
    """What processes in the stage are told; `path` is the base image's PATH."""
    told = {"PATH": path}
    for stage in lineage(stages, name):
        for step in stage.steps:
            if step.word == "ENV":
                pairs = (each.split("=", 1) for each in step.arguments)
                told |= {key: _filled_in(value, told) for key, value in pairs}
    return told


def _words(text: str) -> list[str]:
    if text.startswith("["):
        return [str(each) for each in json.loads(text)]
    return shlex.split(text)


def _filled_in(value: str, told: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: told[match[1]], value)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    kept = [each for each in text.splitlines() if not each.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(kept))
    for line in filter(str.strip, whole.splitlines()):
        word, _, rest = line.strip().partition(" ")
        yield word.upper(), rest.strip()


class Ignored:
    """Which files do not go to the build; the last line that fits decides."""

    def __init__(self, text: str) -> None:
        """Take what stands in a .dockerignore."""
        lines = [each.strip() for each in text.splitlines()]
        self._rules = [
            (line.startswith("!"), line.removeprefix("!").strip("/"))
            for line in lines
            if line and not line.startswith("#")
        ]

    def __call__(self, path: Path) -> bool:
        """Whether this file, named from the project's folder, stays behind."""
        is_ignored = False
        for is_exception, pattern in self._rules:
            if any(_fits(pattern, each) for each in (path, *path.parents)):
                is_ignored = not is_exception
        return is_ignored

    def files(self, folder: Path, source: str) -> Iterator[Path]:
        """What is copied of a file or folder, named from the project's folder."""
        start = folder / source
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            within = path.relative_to(folder)
            if path.is_file() and not self(within):
                yield within


def _fits(pattern: str, path: Path) -> bool:
    if path == Path():
        return False
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(path.name, pattern[3:])
    # Of a pattern without "**", a star stands for one part of the path.
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and all(
        fnmatch.fnmatchcase(part, each)
        for part, each in zip(path.parts, parts, strict=True)
    )
