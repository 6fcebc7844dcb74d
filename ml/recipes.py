"""How to train, and whom to tell about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ml.curriculum import Mixture

LEARNING: Final = Mixture(look_alikes=0.015)
# In the end, what is no digit comes about as seldom as among what people send.
POLISHING: Final = Mixture(plain=0.5, on_pages=0.08, not_digits=0.08, look_alikes=0.01)
PRECISIONS: Final = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. Every default has its reason.

    Attributes:
        architecture: name in `ml.architectures`.
        epochs: each sees every digit once, drawn anew.
        polish_epochs: so many more at a low rate, mostly on digits as they are: the
            rough ones teach the net to read, but MNIST's own are mostly tidy.
        batch_size: with MNIST and the further sets 25,000 steps in 30 epochs.
        learning_rate, polish_rate: at their peaks, after a warm-up and before a cosine
            to nearly 0; the first is twice AdamW's usual, which batch normalisation
            bears, the second a fifth of that.
        weight_decay: of AdamW; small, as the augmentation does the regularising.
        label_smoothing: keeps the net from being sure of what nobody could read.
        averaged_share: at the end of either, the weights are replaced by their running
            mean over this last part of its steps (Polyak averaging). The statistics of
            the batch normalisation stay the last steps': at the end of the cosine the
            weights hardly move, and estimating them anew changed nothing (99.52 % and
            99.51 % of MNIST's test set).
        mixture, polish_mixture: what an epoch is made of.
        precision: what layers multiply in, while weights and sums stay of 32 bits:
            "float32", or "bfloat16", which takes half the time on processors and
            accelerators with matrix units (Intel's AMX, say) and longer elsewhere.
        kept_aside: digits of the first set that never train: they calibrate.
        seed: of the weights, the order and the augmentation.
    """

    architecture: str = "cnn"
    epochs: int = 30
    polish_epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 2e-3
    polish_rate: float = 4e-4
    weight_decay: float = 2e-3
    label_smoothing: float = 0.05
    averaged_share: float = 0.1
    mixture: Mixture = LEARNING
    polish_mixture: Mixture = POLISHING
    precision: str = "float32"
    kept_aside: int = 5000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class EpochProgress:
    """Told after each epoch: accuracies are of the digits trained on and kept aside."""

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float
    kept_aside_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Whom to tell: `on_step(done, total)` within an epoch, `on_epoch` after it.

    `on_phase` is told in words what is done from now on.
    """

    on_phase: Callable[[str], None] = lambda _phase: None
    on_step: Callable[[int, int], None] = lambda _done, _total: None
    on_epoch: Callable[[EpochProgress], None] = lambda _progress: None
