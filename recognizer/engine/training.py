"""Training, as the commands ask for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ml import datasets
from ml.artifacts import Manifest
from ml.fonts import draw_characters
from ml.training import Progress, Recipe, train_model, write_trained


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where the sets lie. MNIST is fetched when no folder is given."""

    mnist: Path | None = None
    usps: Path | None = None
    semeion: Path | None = None
    optdigits: Path | None = None
    fonts: Path | None = None


def train(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    *,
    start: Path | None = None,
    progress: Progress,
) -> Manifest:
    """Train a network and write it as an artefact.

    Args:
        data: what to learn from. MNIST's test set is measured on only.
        recipe: how.
        folder: where to; must not exist.
        start: an artefact to go on from; None begins from scratch.
        progress: whom to tell.
    Raises:
        DatasetError: a set is missing or damaged.
    """
    mnist = datasets.load_mnist(data.mnist)
    characters = draw_characters(data.fonts)
    typed = datasets.typed_digits(characters)
    written = datasets.written_digits()
    sets = [mnist.train, *_further_sets(data), *[typed] * TYPED_COPIES]
    sets += [written] * WRITTEN_COPIES
    trained = train_model(
        sets, recipe, characters=characters, start=start, progress=progress
    )
    return write_trained(
        trained,
        folder,
        recipe,
        test=mnist.test,
        data={part.name: part.fingerprint() for part in sets}
        | {"characters": characters.name},
        start=start,
    )


# Semeion is small, and of people's own digits alone has flagged 1s and barred 7s:
# each is drawn this many times an epoch.
SEMEION_COPIES = 5
# Typed digits and school hands: about 5,000 an epoch with the fonts of the shipped
# model, so that a printed form is read as well as a written one.
TYPED_COPIES = 3
# Made-up hands have all the forms of Europe, of which the other sets hold few.
WRITTEN_COPIES = 2


def _further_sets(data: TrainingData) -> Iterator[datasets.LabelledImages]:
    if data.usps is not None:
        yield datasets.load_usps(data.usps)
    if data.semeion is not None:
        yield from [datasets.load_semeion(data.semeion)] * SEMEION_COPIES
    if data.optdigits is not None:
        # The authors' test part stays untouched: this project's own tests use it.
        yield datasets.load_optdigits(data.optdigits, split="train")
