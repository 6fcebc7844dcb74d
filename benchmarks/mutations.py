"""Files that no program would write: pictures damaged in every way, and plain noise.

The file of a number and a seed is always the same, so that a find can be looked at.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, TypeVar

import cv2
import numpy as np
from PIL import Image

# Sides that hardly anything else in a header is like, so that they are found there.
WIDTH_PX: Final = 61
HEIGHT_PX: Final = 47
LONGEST_NOISE: Final = 3000

ChoiceT = TypeVar("ChoiceT")

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
SIGNATURES: Final = (
    b"",
    PNG_SIGNATURE,
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF\xff\0\0\0WEBP",
    b"\0\0\0\x20ftypavif",
    b"\0\0\0\x20ftypheic",
    b"<svg",
    b"%PDF-",
)

# Beyond what is read, beyond what a field should hold, and just within the limit.
WRONG_SIDES: Final = (0, 1, 7_000, 16_383, 40_000, 65_535, 2**31 - 1, 2**32 - 1)
# How headers write a side: so many bytes, in this order, less so much.
SIDE_FIELDS: Final[tuple[tuple[int, Any, int], ...]] = (
    (2, "big", 0),
    (2, "little", 0),
    (4, "big", 0),
    (4, "little", 0),
    (3, "little", 1),
)

# Kind, mode and options of every picture that the mutations start from.
KINDS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("PNG", "L", {}),
    ("PNG", "P", {"transparency": 0}),
    ("PNG", "1", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "I;16", {}),
    ("PNG", "RGB", {"icc_profile": b"a profile", "exif": b"Exif\0\0II*\0\x08\0\0\0"}),
    ("PNG", "RGB", {"save_all": True}),
    ("JPEG", "L", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03"}),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "CMYK", {}),
    ("MPO", "RGB", {"save_all": True}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("WEBP", "RGB", {"save_all": True}),
    ("GIF", "P", {"transparency": 0}),
    ("GIF", "L", {"save_all": True}),
    ("BMP", "1", {}),
    ("BMP", "L", {}),
    ("BMP", "RGB", {}),
    ("TIFF", "L", {}),
    ("TIFF", "F", {"compression": "tiff_lzw"}),
    ("TIFF", "I", {}),
    ("TIFF", "I;16", {"compression": "packbits"}),
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "RGB", {"compression": "jpeg"}),
    ("TIFF", "CMYK", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", "RGBA", {"save_all": True}),
    ("AVIF", "RGB", {}),
    ("AVIF", "RGBA", {"save_all": True}),
    ("HEIF", "RGB", {}),
)

Mutation = Callable[[bytes, np.random.Generator], bytes]


def make_file(number: int, *, seed: int = 0) -> bytes:
    """Make the file of a number: each original and each mutation has its turn."""
    rng = np.random.default_rng([seed, number])
    sources = originals()
    mutation = MUTATIONS[number // len(sources) % len(MUTATIONS)]
    data = mutation(sources[number % len(sources)], rng)
    # With sums that do not fit, Pillow gives up before its decoder sees anything.
    return with_right_sums(data) if rng.random() < 0.7 else data


@cache
def originals() -> tuple[bytes, ...]:
    """One whole picture of every kind."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    page = np.full((HEIGHT_PX, WIDTH_PX), 240, np.uint8)
    corners = np.array([(15, 8), (45, 8), (25, 40)], np.int32)
    cv2.polylines(page, [corners], isClosed=False, color=20, thickness=4)
    return tuple(_encoded(page, *kind) for kind in KINDS)


def noise(_data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes by chance, behind the signature of a picture or behind none."""
    return _any(SIGNATURES, rng) + rng.bytes(int(rng.integers(LONGEST_NOISE)))


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """Replace a few bytes, most often near the start, where the headers are."""
    changed = bytearray(data)
    reach = _any((64, 256, len(data)), rng)
    for position in rng.integers(0, min(reach, len(data)), rng.integers(1, 12)):
        changed[position] = rng.integers(256)
    return bytes(changed)


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data))]


def blotted(data: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a stretch with one value."""
    start = int(rng.integers(len(data)))
    length = min(int(rng.integers(1, 80)), len(data) - start)
    value = _any((b"\0", b"\xff", b"\x7f", rng.bytes(1)), rng)
    return data[:start] + value * length + data[start + length :]


def spliced(data: bytes, rng: np.random.Generator) -> bytes:
    """Go on with the rest of another picture, or with an earlier part of this one."""
    other = _any((data, *originals()), rng)
    return data[: rng.integers(len(data))] + other[rng.integers(len(other)) :]


def missized(data: bytes, rng: np.random.Generator) -> bytes:
    """Claim other sides wherever a header may state them."""
    for side in (WIDTH_PX, HEIGHT_PX):
        for length, order, less in SIDE_FIELDS:
            if rng.random() < 0.3:
                continue
            wrong = min(_any(WRONG_SIDES, rng), 2 ** (8 * length) - 1)
            right = (side - less).to_bytes(length, order)
            data = data.replace(right, wrong.to_bytes(length, order), 2)
    return data


MUTATIONS: Final[tuple[Mutation, ...]] = (
    noise,
    flipped,
    cut,
    blotted,
    spliced,
    missized,
)


def with_right_sums(data: bytes) -> bytes:
    """Give the chunks of a PNG the check sums of what they hold now."""
    if not data.startswith(PNG_SIGNATURE):
        return data
    return PNG_SIGNATURE + b"".join(_chunks(data[len(PNG_SIGNATURE) :]))


def _chunks(data: bytes) -> Iterator[bytes]:
    while len(data) >= 12:
        end = 8 + int.from_bytes(data[:4], "big")
        if end + 4 > len(data):
            break
        yield data[:end] + zlib.crc32(data[4:end]).to_bytes(4, "big")
        data = data[end + 4 :]
    yield data


def _encoded(
    page: np.ndarray[Any, np.dtype[np.uint8]],
    kind: str,
    mode: str,
    options: dict[str, Any],
) -> bytes:
    image = (
        Image.fromarray(page.astype(np.uint16) * 200)
        if mode == "I;16"
        else Image.fromarray(page).convert(mode)
    )
    if options.get("save_all"):
        options = options | {"append_images": [image.rotate(180)]}
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _any(choices: tuple[ChoiceT, ...], rng: np.random.Generator) -> ChoiceT:
    return choices[rng.integers(len(choices))]
