"""What a network is shown in one epoch: digits drawn anew, and what is no digit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.augmentation import Glyphs, as_glyphs, augment
from ml.distortions import Strength
from ml.glyphs import GLYPH_SIDE_PX
from ml.not_digits import Material, draw_look_alikes, draw_not_digits
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.pages import glyph_of_page

Labels = NDArray[np.uint8]  # (n,), 0..9 or NOT_A_DIGIT_LABEL
Part = tuple[NDArray[np.uint8], Labels]  # images of one size, and what they are


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an epoch's glyphs come from.

    Attributes:
        parts: digits of one size each.
        material: what not-digits are made of.
    """

    parts: tuple[Part, ...]
    material: Material


@dataclass(frozen=True, slots=True)
class Mixture:
    """How an epoch is put together.

    Attributes:
        plain: share of the digits that is left as it is; MNIST's own test digits are.
        on_pages: share that is written on made-up pages and found there again; ten
            times as slow to draw as bending alone, so as many as one process can draw
            while another trains.
        not_digits: for each digit, so many things that are none: more than of any one
            digit, as they vary more.
        look_alikes: for each digit, so many letters that look like one; few, as each
            of them is half a wrong label.
    """

    plain: float = 0.2
    on_pages: float = 0.12
    not_digits: float = 0.16
    look_alikes: float = 0.0


def draw_epoch(
    sources: Sources, mixture: Mixture, *, seed: int, epoch: int
) -> tuple[Glyphs, Labels]:
    """Draw an epoch's glyphs, digits first, in the order of their images.

    Returns:
        (n, 28, 28) uint8 glyphs and (n,) uint8 labels.
    """
    rng = np.random.default_rng((seed, epoch))
    glyphs = [_drawn(part, mixture, rng) for part in sources.parts]
    labels = [of_part for _, of_part in sources.parts]
    digits = sum(map(len, labels))
    count = round(mixture.not_digits * digits)
    if count:
        glyphs.append(
            draw_not_digits(sources.material, count, seed=int(rng.integers(2**32)))
        )
        labels.append(np.full(count, NOT_A_DIGIT_LABEL, np.uint8))
    count = round(mixture.look_alikes * digits)
    if count:
        seed = int(rng.integers(2**32))
        drawn, by_lot = draw_look_alikes(sources.material, count, seed=seed)
        glyphs.append(drawn)
        labels.append(by_lot)
    return np.concatenate(glyphs), np.concatenate(labels)


def _drawn(part: Part, mixture: Mixture, rng: np.random.Generator) -> Glyphs:
    images, labels = part
    glyphs = np.empty((len(images), GLYPH_SIDE_PX, GLYPH_SIDE_PX), np.uint8)
    lot = rng.random(len(images))
    plain, bent = lot < mixture.plain, lot >= mixture.plain
    if plain.any():
        glyphs[plain] = as_glyphs(images[plain])
    if bent.any():
        seed = int(rng.integers(2**32))
        glyphs[bent] = augment(images[bent], labels[bent], seed=seed)
    for index in np.flatnonzero(lot > 1 - mixture.on_pages):
        found = glyph_of_page(images[index], images, rng, Strength())
        if found is not None:
            glyphs[index] = found
    return glyphs
