"""How much work a JPEG asks for before a pixel of it is seen."""

import re
from typing import Final

from ml.errors import UnreadableImage

# Encoders write 10 scans of a progressive picture, and no tool more than some dozens.
MAX_SCANS: Final = 100
# Each scan may pass over all pixels again, however few bytes it has: half a second.
MAX_PIXELS_OF_SCANS: Final = 1_000_000_000

# Stuffed and fill bytes, and the marks within a scan, end nothing.
MARKER: Final = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8})
START_OF_SCAN: Final = 0xDA
END_OF_IMAGE: Final = 0xD9


def refuse_endless_work(data: bytes, *, pixels: int) -> None:
    """Refuse what would take seconds, as a decoder once begun cannot be stopped.

    400 KB can ask for half a minute of work, and 25 MB for hours.

    Args:
        data: a JPEG; what follows its first picture is not looked at.
        pixels: width times height.
    Raises:
        UnreadableImage: decoding would take too long.
    """
    most = min(MAX_SCANS, MAX_PIXELS_OF_SCANS // max(1, pixels))
    if _scans(data, at_most=most + 1) > most:
        raise UnreadableImage(
            "This picture would take too long to read. "
            "Please save it again as a plain JPEG or PNG."
        )


def _scans(data: bytes, *, at_most: int) -> int:
    """Count the scans of the first picture, as libjpeg finds them.

    Source: ITU-T T.81, B.1 (markers and segments).
    """
    count, position = 0, 0
    while count < at_most and (found := MARKER.search(data, position)):
        marker, position = found[1][0], found.end()
        if marker == END_OF_IMAGE:
            break
        if marker not in WITHOUT_LENGTH:
            # The length counts itself.
            position += int.from_bytes(data[position : position + 2], "big")
        count += marker == START_OF_SCAN
    return count
