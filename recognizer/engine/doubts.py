"""Labels to look at once more, before a version is taught."""

from pathlib import Path
from typing import Final

import numpy as np

from ml import contradictions as search
from ml import datasets
from ml.artifacts import verify
from ml.canvases import enlarged, to_glyph
from ml.contradictions import Contradiction
from ml.exchange import LabelledGlyphs
from ml.features import features
from ml.handwriting import written_letters
from ml.inference import Recognizer
from ml.networks import in_batches
from ml.outcomes import NOT_A_DIGIT_LABEL
from recognizer.engine.artifact_store import folder_of, refuse_another
from recognizer.engine.errors import ml_errors
from recognizer.models import ModelVersion

# Digits and letters whose labels are beyond doubt. More cost time and tell no more.
KNOWN_DIGITS: Final = 2000
KNOWN_LETTERS: Final = 200


@ml_errors()
def contradictions(
    version: ModelVersion, labelled: LabelledGlyphs, *, mnist: Path | None
) -> list[Contradiction]:
    """Find labels that contradict each other, or what the others teach.

    Args:
        version: the live one.
        labelled: what reviewers confirmed, held out or not.
        mnist: the folder with MNIST; fetched if None.
    Raises:
        RecognizerError: MNIST or the version's files are missing or damaged.
    """
    start = folder_of(version)
    refuse_another(verify(start), version)
    train = datasets.load_mnist(mnist).train
    some = np.random.default_rng(1).permutation(len(train))[:KNOWN_DIGITS]
    letters = [to_glyph(enlarged(each)) for each in written_letters(KNOWN_LETTERS)]
    known = np.concatenate([train.images[some], np.stack(letters)])
    known_labels = np.concatenate(
        [train.labels[some], np.full(len(letters), NOT_A_DIGIT_LABEL, np.uint8)]
    )
    seen, seen_known = features(start, labelled.glyphs, known)
    anchor = seen_known, known_labels
    answered = in_batches(Recognizer.load(start).probabilities, labelled.glyphs)
    read = answered.argmax(axis=1)
    return search.contradictions(labelled.glyphs, labelled.labels, seen, anchor, read)
