"""From the bytes a person sent to an upright picture, and back to clean bytes."""

import io
import struct
import threading
import warnings
import zlib
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ml.errors import (
    EmptyImage,
    ImageError,
    ImageTooLarge,
    UnreadableImage,
    UnsupportedImage,
)
from ml.jpegs import refuse_endless_work

# A 48-megapixel phone picture passes; a 50,000 x 50,000 bomb never gets decoded.
MAX_PIXELS: Final = 50_000_000
# Their decoders hold a picture several times over, 16 bytes a pixel and more.
COSTLY_FORMATS: Final = frozenset({"WEBP", "AVIF"})
MAX_PIXELS_OF_COSTLY: Final = 25_000_000
# Pictures are kept, and digits looked for, at no more than this. A digit that fills
# a fiftieth of the long side still has 32 pixels, more than the 20 of its glyph.
KEPT_SIDE_PX: Final = 1600
# Good enough that a second reading of the kept picture sees the same strokes.
JPEG_QUALITY: Final = 92

FORMATS: Final = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
# Formats that lose detail anyway, so that a small JPEG of them loses nothing visible.
LOSSY_FORMATS: Final = frozenset({"JPEG", "MPO", "AVIF", "HEIF"})

JPEG_FORMATS: Final = frozenset({"JPEG", "MPO"})

# Pillow raises these, and no common base, on damaged files.
DECODER_ERRORS: Final = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
# A picture above this is decoded while no other of its size is, in one process.
LARGE_PIXELS: Final = 8_000_000
_ONE_AT_A_TIME: Final = threading.Semaphore()
# Modes whose neighbouring pixels Pillow can average as they are.
AVERAGED_MODES: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"})
# What brings a picture upright, by the value of its EXIF tag.
ORIENTATION_TAG: Final = 0x0112
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS: Final = frozenset({5, 6, 7, 8})

HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")

# Pillow refuses twice its limit and warns below; we refuse from the limit on.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
DECODER_MODULES: Final = r"(PIL|pillow_heif)\."


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright picture of mode L, RGB or RGBA, at most KEPT_SIDE_PX a side.

    `width` and `height` are those of the upright picture as it was sent, in px;
    `image` may be smaller, by the same factor in both directions.
    """

    image: Image.Image
    width: int
    height: int
    is_lossy: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture without any metadata."""

    data: bytes
    media_type: str
    extension: str
    width: int
    height: int


def decode_image(data: bytes) -> DecodedImage:
    """Decode, turn upright by its EXIF tag and reduce to the kept size.

    Args:
        data: a PNG, JPEG, MPO, WebP, GIF, BMP, TIFF, AVIF or HEIC file. Of an
            animation or a multi-page file the first picture counts.
    Raises:
        EmptyImage, UnreadableImage, UnsupportedImage, ImageTooLarge.
    """
    if not data:
        raise EmptyImage("The file is empty. Please choose another one.")
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        _register_heif()
    _hush_decoders()
    try:
        return _decode(data)
    except Image.DecompressionBombError as error:
        raise _too_large(MAX_PIXELS) from error
    except UnidentifiedImageError as error:
        raise _unknown(data) from error
    except DECODER_ERRORS as error:
        raise UnreadableImage(
            "This picture is damaged or cut short. "
            "Please save it again, or send another one."
        ) from error


def encode_picture(decoded: DecodedImage) -> Picture:
    """Encode anew what was decoded, so that nothing but pixels is left.

    What came as JPEG, AVIF or HEIC becomes JPEG; all else becomes PNG.
    """
    image = decoded.image
    if decoded.is_lossy and image.mode != "RGBA":
        return _encode(image, "JPEG", quality=JPEG_QUALITY)
    return _encode(image, "PNG", compress_level=1)


def thumbnail(data: bytes, *, side_px: int) -> Picture:
    """Make a small copy of a kept picture.

    Where it was transparent it lies on white, or on black if what is drawn is light.
    """
    image = decode_image(data).image
    image.thumbnail((side_px, side_px))
    if image.mode == "RGBA":
        pixels = np.asarray(image, np.float32)
        opacity = pixels[..., 3]
        light = (pixels[..., :3].mean(axis=2) * opacity).sum() / max(opacity.sum(), 1)
        page = Image.new("RGBA", image.size, "black" if light > 127 else "white")
        page.alpha_composite(image)
        image = page.convert("RGB")
    return _encode(image, "PNG", optimize=False)


def encode_grey_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W) uint8 grey values as PNG."""
    # Half of Pillow's time, and a glyph is encoded for every answer.
    _, data = cv2.imencode(".png", pixels, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    return data.tobytes()


def _unknown(data: bytes) -> ImageError:
    """Name what people send most often instead of a picture."""
    start = data[:4096].replace(b"\0", b"").lower()
    for mark, kind in ((b"<svg", "An SVG drawing"), (b"%pdf", "A PDF")):
        if mark in start:
            return UnsupportedImage(
                f"{kind} cannot be read here. Please send it as a PNG or JPEG picture."
            )
    return UnreadableImage(
        "This file is not a picture that can be read here. "
        "Please send a PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or HEIC file."
    )


def _register_heif() -> None:
    # Late, because libheif costs 3 MB a process and few pictures need it.
    import pillow_heif

    pillow_heif.register_heif_opener()


def _hush_decoders() -> None:
    """Ignore what decoders remark on a file that they read nevertheless.

    Where warnings are made errors (`python -W error`), a remark would end the request.
    """
    # Not catch_warnings: it changes the filters of all threads, and back again.
    warnings.filterwarnings("ignore", module=DECODER_MODULES)


def _decode(data: bytes) -> DecodedImage:
    with Image.open(io.BytesIO(data), formats=_known_formats()) as opened:
        width, height = opened.size
        is_costly = opened.format in COSTLY_FORMATS
        limit = MAX_PIXELS_OF_COSTLY if is_costly else MAX_PIXELS
        if width * height > limit:
            raise _too_large(limit)
        if opened.format in JPEG_FORMATS:
            refuse_endless_work(data, pixels=width * height)
        is_lossy = opened.format in LOSSY_FORMATS
        # One large picture at a time in a process: each takes hundreds of MB.
        with _ONE_AT_A_TIME if width * height > LARGE_PIXELS else nullcontext():
            _draft(opened)
            opened.load()
            image = _fitted(opened)
    orientation = opened.getexif().get(ORIENTATION_TAG, 1)
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    if orientation in SIDEWAYS:
        width, height = height, width
    return DecodedImage(image, width, height, is_lossy)


def _fitted(opened: Image.Image) -> Image.Image:
    """Bring a picture to the kept size and to L, RGB or RGBA, in this order if it can.

    A palette or a mask cannot be averaged before its colours are looked up.
    """
    factor = max(opened.size) // KEPT_SIDE_PX
    if opened.mode in AVERAGED_MODES and factor > 1:
        opened, factor = opened.reduce(factor), 1
    if opened.mode.startswith(("I", "F")):
        image = _stretched(opened, max(1, factor))
    else:
        image = _plain_mode(opened)
    if max(image.size) > KEPT_SIDE_PX:
        image.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX), Image.Resampling.BOX)
    return image


def _known_formats() -> list[str]:
    Image.preinit()
    if not set(FORMATS) - {"HEIF"} <= Image.OPEN.keys():
        Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _draft(opened: Image.Image) -> None:
    """Let the JPEG decoder skip detail above the kept size: half the time at half."""
    for factor in (8, 4, 2):
        if max(opened.size) // factor >= KEPT_SIDE_PX:
            width, height = opened.size
            opened.draft(None, (width // factor, height // factor))
            return


def _plain_mode(image: Image.Image) -> Image.Image:
    """Bring a mode of 8-bit channels to L, RGB or RGBA."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _stretched(image: Image.Image, factor: int) -> Image.Image:
    """Map 16-bit, 32-bit or float grey values of unknown range to 0..255."""
    values = np.asarray(image)
    if factor > 1:
        # OpenCV averages 16-bit and float values; the others become float.
        values = values if values.dtype == np.uint16 else values.astype(np.float32)
        size = (max(1, image.width // factor), max(1, image.height // factor))
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    values = np.nan_to_num(values.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return Image.new("L", (values.shape[1], values.shape[0]), 255)
    values = (values - low) * np.float32(255 / (high - low))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _too_large(limit: int) -> ImageTooLarge:
    return ImageTooLarge(
        f"This picture has more than {limit // 1_000_000} megapixels. "
        "Please send a smaller copy."
    )


def _encode(image: Image.Image, kind: str, **options: int | bool) -> Picture:
    clean = image.copy()
    # Comments, profiles and EXIF are in here, and are written from here.
    clean.info = {}
    buffer = io.BytesIO()
    clean.save(buffer, kind, **options)
    extension = "jpg" if kind == "JPEG" else "png"
    return Picture(buffer.getvalue(), f"image/{kind.lower()}", extension, *clean.size)
