"""What a network is to answer that is taught, and is not to forget.

Source: Z. Li, D. Hoiem, "Learning without forgetting", 2016.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.augmentation import Glyphs
from ml.curriculum import Labels
from ml.drawing import Targets
from ml.networks import LiteRTNetwork
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.training import answers

# As in `Recipe`: nobody is to be sure of what nobody could read.
LABEL_SMOOTHING: Final = 0.05


@dataclass(frozen=True, slots=True)
class Distilled:
    """For an epoch's first glyphs their labels, for the others what was answered.

    A replayed digit that was read wrongly gets its own label: to repeat the error would
    unteach what the labels say of digits like it.

    Attributes:
        teacher: the compiled network that answered; what serves, of 8 bits, takes a
            third of the time of what it was compiled from.
        taught: so many glyphs come first.
    """

    teacher: Path
    taught: int

    def __call__(self, glyphs: Glyphs, labels: Labels) -> Targets:
        """Give (n, classes) probabilities for (n, 28, 28) glyphs and (n,) labels."""
        replayed = answers(network_at(self.teacher), glyphs[self.taught :])
        classes = replayed.shape[1]
        truths = labels[self.taught :]
        is_misread = (replayed.argmax(axis=1) != truths) & (truths < NOT_A_DIGIT_LABEL)
        replayed[is_misread] = _smoothed(truths[is_misread], classes)
        known = _smoothed(labels[: self.taught], classes)
        return np.concatenate([known, replayed]).astype(np.float32)


@cache
def network_at(path: Path) -> LiteRTNetwork:
    """A compiled network, read once."""
    return LiteRTNetwork(path.read_bytes())


def _smoothed(labels: Labels, classes: int) -> NDArray[np.float64]:
    known = np.eye(classes, dtype=np.float64)[labels]
    return np.asarray(known * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / classes)
