"""What several commands take."""

from argparse import ArgumentTypeError


def positive_number(text: str) -> int:
    """A whole number from 1, as an argument's `type`.

    Raises:
        ArgumentTypeError: it is none; argparse prints the words.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"Expected a whole number above 0. Received: {text}")
    return number
