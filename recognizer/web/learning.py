"""What people are told of the models that learnt from what they deleted."""

from collections.abc import Sequence


def taught_words(numbers: Sequence[int]) -> str:
    """A sentence, with a space before it; nothing where no model learnt from it."""
    if not numbers:
        return ""
    *others, last = map(str, numbers)
    named = f"Models {', '.join(others)} and {last}" if others else f"Model {last}"
    return (
        f" {named} had learnt from it and cannot unlearn; the staff sees how much was "
        f"deleted, and may train anew or go back."
    )
