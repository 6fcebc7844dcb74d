"""How far a training is, on the terminal."""

from typing import Self

from django.core.management.base import BaseCommand
from tqdm import tqdm

from recognizer import engine


class EpochBar:
    """A bar over all steps of a training, with a line for each epoch."""

    def __init__(self, command: BaseCommand, epochs: int) -> None:
        self._command = command
        self._epochs = epochs
        self._done_before = 0
        self._steps = 0
        self._bar = tqdm(unit=" steps", leave=False, disable=None)
        self.progress = engine.Progress(on_step=self._step, on_epoch=self._epoch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _step(self, done: int, total: int) -> None:
        self._steps = total
        self._bar.total = total * self._epochs
        self._bar.update(self._done_before + done - self._bar.n)

    def _epoch(self, epoch: engine.EpochProgress) -> None:
        self._done_before = epoch.epoch * self._steps
        with self._bar.external_write_mode():
            self._command.stdout.write(
                f"epoch {epoch.epoch}/{epoch.epochs}  loss {epoch.loss:.4f}  "
                f"accuracy {epoch.train_accuracy:.2%}  "
                f"kept aside {epoch.kept_aside_accuracy:.2%}  {epoch.seconds:.0f} s"
            )
