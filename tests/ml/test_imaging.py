import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ml.errors import (
    EmptyImage,
    ImageError,
    ImageTooLarge,
    UnreadableImage,
    UnsupportedImage,
)
from ml.imaging import (
    KEPT_SIDE_PX,
    decode_image,
    encode_picture,
    thumbnail,
)
from tests.ml.pages import as_file, make_page

GPS_TAG = 0x8825
ORIENTATION_TAG = 0x0112


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO"]
)
def test_every_kind_of_picture_is_decoded(kind):
    decoded = decode_image(as_file(make_page(), kind))

    assert (decoded.width, decoded.height) == (280, 280)
    assert np.asarray(decoded.image.convert("L")).min() < 60


def test_a_heic_photo_is_decoded():
    import pillow_heif

    image = Image.fromarray(make_page()).convert("RGB")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer)

    decoded = decode_image(buffer.getvalue())

    assert decoded.image.size == (280, 280)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_comes_out_plain(mode):
    image = Image.fromarray(make_page())
    if mode == "I;16":
        image = Image.fromarray(make_page().astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"

    decoded = decode_image(as_file(image, kind))

    assert decoded.image.mode in ("L", "RGB", "RGBA")
    assert np.asarray(decoded.image.convert("L")).min() < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_by_its_exif_tag(orientation):
    upright = Image.fromarray(make_page(width=200, height=300)).convert("RGB")
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation

    decoded = decode_image(as_file(stored, "PNG", exif=exif))

    assert (decoded.width, decoded.height) == (200, 300)
    assert np.array_equal(np.asarray(decoded.image), np.asarray(upright))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("kind", "extension"), [("JPEG", "jpg"), ("PNG", "png")])
def test_a_kept_picture_carries_no_metadata(kind, extension, orientation):
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    exif.get_ifd(GPS_TAG)[1] = "N"
    text = PngInfo()
    text.add_text("Author", "a pupil")
    sent = as_file(
        Image.fromarray(make_page()),
        kind,
        exif=exif,
        icc_profile=b"a profile",
        dpi=(300, 300),
        **({"comment": "a pupil"} if kind == "JPEG" else {"pnginfo": text}),
    )

    kept = encode_picture(decode_image(sent))

    reopened = Image.open(io.BytesIO(kept.data))
    assert kept.extension == extension
    assert not reopened.getexif()
    assert set(reopened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_large_photo_is_kept_smaller_and_remembers_its_size():
    photo = Image.new("RGB", (4032, 3024), "white")

    decoded = decode_image(as_file(photo, "JPEG"))

    assert (decoded.width, decoded.height) == (4032, 3024)
    assert max(decoded.image.size) == KEPT_SIDE_PX


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F"]
)
def test_a_large_picture_of_any_mode_keeps_its_ink(mode):
    page = make_page(width=4000, height=3500, digit_px=2500, pen_px=200)
    if mode == "I;16":
        image = Image.fromarray(page.astype(np.uint16) * 200)
    else:
        image = Image.fromarray(page).convert(mode)

    decoded = decode_image(as_file(image, "TIFF"))

    pixels = np.asarray(decoded.image.convert("L"))
    assert (decoded.width, decoded.height) == (4000, 3500)
    assert pixels.shape == (1400, 1600)
    assert (pixels < 60).mean() == pytest.approx((page < 60).mean(), abs=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "I;16"])
def test_a_picture_of_50_megapixels_takes_less_than_half_a_gigabyte(mode, tmp_path):
    size = (8000, 6200)
    path = tmp_path / "large.png"
    Image.new(mode, size).save(path, compress_level=1)
    code = (
        "import sys\n"
        "from ml.imaging import decode_image\n"
        "decode_image(open(sys.argv[1], 'rb').read())\n"
        "status = open('/proc/self/status').read()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < 500  # MB


def test_transparency_is_kept():
    image = Image.fromarray(make_page()).convert("RGBA")
    image.putalpha(128)

    kept = encode_picture(decode_image(as_file(image)))

    assert Image.open(io.BytesIO(kept.data)).mode == "RGBA"


def test_a_thumbnail_fits_its_side_and_shows_white_for_transparent():
    image = Image.new("RGBA", (400, 200), (0, 0, 0, 0))

    small = thumbnail(as_file(image), side_px=100)

    pixels = np.asarray(Image.open(io.BytesIO(small.data)))
    assert (small.width, small.height) == (100, 50)
    assert pixels.min() == 255


def test_white_ink_on_a_transparent_page_shows_in_the_thumbnail():
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (40, 40, 60, 60))

    small = thumbnail(as_file(image), side_px=50)

    pixels = np.asarray(Image.open(io.BytesIO(small.data)))
    assert pixels.max() - pixels.min() > 200


def test_an_empty_file_is_named_so():
    with pytest.raises(EmptyImage, match="empty"):
        decode_image(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"this is a text file, whatever its name says",
        b"\x89PNG\r\n\x1a\n",
        as_file(make_page(), "JPEG")[:900],
        as_file(make_page())[:300],
        b"\0" * 5000,
        b"GIF89a" + b"\xff" * 40,
    ],
    ids=["text", "png-signature", "cut-jpeg", "cut-png", "zeros", "gif-junk"],
)
def test_what_is_no_whole_picture_is_unreadable(data):
    with pytest.raises(UnreadableImage):
        decode_image(data)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>",
        b"<!-- made by hand --><!DOCTYPE svg><svg/>",
        "<svg/>".encode("utf-16"),
        b"%PDF-1.7 ...",
    ],
)
def test_documents_are_unsupported(data):
    with pytest.raises(UnsupportedImage):
        decode_image(data)


@pytest.mark.parametrize("size", [(50_000, 50_000), (9_000, 7_000)])
def test_a_pixel_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(ImageTooLarge):
        decode_image(png_that_claims(*size))


def test_flipped_bytes_give_a_picture_or_a_typed_error():
    rng = np.random.default_rng(1)
    kinds = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]
    originals = [as_file(make_page(width=60, height=60), kind) for kind in kinds]
    refused = 0

    for round_ in range(700):
        data = bytearray(originals[round_ % len(kinds)])
        for position in rng.integers(0, len(data), 6):
            data[position] = rng.integers(256)
        try:
            decode_image(bytes(data))
        except ImageError:
            refused += 1

    assert refused > 100
