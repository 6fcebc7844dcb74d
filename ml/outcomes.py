"""What a reading can come to."""

from enum import StrEnum


class Outcome(StrEnum):
    """How an image was answered."""

    SURE = "sure"
    UNSURE = "unsure"
    BLANK = "blank"
    NOT_A_DIGIT = "not_a_digit"
