"""Where in a list somebody is, as a text that he hands back."""

import base64
import binascii


class InvalidCursor(ValueError):
    """A cursor that none of our pages handed out."""


def cursor_encode(pk: int) -> str:
    return base64.urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def cursor_decode(cursor: str) -> int:
    """The key in a cursor.

    Raises:
        InvalidCursor: it is not one of ours.
    """
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        pk = int(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor(cursor) from error
    if not 0 <= pk < 2**63:
        raise InvalidCursor(cursor)
    return pk
