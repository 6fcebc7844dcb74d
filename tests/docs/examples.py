"""The examples of docs/api.md, in the order in which they stand.

Those of one section and one language go on from each other, as for somebody who types
them into one terminal. What is shown as JSON below one of `curl` is its answer.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
DOCUMENTED_SITE = "http://127.0.0.1:8000"
# Above a block: why it does not run, or that it is answered with an error.
NOT_RUN = "not run"
ANSWERS = "answers"
BLOCK = re.compile(
    r"^(?:## (?P<section>[^\n]+)"
    r"|(?:<!-- (?P<mark>[a-z ]+): (?P<reason>[^\n]+) -->\n)?"
    r"```(?P<language>\w*)\n(?P<code>.*?)^```)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """One fenced block.

    Attributes:
        section: under which heading it stands.
        number: of the block in the document, from 1.
        mark: NOT_RUN or ANSWERS with its reason, or None.
    """

    section: str
    number: int
    language: str
    code: str
    mark: str | None = None
    reason: str | None = None

    @property
    def is_run(self) -> bool:
        return self.mark != NOT_RUN

    def code_at(self, site: str) -> str:
        return self.code.replace(DOCUMENTED_SITE, site)


def examples_of(text: str) -> Iterator[Example]:
    section, number = "", 0
    for found in BLOCK.finditer(text):
        if found["section"]:
            section = found["section"]
            continue
        number += 1
        yield Example(
            section,
            number,
            found["language"],
            found["code"],
            found["mark"],
            found["reason"],
        )


def stories(language: str) -> dict[str, list[Example]]:
    """By section, the examples of a language that are run."""
    wanted = (
        each
        for each in examples_of(DOCUMENT.read_text())
        if each.language == language and each.is_run
    )
    return {name: list(group) for name, group in groupby(wanted, lambda e: e.section)}


def answers() -> dict[int, Example]:
    """What is shown as JSON, by the number of the curl example that it answers."""
    found: dict[int, Example] = {}
    asked: Example | None = None
    for each in examples_of(DOCUMENT.read_text()):
        if each.language == "sh" and each.is_run:
            asked = each
        if each.language == "json" and each.is_run:
            assert asked is not None
            assert asked.section == each.section, f"What is answered by {each}?"
            found[asked.number] = each
    return found


def differences(shown: Any, came: Any, where: str = "answer") -> Iterable[str]:
    """Where an answer has other keys or types than the one that is shown.

    Values differ from day to day. Null, and a list of nothing, say nothing of the type.
    The key "..." says that there are others.
    """
    if shown is None or came is None:
        return
    if isinstance(shown, dict) and isinstance(came, dict):
        yield from _of_objects(shown, came, where)
    elif isinstance(shown, list) and isinstance(came, list):
        for number, (one, other) in enumerate(zip(shown, came, strict=False)):
            yield from differences(one, other, f"{where}[{number}]")
    elif _kind(shown) != _kind(came):
        yield f"{where}: shown {_kind(shown)}, came {_kind(came)}"


def _of_objects(shown: Any, came: Any, where: str) -> Iterable[str]:
    missing = set(shown) - set(came) - {"..."}
    unseen = set() if "..." in shown else set(came) - set(shown)
    yield from (f"{where}.{name} did not come" for name in sorted(missing))
    yield from (f"{where}.{name} is not shown" for name in sorted(unseen))
    for name in set(shown) & set(came):
        yield from differences(shown[name], came[name], f"{where}.{name}")


def _kind(value: Any) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "number" if is_number else type(value).__name__
