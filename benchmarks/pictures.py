"""Pictures like those people send: a pen on a scanned piece of paper, as JPEG."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH_PX, HEIGHT_PX = 90, 140

# Digits as strokes, in a box of 1 by 1.
STROKES = {
    1: [[(0.3, 0.25), (0.55, 0.0), (0.55, 1.0)]],
    4: [[(0.6, 1.0), (0.6, 0.0), (0.05, 0.65), (0.95, 0.65)]],
    7: [[(0.05, 0.05), (0.95, 0.05), (0.4, 1.0)]],
}


def make_pictures(count: int, *, seed: int = 0) -> list[bytes]:
    """`count` different JPEGs of 90x140 pixels, grey pen on paper with some grain."""
    rng = np.random.default_rng(seed)
    digits = list(STROKES)
    return [_make_picture(digits[i % len(digits)], rng) for i in range(count)]


def _make_picture(digit: int, rng: np.random.Generator) -> bytes:
    paper = int(rng.integers(215, 245))
    image = Image.new("L", (WIDTH_PX, HEIGHT_PX), paper)
    draw = ImageDraw.Draw(image)
    left, top = rng.uniform(15, 25), rng.uniform(20, 35)
    width, height = rng.uniform(40, 50), rng.uniform(75, 90)
    for stroke in STROKES[digit]:
        points = [
            (left + x * width + rng.normal(0, 1), top + y * height + rng.normal(0, 1))
            for x, y in stroke
        ]
        draw.line(points, fill=int(rng.integers(30, 90)), width=7, joint="curve")
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    grain = soft + rng.normal(0, 3, soft.shape)
    return _jpeg(grain.clip(0, 255).astype(np.uint8))


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
