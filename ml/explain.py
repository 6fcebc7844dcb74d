"""Why a digit was read: which of its ink the answer hangs on.

A patch of the glyph is hidden, the model reads what is left, and how far the answer
falls is what the patch was worth; so all over the ink.

Sources: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks",
2014, section 4.2, hides patches. M. Robnik-Šikonja, I. Kononenko, "Explaining
classifications for individual instances", 2008, counts the fall in log-odds: where a
network is certain, its probability hardly moves until it collapses.
"""

from dataclasses import dataclass
from math import log
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph, bounds
from ml.inference import Recognizer
from ml.outcomes import DIGITS

HeatMap = NDArray[np.float32]  # (28, 28), -1..1; 0 where there is no ink
Centres = NDArray[np.intp]  # (n, 2), row and column of each patch
Falls = NDArray[np.float64]  # (n,), of the log-odds, patch by patch

SIDE_PX: Final = 28
# About two strokes wide: it cuts any stroke, and hides no whole digit.
PATCH_PX: Final = 5
# At 2 the maps look the same and cost twice as much.
STRIDE_PX: Final = 3
# LiteRT is no quicker with more at once, and keeps the memory: 4 MB for 32 glyphs,
# 22 MB for 196.
BATCH: Final = 32
# Odds that fall to a third get full colour; where all patches are worth less, the
# whole map is paler.
FULL_COLOUR: Final = log(3)
# What gets less than this of full colour is not named as a place.
LEAST_NAMED: Final = 0.15

# The ink's box in thirds.
PLACES: Final = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)
MIDDLE: Final = 1

PICTURE_PX: Final = 224
# Below 1, weak effects are shown stronger than they are: they would look like none.
HEAT_GAMMA: Final = 0.75
# As above, for faint ink.
INK_GAMMA: Final = 0.75
# Blue, green, red. All common kinds of colour blindness tell this red from this blue.
NEUTRAL: Final = np.array((150, 150, 150), np.float32)
FOR: Final = np.array((40, 84, 255), np.float32)
AGAINST: Final = np.array((255, 158, 64), np.float32)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the answer and the next best digit hang on.

    Attributes:
        digit: the most probable of 0 to 9.
        runner_up: the second most probable.
        map_of_digit: above 0 where the digit is less likely without the ink, below 0
            where it is more likely.
        map_of_runner_up: the same of the runner-up.
        place_of_digit: where it hangs most, one of PLACES; None: nowhere.
        place_of_runner_up: the same of the runner-up.
        probabilities: (11,), of the whole glyph.
        probabilities_without: (11,), of the glyph with that place hidden; None if
            there is none.
    """

    digit: int
    runner_up: int
    map_of_digit: HeatMap
    map_of_runner_up: HeatMap
    place_of_digit: str | None
    place_of_runner_up: str | None
    probabilities: NDArray[np.float64]
    probabilities_without: NDArray[np.float64] | None


def explain(recognizer: Recognizer, glyph: Glyph) -> Explanation:
    """Find out what the answer to a glyph hangs on.

    Takes as long as reading some fifty glyphs.

    Raises:
        ValueError: there is no ink in it.
    """
    centres = _centres_on(glyph)
    if len(centres) == 0:
        raise ValueError("Expected a glyph with ink. Received: one of zeros")
    masked = np.where(_masks(centres), 0, glyph).astype(np.uint8)
    whole, *rest = _read(recognizer, np.concatenate((glyph[None], masked)))
    without = np.array(rest)
    digit, runner_up = (int(each) for each in (-whole[:DIGITS]).argsort()[:2])
    falls = _log_odds(whole, digit) - _log_odds(without, digit)
    of_digit = _heat_map(glyph, centres, falls)
    of_runner_up = _heat_map(
        glyph, centres, _log_odds(whole, runner_up) - _log_odds(without, runner_up)
    )
    place = _place(glyph, of_digit)
    return Explanation(
        digit=digit,
        runner_up=runner_up,
        map_of_digit=of_digit,
        map_of_runner_up=of_runner_up,
        place_of_digit=place,
        place_of_runner_up=_place(glyph, of_runner_up),
        probabilities=whole,
        probabilities_without=(
            without[_worst(centres, falls, _peak(glyph, of_digit))] if place else None
        ),
    )


def heat_map_png(glyph: Glyph, heat: HeatMap) -> bytes:
    """Paint a heat map over its glyph, smoothly enlarged to PICTURE_PX a side.

    Returns:
        a PNG: grey ink does not matter, red is for the digit, blue against it.
    """
    ink = _enlarged(glyph * np.float32(1 / 255)) ** INK_GAMMA
    # The heat spreads over the edges of the ink before the ink is laid over it: what
    # is beside the ink would make them grey.
    there = _blurred((glyph > 0).astype(np.float32))
    spread = _enlarged(_blurred(heat) / there.clip(0.1, None))
    strength = np.abs(spread).clip(0, 1)[..., None] ** HEAT_GAMMA
    colour = np.where(spread[..., None] > 0, FOR, AGAINST)
    pixels = (NEUTRAL + (colour - NEUTRAL) * strength) * ink[..., None]
    _, data = cv2.imencode(".png", pixels.round().astype(np.uint8))
    return data.tobytes()


def _centres_on(glyph: Glyph) -> Centres:
    """Where patches hide ink: elsewhere, hiding changes nothing."""
    steps = np.arange(0, SIDE_PX, STRIDE_PX)
    centres = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    hides_ink = (_masks(centres) & (glyph > 0)).any(axis=(1, 2))
    return centres[hides_ink]


def _masks(centres: Centres) -> NDArray[np.bool_]:
    """(n, 28, 28): what each patch hides."""
    pixels = np.arange(SIDE_PX)
    is_near = np.abs(pixels - centres[..., None]) <= PATCH_PX // 2
    masks: NDArray[np.bool_] = is_near[:, 0, :, None] & is_near[:, 1, None, :]
    return masks


def _read(recognizer: Recognizer, glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
    batches = range(0, len(glyphs), BATCH)
    return np.concatenate(
        [recognizer.probabilities(glyphs[start : start + BATCH]) for start in batches]
    )


def _log_odds(probabilities: NDArray[np.float64], digit: int) -> NDArray[np.float64]:
    """Of a digit against all else together; (..., 11) to (...)."""
    # Not 1 - p, which is 0 long before the rest is.
    others = np.delete(probabilities, digit, axis=-1).sum(axis=-1)
    least = np.finfo(np.float64).tiny
    odds: NDArray[np.float64] = np.log(
        np.maximum(probabilities[..., digit], least) / np.maximum(others, least)
    )
    return odds


def _heat_map(glyph: Glyph, centres: Centres, falls: Falls) -> HeatMap:
    """Each pixel of ink gets the mean of the patches that hid it."""
    masks = _masks(centres)
    sums = np.tensordot(falls, masks, axes=1)
    means = np.where(glyph > 0, sums / np.maximum(masks.sum(axis=0), 1), 0)
    strongest = max(np.abs(means).max(), FULL_COLOUR)
    heat: HeatMap = (means / strongest).astype(np.float32)
    return heat


def _peak(glyph: Glyph, heat: HeatMap) -> tuple[int, int]:
    """Row and column around which most of what is for the digit stands."""
    # By weight: the faintest pixel of an edge may be alone in its patch.
    weight = _blurred(heat * glyph)
    row, column = np.unravel_index(weight.argmax(), weight.shape)
    return int(row), int(column)


def _worst(centres: Centres, falls: Falls, point: tuple[int, int]) -> int:
    """Which patch costs most, of those that hide a point."""
    row, column = point
    is_hidden = _masks(centres)[:, row, column]
    return int(np.where(is_hidden, falls, -np.inf).argmax())


def _place(glyph: Glyph, heat: HeatMap) -> str | None:
    """Where in the ink the peak of a heat map is."""
    box = bounds((glyph > 0).astype(np.uint8))
    row, column = _peak(glyph, heat)
    if box is None or heat[row, column] < LEAST_NAMED:
        return None
    in_rows = _third(row - box.top, box.height)
    return PLACES[in_rows][_third(column - box.left, box.width)]


def _third(position: int, length: int) -> int:
    # What is hardly wider than a patch, such as a 1, has no left and right.
    return 3 * position // length if length >= 2 * PATCH_PX else MIDDLE


def _blurred(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.7), np.float32)


def _enlarged(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    # Not cubic: it overshoots, and would sprinkle the paper with faint ink.
    size = (PICTURE_PX, PICTURE_PX)
    large = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), 1.5), np.float32)
