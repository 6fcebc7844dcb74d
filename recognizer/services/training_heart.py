"""What says that a training goes on, and finds out that it is to end."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from types import TracebackType
from typing import Self

from django.db import Error, connection
from django.utils import timezone

from recognizer import engine
from recognizer.models import TrainingRun
from recognizer.services.training_runs import FALLEN_SILENT, training_run_finish

logger = logging.getLogger(__name__)

Status = TrainingRun.Status

HEARTBEAT_S = 3


class TrainingGivenUp(Exception):
    """The run has ended before its work had; nothing of it is kept."""


def given_up(run: TrainingRun) -> TrainingGivenUp:
    """How a run ended that somebody else has ended."""
    ended = TrainingRun.objects.filter(pk=run.pk).first()
    return TrainingGivenUp(ended.note if ended else "The training was deleted.")


class Heart:
    """Writes into the run that it goes on, how far it has come and how each epoch went.

    From a thread of its own, as fetching, compiling and measuring say nothing for long.
    The same thread finds out that the run was cancelled; the next step ends it then.
    """

    def __init__(
        self,
        run: TrainingRun,
        told: engine.Progress,
        is_orphaned: Callable[[], bool],
        end: Callable[[], None],
    ) -> None:
        self._run = run
        self._told = told
        self._is_orphaned = is_orphaned
        self._end = end
        self._has_ended = threading.Event()
        self._is_to_end = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._stepping_since = time.monotonic()
        self.progress = engine.Progress(
            on_phase=self._phase, on_step=self._step, on_epoch=self._epoch
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._has_ended.set()
        self._thread.join()
        if error is None:
            self._end_if_asked()

    def _phase(self, phase: str) -> None:
        self._end_if_asked()
        self._run.phase, self._run.seconds_left = phase, None
        self._stepping_since = time.monotonic()
        self._beat_or_miss()
        self._told.on_phase(phase)

    def _step(self, done: int, total: int) -> None:
        self._end_if_asked()
        run = self._run
        run.steps = total * run.options["epochs"]
        run.step = total * len(run.epochs) + done
        elapsed = time.monotonic() - self._stepping_since
        run.seconds_left = round(elapsed / run.step * (run.steps - run.step))
        self._told.on_step(done, total)

    def _epoch(self, epoch: engine.EpochProgress) -> None:
        self._run.epochs.append(asdict(epoch))
        self._beat_or_miss()
        self._told.on_epoch(epoch)

    @property
    def is_to_end(self) -> bool:
        """Whether the run has been ended by somebody else."""
        return self._is_to_end.is_set()

    def _end_if_asked(self) -> None:
        if self.is_to_end:
            raise given_up(self._run)

    def _go_on(self) -> None:
        try:
            while not (self._has_ended.wait(HEARTBEAT_S) or self.is_to_end):
                self._beat_or_miss()
            if not self._has_ended.is_set():
                self._end()
        finally:
            # Of this thread.
            connection.close()

    def _beat_or_miss(self) -> None:
        try:
            self._beat()
        except Error as error:
            # It may be back in time for the next.
            logger.warning("A training could not say that it goes on: %s", error)
            connection.close_if_unusable_or_obsolete()

    def _beat(self) -> None:
        run = self._run
        running = TrainingRun.objects.filter(pk=run.pk, status=Status.RUNNING)
        if self._is_orphaned():
            training_run_finish(run=run, status=Status.FAILED, note=FALLEN_SILENT)
        run.heartbeat_at = timezone.now()
        goes_on = running.update(
            heartbeat_at=run.heartbeat_at,
            phase=run.phase,
            step=run.step,
            steps=run.steps,
            seconds_left=run.seconds_left,
            epochs=run.epochs,
        )
        if not goes_on:
            self._is_to_end.set()
