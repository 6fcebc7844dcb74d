"""Another process, which draws glyphs while this one trains."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.augmentation import Glyphs
from ml.curriculum import Labels, Mixture, Sources, draw_epoch

Targets = NDArray[np.float32]  # (n, classes), rows sum to 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw from: functions that can be pickled, called where glyphs are drawn.

    Attributes:
        training: makes the sources of what trains.
        kept: makes the sources of what calibrates; None where nothing does.
        answers: what the network is to answer to the glyphs that train, given these and
            their labels; the labels if None.
    """

    training: Callable[[], Sources]
    kept: Callable[[], Sources] | None = None
    answers: Callable[[Glyphs, Labels], Targets] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Glyphs to draw, as `draw_epoch` does, for one mixture after the other.

    Attributes:
        is_kept: of what calibrates, and not of what trains.
    """

    mixtures: tuple[Mixture, ...]
    seed: int
    epoch: int
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """Glyphs (n, 28, 28), their labels (n,), and what to answer if not the labels."""

    glyphs: Glyphs
    labels: Labels
    targets: Targets | None = None


class Drawing:
    """A process that draws what is ordered, one order after the other."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def in_turn(self, orders: Iterable[Order]) -> Iterator[Drawn]:
        """Give what is ordered, and have the next one drawn meanwhile."""
        under_way: deque[Future[Drawn]] = deque()
        for order in orders:
            under_way.append(self._pool.submit(_draw, order))
            if len(under_way) > 1:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


@contextmanager
def drawing_process(plan: Plan) -> Iterator[Drawing]:
    """Start it; it makes what it draws from at once."""
    # Forking a process that runs TensorFlow's threads can hang; spawning cannot.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, _begin, (plan,)) as pool:
        pool.submit(_prepare)
        yield Drawing(pool)


class _Stock:
    """What the process draws from; each part of it made when it is first needed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[bool, Sources] = {}

    def sources(self, *, is_kept: bool) -> Sources:
        if is_kept not in self._made:
            make = self._plan.kept if is_kept else self._plan.training
            if make is None:
                raise ValueError("Expected a plan with sources of what calibrates.")
            self._made[is_kept] = make()
        return self._made[is_kept]

    def drawn(self, order: Order) -> Drawn:
        sources = self.sources(is_kept=order.is_kept)
        pairs = [
            draw_epoch(sources, mixture, seed=order.seed, epoch=order.epoch)
            for mixture in order.mixtures
        ]
        glyphs, labels = (np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
        if order.is_kept or self._plan.answers is None:
            return Drawn(glyphs, labels)
        return Drawn(glyphs, labels, self._plan.answers(glyphs, labels))


# In the process that draws, its one stock.
_stocks: Final[list[_Stock]] = []


def _begin(plan: Plan) -> None:
    _stocks.append(_Stock(plan))
    _end_with_parent()


def _end_with_parent() -> None:
    """Leave no process behind that waits for work for ever, should ours be killed."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _prepare() -> None:
    _stocks[0].sources(is_kept=False)


def _draw(order: Order) -> Drawn:
    return _stocks[0].drawn(order)
