"""Characters drawn from fonts: typed and school-hand digits, and what is no digit.

Any folder of .ttf, .otf or .woff files will do. Without one, the faces that come with
OpenCV and Pillow draw, which know Latin letters only.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ml.errors import DatasetError

Drawing = NDArray[np.uint8]  # (h, w), 255 is full ink, cut to the ink

DIGIT_CHARACTERS: Final = "0123456789"
LATIN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIGNS: Final = "?!%@#€+=*~^<>{}[]&"
# A person could not tell these from digits either, written alone.
LIKE_DIGITS: Final = frozenset("oOlIi|sSzZbBgGqQDLJ1")
# Of these, those that mostly differ a little: an s from a 5, a dotted i from a 1.
LOOK_ALIKES: Final = {
    "D": 0,
    "Q": 0,
    "i": 1,
    "z": 2,
    "Z": 2,
    "s": 5,
    "S": 5,
    "b": 6,
    "G": 6,
    "B": 8,
    "g": 9,
    "q": 9,
}
SUFFIXES: Final = frozenset([".ttf", ".otf", ".woff"])
# High enough to be bent and made smaller, low enough for 10,000 a second.
HEIGHT_PX: Final = 56
# Small faces tell quickly which characters there are.
PROBE_PX: Final = 12
# A script's first characters; thousands of signs more would teach nothing new.
MOST_LETTERS: Final = 150
HERSHEY: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


@dataclass(frozen=True, slots=True)
class Characters:
    """Characters drawn by all fonts of a folder.

    Attributes:
        digits: drawings of each of 0 to 9, one a font.
        others: drawings of letters and signs that do not look like digits.
        look_alikes: drawings of letters that look like one, with that digit.
        name: names the fonts, for the manifest.
    """

    digits: tuple[tuple[Drawing, ...], ...]
    others: tuple[Drawing, ...]
    look_alikes: tuple[tuple[Drawing, int], ...]
    name: str


def draw_characters(folder: Path | None = None) -> Characters:
    """Draw the characters of all fonts in a folder and its sub-folders.

    Args:
        folder: None takes the faces that come with OpenCV and Pillow.
    Raises:
        DatasetError: the folder holds no font.
    """
    if folder is None:
        return _collected(_built_in_faces(), "built-in faces")
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    if not paths:
        raise DatasetError(
            f"Expected fonts ({', '.join(sorted(SUFFIXES))}) in {folder}. "
            "Received: none."
        )
    return _collected(map(_face, paths), f"{len(paths)} fonts")


Face = dict[str, Drawing]


def _collected(faces: Iterator[Face], name: str) -> Characters:
    digits: list[list[Drawing]] = [[] for _ in DIGIT_CHARACTERS]
    others: list[Drawing] = []
    look_alikes: list[tuple[Drawing, int]] = []
    for face in faces:
        for value, character in enumerate(DIGIT_CHARACTERS):
            if character in face:
                digits[value].append(face[character])
        look_alikes += [(face[c], LOOK_ALIKES[c]) for c in face if c in LOOK_ALIKES]
        known = {*DIGIT_CHARACTERS, *LOOK_ALIKES}
        others += [face[c] for c in face if c not in known]
    return Characters(
        tuple(map(tuple, digits)), tuple(others), tuple(look_alikes), name
    )


def _built_in_faces() -> Iterator[Face]:
    default = ImageFont.load_default(HEIGHT_PX)
    # Without FreeType, Pillow has but a bitmap face, of one small size.
    if isinstance(default, ImageFont.FreeTypeFont):
        yield _drawn(default, _LATIN_WANTED)
    for face in HERSHEY:
        for pen_px in (2, 5):
            yield {c: _hershey(c, face, pen_px) for c in _LATIN_WANTED}


def _face(path: Path) -> Face:
    try:
        font = ImageFont.truetype(path, HEIGHT_PX)
        probe = ImageFont.truetype(path, PROBE_PX)
    except OSError as error:
        raise DatasetError(f"Expected a font at {path}. Received: {error}") from error
    latin = [c for c in _LATIN_WANTED if _has(probe, c)]
    others = list(islice(_other_letters(probe), MOST_LETTERS))
    return _drawn(font, latin + others)


_LATIN_WANTED: Final = [
    c
    for c in DIGIT_CHARACTERS + LATIN + SIGNS
    if c == "1" or c in LOOK_ALIKES or c not in LIKE_DIGITS
]
# Of other scripts; what is missing here is found by its looks in `not_digits`.
_ALIKE: Final = frozenset("ΙΟΣΖΒιοσςζβОЗБЧІоэзбчавուսօօհоסוןזןاهةو۱ะาเแ००१২০")
# Where the letters of further scripts begin, in Unicode; and how many to try.
_SCRIPTS: Final = {
    "Greek": (0x0391, 64),
    "Cyrillic": (0x0410, 64),
    "Armenian": (0x0531, 90),
    "Hebrew": (0x05D0, 27),
    "Arabic": (0x0620, 75),
    "Devanagari": (0x0904, 54),
    "Bengali": (0x0985, 53),
    "Gurmukhi": (0x0A05, 53),
    "Gujarati": (0x0A85, 53),
    "Tamil": (0x0B85, 53),
    "Telugu": (0x0C05, 53),
    "Kannada": (0x0C85, 53),
    "Malayalam": (0x0D05, 53),
    "Sinhala": (0x0D85, 66),
    "Thai": (0x0E01, 46),
    "Lao": (0x0E81, 48),
    "Myanmar": (0x1000, 42),
    "Georgian": (0x10D0, 43),
    "Ethiopic": (0x1200, 120),
    "Cherokee": (0x13A0, 80),
    "Runic": (0x16A0, 75),
    "Khmer": (0x1780, 50),
    "Tifinagh": (0x2D30, 56),
    "Symbols": (0x2600, 150),
    "Hiragana": (0x3041, 86),
    "Katakana": (0x30A1, 86),
    "Han": (0x4E00, 150),
    "Hangul": (0xAC00, 150),
}


def _other_letters(probe: ImageFont.FreeTypeFont) -> Iterator[str]:
    for first, count in _SCRIPTS.values():
        for character in map(chr, range(first, first + count)):
            kind = unicodedata.category(character)
            is_wanted = kind in {"Lu", "Ll", "Lo", "So"} and character not in _ALIKE
            if is_wanted and _has(probe, character):
                yield character


def _has(probe: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether a font draws a character; the ones it lacks all look the same."""
    mask, missing = probe.getmask(character), probe.getmask("\uffff")
    return mask.getbbox() is not None and (
        mask.size != missing.size or bytes(mask) != bytes(missing)
    )


def _drawn(font: ImageFont.FreeTypeFont, characters: Sequence[str]) -> Face:
    drawings = {c: _with_font(c, font) for c in characters}
    return {c: drawing for c, drawing in drawings.items() if drawing.size}


def _with_font(character: str, font: ImageFont.FreeTypeFont) -> Drawing:
    left, top, right, bottom = (round(edge) for edge in font.getbbox(character))
    image = Image.new("L", (max(1, right - left) + 8, max(1, bottom - top) + 8))
    ImageDraw.Draw(image).text((4 - left, 4 - top), character, fill=255, font=font)
    return cut_to_ink(np.asarray(image))


def _hershey(character: str, face: int, pen_px: int) -> Drawing:
    side = 2 * HEIGHT_PX
    page = np.zeros((side, side), np.uint8)
    origin = HEIGHT_PX // 2, 3 * HEIGHT_PX // 2
    cv2.putText(page, character, origin, face, 1.7, 255, pen_px, cv2.LINE_AA)
    return cut_to_ink(page)


def cut_to_ink(drawing: Drawing) -> Drawing:
    """Cut (H, W) down to its ink; (0, 0) where there is none."""
    rows = np.flatnonzero((drawing > 10).any(1))
    columns = np.flatnonzero((drawing > 10).any(0))
    if rows.size == 0:
        return np.zeros((0, 0), np.uint8)
    return drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
