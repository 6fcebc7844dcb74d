"""JPEGs that ask for far more work than they have bytes."""

import time

import pytest
from PIL import Image

from ml.errors import UnreadableImage
from ml.imaging import decode_image
from tests.ml.pages import as_file, make_page

SCAN, END = b"\xff\xda", b"\xff\xd9"


def with_repeated_scan(side_px: int, times: int, mode: str = "L") -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = as_file(
        Image.new(mode, (side_px, side_px), "white"), "JPEG", progressive=True
    )
    last = whole[whole.rindex(SCAN) : -len(END)]
    return whole[: -len(END)] + last * times + END


@pytest.mark.parametrize(
    ("side_px", "times"),
    # Many scans of few pixels, and some of many.
    [(100, 300), (6000, 60)],
)
def test_what_would_take_seconds_is_refused_at_once(side_px, times):
    data = with_repeated_scan(side_px, times)
    begun_at = time.process_time()

    with pytest.raises(UnreadableImage, match="too long"):
        decode_image(data)

    assert len(data) < 500_000
    assert time.process_time() - begun_at < 0.5


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_progressive_photo_is_read(mode):
    decoded = decode_image(with_repeated_scan(4000, 0, mode))

    assert (decoded.width, decoded.height) == (4000, 4000)


def test_a_few_scans_more_are_read():
    assert decode_image(with_repeated_scan(100, 40)).width == 100


def test_what_stands_in_its_description_or_after_its_end_is_no_scan():
    comment = b"\xff\xfe" + (2 + 600).to_bytes(2, "big") + SCAN * 300
    plain = as_file(make_page(), "JPEG")

    decoded = decode_image(plain[:2] + comment + plain[2:] + SCAN * 300)

    assert decoded.width == 280
