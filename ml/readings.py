"""What was read in a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph
from ml.found import FoundDigit
from ml.imaging import Picture
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL, Outcome


@dataclass(frozen=True, slots=True)
class DigitReading:
    """One digit: where it stands, what the model saw and what it made of it.

    Attributes:
        box: in px of the upright picture as it was sent.
        glyph: (28, 28) uint8, white ink on black.
        probabilities: ten, for 0 to 9, calibrated; with `not_a_digit` they sum to 1.
        digit: the most probable one.
        confidence: its probability.
        not_a_digit: probability of being none; 0 for networks that do not tell.
    """

    box: Box
    glyph: Glyph
    probabilities: tuple[float, ...]
    digit: int
    confidence: float
    not_a_digit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one picture.

    Attributes:
        outcome: how it was answered.
        digits: from left to right; none when the picture is blank.
        text: the digits as a string; what is not a digit stands for the closest one.
        confidence: of the whole text; 0 when the picture is blank.
        width, height: of the upright picture as it was sent, in px.
        picture: the picture encoded anew without metadata, when asked for.
    """

    outcome: Outcome
    digits: tuple[DigitReading, ...]
    text: str
    confidence: float
    width: int
    height: int
    picture: Picture | None = None


def reading_of(found: FoundDigit, probabilities: NDArray[np.float64]) -> DigitReading:
    """What is read in a digit that was found, of (11,) calibrated probabilities."""
    of_digits = probabilities[:DIGITS]
    digit = int(of_digits.argmax())
    return DigitReading(
        found.box,
        found.glyph,
        tuple(of_digits.tolist()),
        digit,
        float(of_digits[digit]),
        float(probabilities[NOT_A_DIGIT_LABEL]),
    )
