"""Which training goes on, and what becomes of one whose process dies."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import ACTIVE, ModelVersion, TrainingRun, User, WebhookEvent
from recognizer.services.background import task_is_waited_for
from recognizer.services.webhooks import webhook_publish

logger = logging.getLogger(__name__)

Status = TrainingRun.Status

# A run that says nothing for so long is dead: it speaks every few seconds, and SQLite
# makes nobody wait longer than 20 s.
DEAD_AFTER_S = 60
# A run whose task is lost is asked for anew before somebody could take it for dead.
LOST_AFTER_S = 20
MOST_EPOCHS = 50
IN_PROGRESS = "A training is going on already. Wait until it has ended, or cancel it."
ALREADY_LEARNT = (
    "These labels are learnt already. Have more of them confirmed first. Only with a "
    "reason to let the result answer even if it is worse are they taught again."
)
NOTHING_TO_LEARN = (
    "There is nothing to learn yet. Correct some answers and have them confirmed. One "
    "in five is held out to measure with; what is disputed waits for a second person."
)
FALLEN_SILENT = "The training stopped without a word. Start it again."
KILLED = (
    "The training's process was killed (signal {}). If nobody did that, memory may "
    "have run out. Start it again."
)
CANCELLED = "It was cancelled."


class TrainingRefused(Exception):
    """There is a training already, or nothing to train with; the message says what.

    Attributes:
        code: the same for programs.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What is asked of a training.

    Attributes:
        mnist: the folder with MNIST; fetched if None.
        promote: whether the result goes live if it passes the gate.
        force: why it goes live even if it does not; "" if it does not.
    """

    mnist: Path | None = None
    epochs: int = engine.FINE_TUNING_EPOCHS
    seed: int = 1
    promote: bool = True
    force: str = ""

    @classmethod
    def of(cls, run: TrainingRun) -> Self:
        """What was asked of a run, as it was kept."""
        mnist = run.options["mnist"]
        return cls(**run.options | {"mnist": Path(mnist) if mnist else None})


def training_run_request(
    *,
    options: TrainingOptions,
    user: User | None,
    enqueue: Callable[[TrainingRun], str],
) -> TrainingRun:
    """Take the one place there is for a training, for a worker to carry it out.

    Args:
        enqueue: gives it to the worker, and says as what.
    Raises:
        TrainingRefused: another training has it, or there is nothing to learn.
    """
    # Before the transaction: all labels are read, and others want to write.
    training_runs_bury()
    refuse_in_vain(options=options)
    # Together, so that no run waits for a task that was never kept.
    with transaction.atomic():
        run = _take_place(asked(options), user, status=Status.QUEUED)
        run.task_id = enqueue(run)
        run.save(update_fields=["task_id"])
    return run


def training_run_mend(*, enqueue: Callable[[TrainingRun], str]) -> None:
    """Have a run carried out whose task is lost; for a queue in Redis."""
    now = timezone.now()
    silent = TrainingRun.objects.filter(
        selectors.is_silent("heartbeat_at", after=timedelta(seconds=LOST_AFTER_S)),
        status=Status.QUEUED,
    )
    with transaction.atomic():
        run = silent.select_for_update().first()
        if run is not None and not task_is_waited_for(run.task_id):
            run.task_id, run.heartbeat_at = enqueue(run), now
            run.save(update_fields=["task_id", "heartbeat_at"])


def training_run_start(
    *, options: TrainingOptions, user: User | None = None
) -> TrainingRun:
    """Take the one place there is for a training, to carry it out at once.

    Raises:
        TrainingRefused: another training has it.
    """
    return training_run_start_anew(options=asked(options), user=user)


def training_run_start_anew(
    *, options: dict[str, Any], user: User | None = None
) -> TrainingRun:
    """The same for a network that is trained anew.

    Args:
        options: what was asked for, `epochs` among it; for people to look at.
    Raises:
        TrainingRefused: another training has the place.
    """
    training_runs_bury()
    return _take_place(options, user, status=Status.RUNNING, started_at=timezone.now())


def asked(options: TrainingOptions) -> dict[str, Any]:
    """Options as a run keeps them; see `TrainingOptions.of`."""
    return asdict(options) | {"mnist": str(options.mnist or "")}


def training_run_claim(*, run: TrainingRun) -> bool:
    """Mark a queued run as running; False if it was cancelled, or is claimed."""
    now = timezone.now()
    run.status, run.started_at, run.heartbeat_at = Status.RUNNING, now, now
    # The filter is the lock: of two workers, one updates a row and one none.
    queued = TrainingRun.objects.filter(pk=run.pk, status=Status.QUEUED)
    return queued.update(status=run.status, started_at=now, heartbeat_at=now) == 1


def training_run_cancel(*, run: TrainingRun) -> None:
    """End a run; its process finds out within seconds, and leaves nothing behind.

    Raises:
        TrainingRefused: it has ended already.
    """
    if not training_run_finish(run=run, status=Status.CANCELLED, note=CANCELLED):
        raise TrainingRefused("This training has ended already.", "not_active")


def training_run_finish(*, run: TrainingRun, status: str, note: str) -> bool:
    """Say how a run ended, and what came of it; False if it had ended before."""
    run.status, run.note, run.finished_at = status, note, timezone.now()
    active = TrainingRun.objects.filter(pk=run.pk, status__in=ACTIVE)
    # Together, so that webhooks are told of it if and only if it stands.
    with transaction.atomic():
        ended = active.update(
            status=status,
            note=note,
            finished_at=run.finished_at,
            version=run.version,
            gate=run.gate,
        )
        if ended:
            _publish_end(run)
    return ended == 1


def _publish_end(run: TrainingRun) -> None:
    webhook_publish(
        event=WebhookEvent.TRAINING_FINISHED,
        data={
            "training_run": run.pk,
            "status": run.status,
            "model_version": run.version.number if run.version else None,
            "path": reverse("api:training-run", args=[run.pk]),
        },
    )


def training_run_lost(*, run: TrainingRun, code: int) -> None:
    """Mark a run as failed whose process ended without a word, and tidy up after it.

    Args:
        code: what the process ended with; below 0, the signal that killed it.
    """
    note = KILLED.format(-code) if code < 0 else FALLEN_SILENT
    training_run_finish(run=run, status=Status.FAILED, note=note)
    training_run_sweep(run=run)


def training_runs_bury() -> int:
    """Mark runs as failed whose process is gone; says how many.

    What they have written, and nobody will ever read, is removed. So is what cancelled
    ones left that did not live to see it. A worker that was killed between its task and
    its run leaves a run that nobody claims.
    """
    silent = TrainingRun.objects.filter(
        selectors.is_silent("heartbeat_at", after=timedelta(seconds=DEAD_AFTER_S))
    )
    dead = [
        *silent.filter(status=Status.RUNNING),
        *(
            run
            for run in silent.filter(status=Status.QUEUED)
            if not task_is_waited_for(run.task_id)
        ),
    ]
    buried = [
        run
        for run in dead
        if training_run_finish(run=run, status=Status.FAILED, note=FALLEN_SILENT)
    ]
    left = silent.exclude(artifact_path="").filter(version=None)
    for run in left.exclude(status__in=ACTIVE):
        training_run_sweep(run=run)
    return len(buried)


def training_run_sweep(*, run: TrainingRun) -> None:
    """Remove what an ended run that made no version has written, whole or not."""
    # Asked anew: this process may not know what another one has kept.
    ended = TrainingRun.objects.filter(pk=run.pk, version=None)
    if not ended.exists():
        return
    name = run.artifact_path or ended.values_list("artifact_path", flat=True).get()
    if not name:
        return
    try:
        engine.artifact_remove(name)
    except OSError as error:
        # Its name stays in the run, so that somebody comes back for it.
        logger.warning("What a training wrote could not be removed: %s", error)
        return
    ended.update(artifact_path="")


def refuse_in_vain(*, options: TrainingOptions) -> ModelVersion:
    """Make sure that there is something to learn, and that it is not known already.

    Again and again the same labels, each time a little may be lost elsewhere. What they
    made before may also have been live, and rolled back.

    Returns:
        The live version, which is to learn it.
    Raises:
        TrainingRefused: it would be in vain.
    """
    parent = selectors.model_version_live()
    if parent is None:
        raise TrainingRefused("No version is live. Run manage.py migrate.", "no_model")
    labelled = selectors.labelled_glyphs()
    if not len(labelled.training[1]):
        raise TrainingRefused(NOTHING_TO_LEARN, "nothing_to_learn")
    if not options.force and selectors.is_learnt(
        labels=labelled.fingerprint(), version=parent
    ):
        raise TrainingRefused(ALREADY_LEARNT, "already_learnt")
    return parent


def _take_place(
    options: dict[str, Any], user: User | None, **fields: Any
) -> TrainingRun:
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(
                options=options, requested_by=user, **fields
            )
    except IntegrityError as error:
        raise TrainingRefused(IN_PROGRESS, "in_progress") from error
