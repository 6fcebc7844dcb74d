"""What a reading can come to."""

from enum import StrEnum
from typing import Final

DIGITS: Final = 10
# The label, and the network's output, after those of 0 to 9.
NOT_A_DIGIT_LABEL: Final = 10


class Outcome(StrEnum):
    """How an image was answered."""

    SURE = "sure"
    UNSURE = "unsure"
    BLANK = "blank"
    NOT_A_DIGIT = "not_a_digit"
