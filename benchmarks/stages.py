"""How long the steps of reading a picture take, one by one and together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import TypeVar

from benchmarks.load import percentile
from ml.explain import explain
from ml.found import FoundDigit
from ml.imaging import DecodedImage, decode_image
from ml.inference import Recognizer
from ml.preprocessing import find_glyph

# A machine that others share is slower at one time than at another: the kinds of
# pictures take turns, so that it is so for all of them.
ROUNDS = 5

ResultT = TypeVar("ResultT")


class Misread(Exception):
    """A picture of the benchmark holds no digit; its times would mean nothing."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What half and 99 % of the times did not exceed."""

    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class _Times:
    """Seconds of each reading of one kind of picture."""

    decode: list[float] = field(default_factory=list)
    preprocess: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StageTimes:
    """One kind of picture, step by step, and `Recognizer.read` as a whole."""

    decode: Timing
    preprocess: Timing
    network: Timing
    whole: Timing
    count: int


def time_stages(
    recognizer: Recognizer,
    pictures: Mapping[str, Sequence[bytes]],
    counts: Mapping[str, int],
) -> dict[str, StageTimes]:
    """Read each kind of picture `counts` times, one picture after the other.

    Raises:
        Misread: there is no digit in a picture.
    """
    times = {kind: _Times() for kind in pictures}
    for kind in pictures:
        _time_one(recognizer, pictures[kind][0], _Times())
    for round_ in range(ROUNDS):
        for kind, some in pictures.items():
            for number in range(round_, counts[kind], ROUNDS):
                _time_one(recognizer, some[number % len(some)], times[kind])
    return {kind: _summed_up(each) for kind, each in times.items()}


def time_explanations(
    recognizer: Recognizer, pictures: Sequence[bytes], count: int
) -> Timing:
    glyphs = [_found(decode_image(picture)).glyph for picture in pictures]
    explain(recognizer, glyphs[0])
    times: list[float] = []
    for glyph in islice(cycle(glyphs), count):
        _timed(times, partial(explain, recognizer, glyph))
    return _timing(times)


def _time_one(recognizer: Recognizer, picture: bytes, times: _Times) -> None:
    decoded = _timed(times.decode, lambda: decode_image(picture))
    found = _timed(times.preprocess, lambda: _found(decoded))
    glyph = found.glyph[None]
    _timed(times.network, lambda: recognizer.probabilities(glyph))
    _timed(times.whole, lambda: recognizer.read(picture))


def _timed(times: list[float], work: Callable[[], ResultT]) -> ResultT:
    started = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - started)
    return result


def _found(decoded: DecodedImage) -> FoundDigit:
    found = find_glyph(decoded)
    if found is None:
        raise Misread("Expected a digit in every picture. Received: a blank one.")
    return found


def _summed_up(times: _Times) -> StageTimes:
    return StageTimes(
        _timing(times.decode),
        _timing(times.preprocess),
        _timing(times.network),
        _timing(times.whole),
        len(times.whole),
    )


def _timing(times: Sequence[float]) -> Timing:
    ordered = sorted(times)
    return Timing(percentile(ordered, 0.50) * 1000, percentile(ordered, 0.99) * 1000)
