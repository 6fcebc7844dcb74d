"""Why a digit was read, as pictures with what to say about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.explain import explain as find_out
from ml.explain import heat_map_png
from ml.outcomes import NOT_A_DIGIT_LABEL
from recognizer.engine.live import Live, LiveVersion


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Which ink of a glyph is for a digit, and which is against it.

    Attributes:
        digit: whose heat map it is.
        probability: of the digit, 0 to 1.
        place: where the ink is that it hangs on most, such as "upper left"; None:
            none of it is for this digit.
        png: the heat map over the glyph.
    """

    digit: int
    probability: float
    place: str | None
    png: bytes


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would be read instead; the digit is None for "not a digit"."""

    digit: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the answer and the next best digit hang on.

    Attributes:
        answer: the most probable digit.
        runner_up: the second most probable.
        without_place: what is read if the place of `answer` is hidden; None: it has
            none.
        version: the model that was asked; maybe not the one that gave the answer once.
    """

    answer: HeatMap
    runner_up: HeatMap
    without_place: Alternative | None
    version: LiveVersion


def explain(live: Live, glyph: bytes) -> Explanation:
    """Ask a model what its answer to a glyph of 784 bytes hangs on."""
    pixels = np.frombuffer(glyph, np.uint8).reshape(28, 28)
    found = find_out(live.recognizer, pixels)
    return Explanation(
        answer=HeatMap(
            found.digit,
            float(found.probabilities[found.digit]),
            found.place_of_digit,
            heat_map_png(pixels, found.map_of_digit),
        ),
        runner_up=HeatMap(
            found.runner_up,
            float(found.probabilities[found.runner_up]),
            found.place_of_runner_up,
            heat_map_png(pixels, found.map_of_runner_up),
        ),
        without_place=_likeliest(found.probabilities_without),
        version=live.version,
    )


def _likeliest(probabilities: NDArray[np.float64] | None) -> Alternative | None:
    if probabilities is None:
        return None
    label = int(probabilities.argmax())
    digit = None if label == NOT_A_DIGIT_LABEL else label
    return Alternative(digit, float(probabilities[label]))
