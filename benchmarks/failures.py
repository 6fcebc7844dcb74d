"""Draws what a model gets wrong, for its card: characters by made-up hands.

No picture of a person is among them, so they may be published. The forms are those
that trained, in other hands: the pictures show what sort of thing goes wrong, and their
number says nothing about people's writing.

    .venv/bin/python -m benchmarks.failures --output ml/weights/failures.png
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ml.allographs import DIGIT_FORMS, LETTER_FORMS
from ml.artifacts import SHIPPED
from ml.canvases import enlarged, to_glyph
from ml.handwriting import parsed, write
from ml.inference import Recognizer
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL

# Not the seeds of what trains.
SEED: Final = 2026
COLUMNS: Final = 12
ZOOM: Final = 3
CAPTION_PX: Final = 18
GAP_PX: Final = 6
# Larger ones take no less time, and gigabytes.
BATCH_SIZE: Final = 256


@dataclass(frozen=True, slots=True)
class Written:
    """Characters of known names, (n, 28, 28) uint8."""

    names: list[str]
    glyphs: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Failure:
    """One that was read wrongly.

    Attributes:
        caption: what was written, what was read, and how probable that seemed.
    """

    glyph: NDArray[np.uint8]
    caption: str


def main(argv: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(argv)
    recognizer = Recognizer.load(options.model)
    rng = np.random.default_rng(SEED)
    digits = {str(value): forms for value, forms in enumerate(DIGIT_FORMS)}
    misread = _misread(recognizer, _written(digits, options.count, rng))
    called_sure = _called_sure(recognizer, _written(LETTER_FORMS, options.count, rng))
    print(f"digits misread: {len(misread)} of {options.count}")
    print(f"letters called sure: {len(called_sure)} of {options.count}")
    _sheet([*_rows(misread), *_rows(called_sure)]).save(options.output, optimize=True)
    print(f"Written to {options.output}: digits, and letters below them.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", type=Path, default=SHIPPED, help="its folder")
    parser.add_argument("--count", type=int, default=10_000, help="of each")
    parser.add_argument("--output", type=Path, required=True, help="a .png")
    return parser


def _written(
    characters: dict[str, tuple[str, ...]], count: int, rng: np.random.Generator
) -> Written:
    names = [str(name) for name in rng.choice(list(characters), count)]
    forms = {name: [parsed(form) for form in characters[name]] for name in characters}
    drawings = [
        write(forms[name][int(rng.integers(len(forms[name])))], rng) for name in names
    ]
    return Written(names, np.stack([to_glyph(enlarged(each)) for each in drawings]))


def _misread(recognizer: Recognizer, written: Written) -> list[Failure]:
    """Digits taken for others, the most certain first."""
    shares = _shares(recognizer, written)[:, :DIGITS]
    is_wrong = shares.argmax(axis=1) != np.array(written.names, np.int64)
    return _failures(written, shares, np.flatnonzero(is_wrong).tolist())


def _called_sure(recognizer: Recognizer, written: Written) -> list[Failure]:
    """Letters that are called a digit, and sure, the most certain first."""
    shares = _shares(recognizer, written)
    manifest = recognizer.manifest
    is_sure = shares[:, :DIGITS].max(axis=1) >= manifest.sure_threshold
    is_sure &= shares[:, NOT_A_DIGIT_LABEL] < manifest.reject_threshold
    return _failures(written, shares[:, :DIGITS], np.flatnonzero(is_sure).tolist())


def _shares(recognizer: Recognizer, written: Written) -> NDArray[np.float64]:
    batches = np.array_split(written.glyphs, -(-len(written.glyphs) // BATCH_SIZE))
    return np.concatenate([recognizer.probabilities(batch) for batch in batches])


def _failures(
    written: Written, shares: NDArray[np.float64], which: Iterable[int]
) -> list[Failure]:
    ranked = sorted(which, key=lambda index: -shares[index].max())
    return [
        Failure(
            written.glyphs[index],
            f"{written.names[index]} as {shares[index].argmax()}"
            f", {shares[index].max():.0%}",
        )
        for index in ranked
    ]


def _rows(failures: Sequence[Failure]) -> list[list[Failure]]:
    """Two rows of them at most."""
    left = iter(failures)
    rows = [list(islice(left, COLUMNS)) for _ in range(2)]
    return [row for row in rows if row]


def _sheet(rows: Sequence[Sequence[Failure]]) -> Image.Image:
    side = 28 * ZOOM
    across, down = side + GAP_PX, side + CAPTION_PX + GAP_PX
    sheet = Image.new("L", (COLUMNS * across + GAP_PX, len(rows) * down + GAP_PX), 255)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for y, row in enumerate(rows):
        for x, failure in enumerate(row):
            place = GAP_PX + x * across, GAP_PX + y * down
            glyph = Image.fromarray(255 - failure.glyph).resize((side, side))
            sheet.paste(glyph, place)
            caption = place[0] + side // 2, place[1] + side + 2
            draw.text(caption, failure.caption, fill=0, font=font, anchor="ma")
    return sheet


if __name__ == "__main__":
    main()
