"""What is looked at, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How something is."""

    OK = "ok"
    # It works, and could be better.
    ADVICE = "advice"
    FAILED = "failed"


class Said(NamedTuple):
    """What one look says.

    Attributes:
        message: a sentence that anybody may read: it names no path, no address and no
            error of others.
        hint: what to do, and why; for those who run the site.
    """

    state: State
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Attributes:
        look: says how it is. Whatever it raises means that it has failed.
        broken: the sentence for that.
        remedy: what to do then.
    """

    name: str
    look: Callable[[], Said]
    broken: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is; see Said."""

    name: str
    state: State
    message: str
    hint: str = ""


def ok(message: str) -> Said:
    return Said(State.OK, message)


def advice(message: str, hint: str) -> Said:
    return Said(State.ADVICE, message, hint)


def failed(message: str, hint: str) -> Said:
    return Said(State.FAILED, message, hint)
