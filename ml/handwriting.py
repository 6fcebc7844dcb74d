"""Digits and letters written by made-up hands, from the forms in `ml.allographs`.

MNIST's writers were American; fonts know the letters but not the haste. A network that
knows letters from fonts alone takes a European 1 or 7 for one of them. Here digits and
letters come from the same hands, so that only the form tells them apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice, pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.allographs import DIGIT_FORMS, LETTER_FORMS
from ml.canvases import CANVAS_PX
from ml.fonts import Drawing, cut_to_ink

Points = NDArray[np.float64]  # (n, 2) x, y

# A tenth of an epoch's digits: enough to know these hands, too few to write like them.
WRITTEN_DIGITS: Final = 12_000
# Below, what looked like handwriting on a sheet of all forms, and no more than that;
# whoever changes it should draw such a sheet again. `bent` and others add their part.
# Of the logarithm of width over height, mean and standard deviation.
LOG_WIDTH: Final = -0.35, 0.25
# Standard deviations, in hundredths of the character's box.
POINT_JITTER: Final = 5.0
STROKE_JITTER: Final = 2.5
# Of corners, this part is rounded by haste.
ROUNDED: Final = 0.25
# Of a digit's strokes the pen sometimes stays on the paper between two. Not of letters:
# a joined = is a Z, and that is a 2.
JOINED: Final = 0.06
# The height of a character, before its points are moved, and the pens for it.
CHARACTER_PX: Final = 0.6 * CANVAS_PX
PENS_PX: Final = (1, 7)
# Straight pieces between two points of a smooth line.
STEPS: Final = 8
# OpenCV takes places as whole numbers, here of eighths of a px.
SHIFT_BITS: Final = 3
# A stroke ends elsewhere than it began, even where it comes back.
CLOSED: Final = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """One movement of the pen.

    Attributes:
        points: (n, 2) x and y, in hundredths of the character's box.
        corners: which of the points are; neither the first nor the last.
    """

    points: Points
    corners: tuple[int, ...]


Form = tuple[Stroke, ...]


def write_digits(n: int, *, seed: int) -> tuple[list[Drawing], NDArray[np.uint8]]:
    """Write n digits, each of the ten as often.

    Returns:
        drawings, and (n,) uint8 what they are.
    """
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % len(DIGIT_FORMS)).astype(np.uint8)
    drawings = [
        write(form, rng, joined=JOINED) for form in _in_turn(DIGIT_FORMS, n, rng)
    ]
    return drawings, labels


@lru_cache(maxsize=2)
def written_letters(n: int, *, seed: int = 2) -> tuple[Drawing, ...]:
    """Letters and signs; each of them as often, whatever its forms."""
    rng = np.random.default_rng(seed)
    forms = _in_turn(list(LETTER_FORMS.values()), n, rng)
    return tuple(write(form, rng) for form in forms)


def _in_turn(
    characters: Sequence[Iterable[str]], n: int, rng: np.random.Generator
) -> Iterator[Form]:
    """N characters in turn, each in one of its forms."""
    forms = [[parsed(form) for form in of_one] for of_one in characters]
    for of_one in islice(cycle(forms), n):
        yield of_one[int(rng.integers(len(of_one)))]


def parsed(form: str) -> Form:
    """Read a form as `ml.allographs` notes it."""
    return tuple(_parsed_stroke(stroke.split()) for stroke in form.split("|"))


def _parsed_stroke(words: Sequence[str]) -> Stroke:
    points = [[float(part) for part in word.rstrip("!").split(",")] for word in words]
    inner = range(1, len(words) - 1)
    corners = tuple(number for number in inner if words[number].endswith("!"))
    return Stroke(np.array(points), corners)


def write(form: Form, rng: np.random.Generator, *, joined: float = 0.0) -> Drawing:
    """Write a form as one more hand would.

    Args:
        form: of a digit or letter.
        rng: draws everything.
        joined: the chance that the pen is not lifted between strokes.
    """
    width = float(np.exp(rng.normal(*LOG_WIDTH)))
    lines = [_line(stroke, rng) for stroke in form]
    if len(lines) > 1 and rng.random() < joined:
        lines = [np.concatenate(lines)]
    pen_px = int(rng.integers(PENS_PX[0], PENS_PX[1] + 1))
    scale = CHARACTER_PX / 100
    # So much paper on all sides that nothing is cut off.
    margin_px = CHARACTER_PX
    page = np.zeros((2 * CANVAS_PX, 2 * CANVAS_PX), np.uint8)
    for line in lines:
        places = line * (scale * width, scale) + margin_px
        points = [(places * 2**SHIFT_BITS).round().astype(np.int32)]
        cv2.polylines(page, points, CLOSED, 255, pen_px, cv2.LINE_AA, SHIFT_BITS)
    return cut_to_ink(page)


def _line(stroke: Stroke, rng: np.random.Generator) -> Points:
    """Move every point a little, round some corners, and bend through all of them."""
    points = stroke.points + rng.normal(0, POINT_JITTER, stroke.points.shape)
    points += rng.normal(0, STROKE_JITTER, 2)
    sharp = [corner for corner in stroke.corners if rng.random() >= ROUNDED]
    ends = [0, *sharp, len(points) - 1]
    return np.concatenate([curve(points[a : b + 1]) for a, b in pairwise(ends)])


def curve(points: Points) -> Points:
    """A Catmull-Rom curve through (n, 2) points.

    Source: E. Catmull, R. Rom, "A class of local interpolating splines", 1974.
    """
    padded = np.concatenate((points[:1], points, points[-1:]))
    t = np.linspace(0, 1, STEPS)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return np.concatenate(pieces)
