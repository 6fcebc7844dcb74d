"""One version, live or not, answering many stored glyphs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.gate import answered
from ml.glyphs import GLYPH_SIDE_PX
from ml.inference import Recognizer
from ml.networks import in_batches
from recognizer.engine.artifact_store import folder_of, refuse_another
from recognizer.engine.errors import ml_errors
from recognizer.models import ModelVersion


@dataclass(frozen=True, slots=True)
class GlyphAnswer:
    """What a version answers to a glyph.

    Attributes:
        answer: 0 to 9, or NOT_A_DIGIT_LABEL where it is refused.
        confidence: the probability of the answer, calibrated, 0..1.
    """

    answer: int
    confidence: float


class GlyphReader:
    """A version's model, in memory for as long as this is.

    Raises:
        ArtifactError: its files are missing, damaged or another version's.
    """

    def __init__(self, version: ModelVersion) -> None:
        self._recognizer = Recognizer.load(folder_of(version))
        refuse_another(self._recognizer.manifest, version)

    def answers(self, glyphs: Sequence[bytes]) -> list[GlyphAnswer]:
        """Answer glyphs of 784 bytes each, in their order."""
        pixels = np.frombuffer(b"".join(glyphs), np.uint8)
        probabilities = in_batches(
            self._recognizer.probabilities,
            pixels.reshape(-1, GLYPH_SIDE_PX, GLYPH_SIDE_PX),
        )
        answers = answered(probabilities, self._recognizer.manifest.reject_threshold)
        confidences = probabilities[np.arange(len(answers)), answers].clip(0, 1)
        return [
            GlyphAnswer(int(answer), float(confidence))
            for answer, confidence in zip(answers, confidences, strict=True)
        ]


@ml_errors()
def glyph_reader(version: ModelVersion) -> GlyphReader:
    """Load a version, live or not, to answer stored glyphs.

    Raises:
        RecognizerError: its files are missing or damaged.
    """
    return GlyphReader(version)
