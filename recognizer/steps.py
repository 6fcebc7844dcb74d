"""Steps of the work that somebody may want to follow; where nobody does, they are free.

Who follows them is said once, when a process starts. Nothing in a step's name or its
attributes may be somebody's secret: both leave the machine.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Step(Protocol):
    """A step that goes on."""

    def set_attribute(self, key: str, value: str | int, /) -> None: ...


class _Unfollowed:
    def set_attribute(self, key: str, value: str | int, /) -> None:
        pass


_unfollowed: AbstractContextManager[Step] = nullcontext(_Unfollowed())


class Steps:
    """Begins steps: `with step("infer"): ...`."""

    def __init__(self) -> None:
        self._follower: Callable[[str], AbstractContextManager[Step]] | None = None

    def __call__(self, name: str) -> AbstractContextManager[Step]:
        return self._follower(name) if self._follower else _unfollowed

    def follow(
        self, follower: Callable[[str], AbstractContextManager[Step]] | None
    ) -> None:
        """Let every step from now on go on within what this gives; None: nothing."""
        self._follower = follower


step = Steps()
