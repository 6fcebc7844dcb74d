"""Made-up things that are no digits, so that the network can say so.

Letters and signs from fonts and in made-up hands, letters nobody knows, scribbles,
figures, parts of digits, digits beside each other, turned digits, blots and textures.
None is taken from pictures of people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.arrays import Glyph
from ml.canvases import CANVAS_PX, ZOOM, Canvas, enlarged, to_glyph
from ml.distortions import Strength, bent, misplaced, repenned, worn
from ml.fonts import Characters
from ml.glyphs import GLYPH_SIDE_PX
from ml.handwriting import written_letters
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.pages import photographed
from ml.preprocessing import glyph_from_grey
from ml.scribbles import figure, invented_letters, scene, scribble, wave

Glyphs = NDArray[np.uint8]  # (n, 28, 28)
Labels = NDArray[np.uint8]  # (n,)

# Correlation with a digit of a font from which a drawing passes for that digit. Latin
# letters were chosen by name and other scripts by a list, so that only the closest of
# them go; of 12,223 these are 1,149. At 0.85 nine in ten of T, f and t went, and the
# network knew none of them. What is invented has no name.
ALIKE: Final = 0.93
INVENTED_ALIKE: Final = 0.85
# So many letters are invented, and so many written: of these more than an epoch takes,
# so that few come twice.
INVENTED: Final = 8000
WRITTEN_LETTERS: Final = 16_000
# So many of either, of a seed that does not train, calibrate.
KEPT_LETTERS: Final = 2000
KEPT_SEED: Final = 1001
# Of what looks like a digit, so much is none.
LETTERS: Final = 0.6
# The halves of these are no digits themselves, as the upper half of a 9 is a 0.
UPPER_HALVES: Final = (0, 4, 5, 6)
LOWER_HALVES: Final = (0, 2, 5)
SIDE_HALVES: Final = (0, 2, 3, 5, 8)
# Lying on their side these are nothing; a 6, a 9, a 0, an 8 or a 1 would be.
TURNABLE: Final = (2, 3, 4, 5, 7)


@dataclass(frozen=True, slots=True)
class Material:
    """What not-digits are made of.

    Attributes:
        images: (n, h, w) uint8 digits, of which parts and pairs are made.
        by_label: for each of 0 to 9, where its images are.
        letters: drawings that no known digit looks like.
        invented: letters of scripts that do not exist.
        written: letters in the hands that write `ml.handwriting`'s digits.
        look_alikes: drawings of letters that look like a digit, with that digit.
    """

    images: NDArray[np.uint8]
    by_label: tuple[NDArray[np.intp], ...]
    letters: tuple[NDArray[np.uint8], ...]
    invented: tuple[NDArray[np.uint8], ...]
    written: tuple[NDArray[np.uint8], ...]
    look_alikes: tuple[tuple[NDArray[np.uint8], int], ...] = ()

    def image_of(
        self, labels: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Pick an image of one of the digits."""
        places = self.by_label[int(rng.choice(labels))]
        return np.asarray(self.images[int(rng.choice(places))], np.uint8)

    @classmethod
    def of_digits(cls, images: NDArray[np.uint8]) -> "Material":
        """Neighbours for digits on pages, and nothing to make not-digits of."""
        return cls(images, (), (), (), ())


def make_material(
    images: NDArray[np.uint8],
    labels: Labels,
    characters: Characters,
    *,
    written: int | None = None,
    invented: int | None = None,
) -> Material:
    """Gather what not-digits are made of in training.

    Args:
        images: (n, h, w) uint8 digits, white ink on black; all ten must be there.
        labels: (n,) what they are.
        characters: from `ml.fonts`.
        written, invented: how many letters, if not WRITTEN_LETTERS and INVENTED; fewer
            where few not-digits are drawn.
    """
    typed = _typed_patterns(characters)
    return Material(
        images,
        _by_label(labels),
        _unlike(characters.others, typed, ALIKE),
        _unlike(
            invented_letters(INVENTED if invented is None else invented),
            typed,
            INVENTED_ALIKE,
        ),
        written_letters(WRITTEN_LETTERS if written is None else written),
        characters.look_alikes,
    )


def make_kept_material(
    images: NDArray[np.uint8],
    labels: Labels,
    characters: Characters,
    *,
    letters: int | None = None,
) -> Material:
    """Gather what not-digits are made of in calibration: letters that never trained.

    They are newly written and invented, KEPT_LETTERS or so many of each; every letter
    of the fonts trains.
    """
    letters = KEPT_LETTERS if letters is None else letters
    written = written_letters(letters, seed=KEPT_SEED)
    invented = invented_letters(letters, seed=KEPT_SEED)
    unlike = _unlike(invented, _typed_patterns(characters), INVENTED_ALIKE)
    return Material(images, _by_label(labels), written, unlike, written)


def draw_not_digits(
    material: Material, n: int, *, seed: int, strength: Strength | None = None
) -> Glyphs:
    """Draw (n, 28, 28) uint8 glyphs of things that are no digits."""
    strength = strength or Strength()
    rng = np.random.default_rng(seed)
    kinds = list(_SHARES)
    shares = np.array([_SHARES[kind] for kind in kinds])
    glyphs = np.empty((n, GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    done = 0
    while done < n:
        draw = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]
        glyph = draw(material, rng, strength)
        if glyph.any():
            glyphs[done] = glyph
            done += 1
    return glyphs


def draw_look_alikes(
    material: Material, n: int, *, seed: int, strength: Strength | None = None
) -> tuple[Glyphs, Labels]:
    """Draw letters that look like digits, each labelled by lot.

    LETTERS of them are no digit, the others the digit that they look like. So a
    network learns to be in doubt, and the more so, the more a glyph is a letter.

    Returns:
        (n, 28, 28) uint8 glyphs and (n,) uint8 labels; fewer where there are none.
    """
    strength = strength or Strength()
    rng = np.random.default_rng(seed)
    letters = [each for each in material.look_alikes if min(each[0].shape) > 2]
    n = n if letters else 0
    glyphs = np.empty((n, GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    labels = np.empty(n, np.uint8)
    for place in range(n):
        letter, digit = letters[int(rng.integers(len(letters)))]
        glyphs[place] = _finished(enlarged(letter), rng, strength)
        labels[place] = NOT_A_DIGIT_LABEL if rng.random() < LETTERS else digit
    return glyphs, labels


def _by_label(labels: Labels) -> tuple[NDArray[np.intp], ...]:
    return tuple(np.flatnonzero(labels == digit) for digit in range(10))


def _typed_patterns(characters: Characters) -> NDArray[np.float32]:
    typed = [to_glyph(enlarged(d)) for of_one in characters.digits for d in of_one]
    return _patterns(np.stack(typed))


def _unlike(
    drawings: Sequence[NDArray[np.uint8]], digits: NDArray[np.float32], alike: float
) -> tuple[NDArray[np.uint8], ...]:
    letters = [letter for letter in drawings if min(letter.shape, default=0) > 2]
    patterns = _patterns(np.stack([to_glyph(enlarged(each)) for each in letters]))
    closest = np.concatenate(
        [(part @ digits.T).max(axis=1) for part in np.array_split(patterns, 32)]
    )
    pairs = zip(letters, closest, strict=True)
    return tuple(letter for letter, closeness in pairs if closeness < alike)


def _patterns(glyphs: Glyphs) -> NDArray[np.float32]:
    """Blurred glyphs as (n, 784) unit vectors around their mean."""
    blurred = np.stack([cv2.GaussianBlur(glyph, (0, 0), 1.2) for glyph in glyphs])
    rows = blurred.reshape(len(glyphs), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _finished(canvas: Canvas, rng: np.random.Generator, strength: Strength) -> Glyph:
    """Bend, pen and wear it as digits are."""
    canvas = repenned(bent(canvas, rng, strength), rng, strength)
    if rng.random() < strength.faint:
        canvas = worn(canvas, rng)
    glyph = to_glyph(canvas)
    return misplaced(glyph, rng) if rng.random() < strength.shift else glyph


def _letter(material: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    letter = material.letters[int(rng.integers(len(material.letters)))]
    return _finished(enlarged(letter), rng, strength)


def _word(material: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    """Two to four letters or digits side by side, or two on top of each other."""
    pieces = [_any_character(material, rng) for _ in range(int(rng.integers(2, 5)))]
    if rng.random() < 0.25:
        canvas = np.maximum(pieces[0], pieces[1])
        return _finished(np.asarray(canvas, np.float32), rng, strength)
    rows = [_cut_columns(piece) for piece in pieces]
    gap = int(rng.integers(-2, 3 * ZOOM))
    joined = rows[0]
    for row in rows[1:]:
        if gap > 0:
            joined = np.pad(joined, ((0, 0), (0, gap)))
        joined = np.concatenate((joined, row[:, max(0, -gap) :]), axis=1)
    drawing = np.asarray(joined * 255, np.uint8)
    return _finished(enlarged(drawing), rng, strength)


def _any_character(material: Material, rng: np.random.Generator) -> Canvas:
    if rng.random() < 0.7:
        return enlarged(material.images[int(rng.integers(len(material.images)))])
    return enlarged(material.letters[int(rng.integers(len(material.letters)))])


def _cut_columns(canvas: Canvas) -> Canvas:
    columns = np.flatnonzero((canvas > 0.1).any(0))
    if columns.size == 0:
        return canvas
    return canvas[:, columns[0] : columns[-1] + 1]


def _part(material: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    """One half of a digit, cut straight or nearly so."""
    side = int(rng.integers(3))
    labels = (UPPER_HALVES, LOWER_HALVES, SIDE_HALVES)[side]
    canvas = enlarged(material.image_of(labels, rng))
    where = round(CANVAS_PX * float(rng.uniform(0.42, 0.55)))
    if side == 0:
        canvas[where:] = 0
    elif side == 1:
        canvas[: CANVAS_PX - where] = 0
    elif rng.random() < 0.5:
        canvas[:, where:] = 0
    else:
        canvas[:, : CANVAS_PX - where] = 0
    return _finished(canvas, rng, strength)


def _turned(material: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    canvas = enlarged(material.image_of(TURNABLE, rng))
    turns = int(rng.choice([1, 3]))
    return _finished(np.ascontiguousarray(np.rot90(canvas, turns)), rng, strength)


def _invented(
    material: Material, rng: np.random.Generator, strength: Strength
) -> Glyph:
    letter = material.invented[int(rng.integers(len(material.invented)))]
    return _finished(enlarged(letter), rng, strength)


def _written(material: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    letter = material.written[int(rng.integers(len(material.written)))]
    return _finished(enlarged(letter), rng, strength)


def _scribble(_: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    return _finished(scribble(rng), rng, strength)


def _wave(_: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    return _finished(wave(rng), rng, strength)


def _figure(_: Material, rng: np.random.Generator, strength: Strength) -> Glyph:
    return _finished(figure(rng), rng, strength)


def _scene(_: Material, rng: np.random.Generator, _strength: Strength) -> Glyph:
    """What the preprocessing makes of a picture without writing."""
    found = glyph_from_grey(photographed(scene(rng), rng))
    empty = np.zeros((GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    return empty if found is None else found.glyph


# Mostly letters, as these are what people write beside digits; the rest keeps the
# network from taking all that is no letter for a digit.
_SHARES: Final[
    dict[Callable[[Material, np.random.Generator, Strength], Glyph], float]
] = {
    _letter: 0.26,
    _written: 0.26,
    _invented: 0.16,
    _word: 0.11,
    _part: 0.05,
    _turned: 0.03,
    _scribble: 0.04,
    _wave: 0.03,
    _figure: 0.03,
    _scene: 0.03,
}
