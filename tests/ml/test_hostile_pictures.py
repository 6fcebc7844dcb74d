"""Pictures that are made to harm: bombs, and those that are something else as well."""

import io
import resource
import struct

import pytest
from PIL import Image

from ml.errors import ImageError, ImageTooLarge
from ml.imaging import decode_image, encode_picture
from tests.ml.pages import as_file, make_page

SCRIPT = b"<html><script>alert(document.domain)</script></html>"
SIDE_PX = 60_000


def gif_that_claims(side_px: int) -> bytes:
    size = struct.pack("<HH", side_px, side_px)
    frame = b"," + struct.pack("<HH", 0, 0) + size + b"\0"
    return b"GIF89a" + size + b"\x80\0\0" + bytes(6) + frame + b"\x02\x02L\x01\0;"


def bmp_that_claims(side_px: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, side_px, side_px, 1, 24, *[0] * 6)
    return b"BM" + struct.pack("<IHHI", 54 + 300, 0, 0, 54) + header + bytes(300)


def tiff_that_claims(side_px: int) -> bytes:
    short, long = 3, 4
    tags = [
        (256, long, side_px), (257, long, side_px), (258, short, 8), (259, short, 1),
        (262, short, 1), (273, long, 200), (277, short, 1), (278, long, side_px),
        (279, long, 300),
    ]  # fmt: skip
    entries = [struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags]
    directory = struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(400)


def webp_that_claims(side_px: int) -> bytes:
    size = (side_px - 1).to_bytes(3, "little") * 2
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


BOMBS = {
    "gif": gif_that_claims(SIDE_PX),
    "bmp": bmp_that_claims(SIDE_PX),
    "tiff": tiff_that_claims(SIDE_PX),
    "webp": webp_that_claims(16_000),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_another_kind_goes_off_nowhere(data):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ImageError):
        decode_image(data)

    assert len(data) < 1000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


@pytest.mark.parametrize("kind", ["gif", "bmp", "tiff"])
def test_a_bomb_is_known_by_what_it_claims(kind):
    with pytest.raises(ImageTooLarge):
        decode_image(BOMBS[kind])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_of_a_picture_that_is_a_page_as_well_nothing_but_pixels_is_kept(kind):
    sent = as_file(make_page(), kind) + SCRIPT

    kept = encode_picture(decode_image(sent))

    assert SCRIPT in sent
    assert b"script" not in kept.data
    assert kept.media_type in {"image/png", "image/jpeg"}


def test_what_a_picture_says_in_words_is_not_kept():
    sent = as_file(make_page(), "JPEG", comment=SCRIPT)

    kept = encode_picture(decode_image(sent))

    assert SCRIPT in sent
    assert SCRIPT not in kept.data
    assert "comment" not in Image.open(io.BytesIO(kept.data)).info
