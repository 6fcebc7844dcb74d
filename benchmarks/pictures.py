"""Pictures like those people send: a drawing, a scanned piece of paper, a photo."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH_PX, HEIGHT_PX = 90, 140
CANVAS_PX = 280
# A phone held upright: its sensor lies on its side, and a tag says so.
PHOTO_PX = (3000, 4000)
ORIENTATION_TAG, HELD_UPRIGHT = 0x0112, 6

# Digits as strokes, in a box of 1 by 1.
STROKES = {
    1: [[(0.3, 0.25), (0.55, 0.0), (0.55, 1.0)]],
    4: [[(0.6, 1.0), (0.6, 0.0), (0.05, 0.65), (0.95, 0.65)]],
    7: [[(0.05, 0.05), (0.95, 0.05), (0.4, 1.0)]],
}


def make_pictures(count: int, *, seed: int = 0) -> list[bytes]:
    """`count` different JPEGs of 90x140 pixels, grey pen on paper with some grain."""
    return _make(_make_scan, count, seed)


def make_canvases(count: int, *, seed: int = 0) -> list[bytes]:
    """`count` different PNGs as the drawing page sends them, RGBA, black on white."""
    return _make(_make_canvas, count, seed)


def make_photos(count: int, *, seed: int = 0) -> list[bytes]:
    """`count` different JPEGs of 12 megapixels: a page in uneven light, with noise."""
    return _make(_make_photo, count, seed)


def _make(
    make: Callable[[int, np.random.Generator], bytes], count: int, seed: int
) -> list[bytes]:
    rng = np.random.default_rng(seed)
    digits = list(STROKES)
    return [make(digits[i % len(digits)], rng) for i in range(count)]


def _make_scan(digit: int, rng: np.random.Generator) -> bytes:
    paper = int(rng.integers(215, 245))
    image = Image.new("L", (WIDTH_PX, HEIGHT_PX), paper)
    left, top = rng.uniform(15, 25), rng.uniform(20, 35)
    width, height = rng.uniform(40, 50), rng.uniform(75, 90)
    box = (left, top, width, height)
    _draw(image, digit, box, rng, ink=int(rng.integers(30, 90)), pen_px=7)
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    grain = soft + rng.normal(0, 3, soft.shape)
    return _jpeg(Image.fromarray(grain.clip(0, 255).astype(np.uint8)))


def _make_canvas(digit: int, rng: np.random.Generator) -> bytes:
    # Drawn larger and reduced: a browser smooths the edges of strokes.
    side = 4 * CANVAS_PX
    image = Image.new("RGBA", (side, side), "white")
    box = (rng.uniform(300, 400), rng.uniform(150, 250), 400, 700)
    _draw(image, digit, box, rng, ink="black", pen_px=64)
    buffer = io.BytesIO()
    image.reduce(4).save(buffer, "PNG")
    return buffer.getvalue()


def _make_photo(digit: int, rng: np.random.Generator) -> bytes:
    image = Image.new("RGB", PHOTO_PX, (222, 216, 203))
    box = (rng.uniform(800, 1200), rng.uniform(900, 1400), 700, 1200)
    _draw(image, digit, box, rng, ink=(38, 44, 92), pen_px=70)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(2)), np.float32)
    light = np.linspace(1, 0.6, PHOTO_PX[0], dtype=np.float32)[:, None]
    noise = rng.standard_normal((*pixels.shape[:2], 1), np.float32)
    photo = Image.fromarray((pixels * light + 6 * noise).clip(0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = HELD_UPRIGHT
    return _jpeg(photo.transpose(Image.Transpose.ROTATE_90), exif=exif)


def _draw(
    image: Image.Image,
    digit: int,
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
    *,
    ink: Any,
    pen_px: int,
) -> None:
    """Draw a digit into a box (left, top, width, height) with an unsteady hand."""
    left, top, width, height = box
    shake_px = height / 80
    for stroke in STROKES[digit]:
        points = [
            (
                left + x * width + rng.normal(0, shake_px),
                top + y * height + rng.normal(0, shake_px),
            )
            for x, y in stroke
        ]
        ImageDraw.Draw(image).line(points, fill=ink, width=pen_px, joint="curve")


def _jpeg(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()
