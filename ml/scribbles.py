"""Things drawn out of nothing: letters nobody knows, scribbles, figures, scenes."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.canvases import CANVAS_PX, Canvas
from ml.fonts import Drawing, cut_to_ink
from ml.handwriting import curve
from ml.pages import Page

# Whether a line returns to where it began.
OPEN, CLOSED = False, True


@lru_cache(maxsize=2)
def invented_letters(n: int, *, seed: int = 1) -> tuple[Drawing, ...]:
    """Letters of scripts that do not exist; some look like digits."""
    rng = np.random.default_rng(seed)
    letters = [cut_to_ink(_invented_letter(rng)) for _ in range(n)]
    # A narrow one is a 1.
    return tuple(each for each in letters if min(each.shape) > 0.4 * max(each.shape))


def _invented_letter(rng: np.random.Generator) -> Drawing:
    """Two to five strokes, most of them joined."""
    page = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    pen_px = int(rng.integers(2, 7))
    known = [_place(rng)]
    for _stroke in range(int(rng.integers(2, 6))):
        is_joined = rng.random() < 0.75
        start = known[int(rng.integers(len(known)))] if is_joined else _place(rng)
        stop = _place(rng)
        bulge = rng.normal(0, 14, 2) if rng.random() < 0.6 else np.zeros(2)
        t = np.linspace(0, 1, 12)[:, None]
        path = (1 - t) * start + t * stop + 4 * t * (1 - t) * bulge
        points = [path.round().astype(np.int32)]
        cv2.polylines(page, points, OPEN, 255, pen_px, cv2.LINE_8)
        known += [path[6], stop]
    return page


def scribble(rng: np.random.Generator) -> Canvas:
    """Some long, winding strokes."""
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    pen_px = int(rng.integers(2, 10))
    for _stroke in range(int(rng.integers(1, 4))):
        corners = rng.uniform(8, CANVAS_PX - 8, (int(rng.integers(5, 14)), 2))
        path = curve(corners) if rng.random() < 0.7 else corners
        points = [path.round().astype(np.int32)]
        cv2.polylines(canvas, points, OPEN, 1.0, pen_px, cv2.LINE_8)
    return canvas


def wave(rng: np.random.Generator) -> Canvas:
    """A zigzag, a wave, a spiral or hatching."""
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    t = np.linspace(0, 1, 160)
    turns = float(rng.uniform(2.2, 6))
    middle = CANVAS_PX / 2
    match int(rng.integers(4)):
        case 0:
            x = 8 + t * (CANVAS_PX - 16)
            y = middle + rng.uniform(4, 30) * np.sin(2 * np.pi * turns * t)
        case 1:
            x = 8 + t * (CANVAS_PX - 16)
            y = middle + rng.uniform(4, 30) * (2 * np.abs((turns * t) % 2 - 1) - 1)
        case 2:
            x = middle + 32 * t * np.cos(2 * np.pi * turns * t)
            y = middle + 32 * t * np.sin(2 * np.pi * turns * t)
        case _:
            lines = int(rng.integers(3, 8))
            for at in np.linspace(10, CANVAS_PX - 10, lines).round().astype(int):
                end = int(at + rng.integers(-8, 9))
                cv2.line(canvas, (int(at), 10), (end, 74), 1.0, int(rng.integers(2, 6)))
            return _maybe_turned(canvas, rng)
    points = [np.stack((x, y), axis=1).round().astype(np.int32)]
    cv2.polylines(canvas, points, OPEN, 1.0, int(rng.integers(2, 8)), cv2.LINE_8)
    return _maybe_turned(canvas, rng)


def figure(rng: np.random.Generator) -> Canvas:
    """A polygon, a star, a cross, an arrow, a tick, a dash, a dot; some are filled."""
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    pen_px = int(rng.integers(2, 9))
    middle, radius = CANVAS_PX / 2, 30.0
    match int(rng.integers(6)):
        case 0 | 1:
            corners = int(rng.integers(3, 6))
            angles = 2 * np.pi * (np.arange(corners) / corners + rng.random())
            if corners == 5:
                angles = angles[[0, 2, 4, 1, 3]]
            points = middle + radius * np.stack((np.cos(angles), np.sin(angles)), 1)
            shape = points.round().astype(np.int32)
            if rng.random() < 0.35:
                cv2.fillPoly(canvas, [shape], 1.0)
            else:
                cv2.polylines(canvas, [shape], CLOSED, 1.0, pen_px)
        case 2:
            shift = int(rng.integers(-12, 13))
            cv2.line(canvas, (12, 12 + shift), (72, 72 - shift), 1.0, pen_px)
            cv2.line(canvas, (72, 12), (12, 72), 1.0, pen_px)
        case 3:
            tip = int(rng.integers(8, 24))
            cv2.line(canvas, (10, 42), (74, 42), 1.0, pen_px)
            cv2.line(canvas, (74, 42), (74 - tip, 42 - tip), 1.0, pen_px)
            cv2.line(canvas, (74, 42), (74 - tip, 42 + tip), 1.0, pen_px)
            canvas = _maybe_turned(canvas, rng)
        case 4:
            half = int(rng.integers(1, 10))
            cv2.rectangle(canvas, (10, 42 - half), (74, 42 + half), 1.0, -1)
        case _:
            size = int(rng.integers(12, 32)), int(rng.integers(12, 32))
            cv2.ellipse(canvas, (42, 42), size, 0, 0, 360, 1.0, -1)
    return canvas


def scene(rng: np.random.Generator) -> Page:
    """What a picture without writing may show: cloth, a face, a yard.

    Noise with as much energy in each octave as photos have, with things in front.
    """
    side = int(rng.integers(40, 140))
    ground = np.zeros((side, side), np.float32)
    for octave in range(int(rng.integers(1, 5)), 6):
        cells = min(side, 2**octave)
        coarse = rng.standard_normal((cells, cells), np.float32) / 2 ** (octave * 0.8)
        ground += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    ground = (ground - ground.min()) / max(float(np.ptp(ground)), 1e-6)
    ground *= float(rng.uniform(0, 0.5))
    # What is wider than any stroke passes for shade: it takes small things to be seen.
    for _thing in range(int(rng.integers(2, 14))):
        centre = rng.integers(0, side, 2).tolist()
        size = rng.integers(2, side // 5, 2).tolist()
        thick = -1 if rng.random() < 0.6 else int(rng.integers(1, 6))
        shade = float(rng.uniform(0.4, 1))
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(ground, centre, size, angle, 0, 360, shade, thick)
    return np.asarray(ground, np.float32)


def _place(rng: np.random.Generator) -> NDArray[np.float64]:
    """A point near one of the corners, sides or the middle of a square."""
    return np.asarray(rng.choice((14, 42, 70), 2) + rng.normal(0, 4, 2), np.float64)


def _maybe_turned(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    return np.ascontiguousarray(np.rot90(canvas, int(rng.integers(4))))
