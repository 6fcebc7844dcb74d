"""Training on what people corrected, and letting the result answer if it is better."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from recognizer import engine, selectors
from recognizer.models import ModelVersion, TrainingRun, User
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)

Status = TrainingRun.Status

# A run says this often that it goes on, and is dead after so long a silence: fetching
# MNIST, and measuring before and after, say nothing.
HEARTBEAT_S = 5
DEAD_AFTER_S = 600
ALREADY_LEARNT = (
    "These labels are learnt already. Have more of them confirmed first, or give a "
    "reason with --force."
)
GIVEN_UP = "The training was given up, as it had fallen silent. Start it again."
NOTHING_TO_LEARN = (
    "There is nothing to learn yet. Correct some answers and have them confirmed; one "
    "in five of them is held out to measure with."
)
FALLEN_SILENT = "The training stopped without a word. Start it again."


class TrainingRefused(Exception):
    """There is a training already, or nothing to train with; the message says what."""


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


def training_run_start(
    *, options: TrainingOptions, user: User | None = None
) -> TrainingRun:
    """Take the one place there is for a training.

    Raises:
        TrainingRefused: another training has it.
    """
    training_runs_bury()
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(
                options=asdict(options) | {"mnist": str(options.mnist or "")},
                requested_by=user,
            )
    except IntegrityError as error:
        raise TrainingRefused(
            "A training is running already. Wait until it has ended."
        ) from error


def training_runs_bury() -> int:
    """Mark runs as failed whose process is gone; says how many."""
    silent_since = timezone.now() - timedelta(seconds=DEAD_AFTER_S)
    dead = TrainingRun.objects.filter(
        status=Status.RUNNING, heartbeat_at__lt=silent_since
    )
    return dead.update(
        status=Status.FAILED, finished_at=timezone.now(), note=FALLEN_SILENT
    )


def training_run_execute(
    *,
    run: TrainingRun,
    options: TrainingOptions,
    progress: engine.Progress | None = None,
) -> TrainingRun:
    """Train, register the result and hold it against the live version.

    However it ends, the run says how; until the very end the live version answers.

    Args:
        run: from `training_run_start`.
        progress: whom to tell, beside the run itself.
    Raises:
        TrainingRefused: there is nothing to learn.
        engine.RecognizerError: a file is missing or damaged.
    """
    try:
        return _execute(run, options, progress or engine.Progress())
    except KeyboardInterrupt:
        _finish(run, Status.CANCELLED, "It was cancelled.")
        raise
    except BaseException as error:
        _finish(run, Status.FAILED, f"It failed: {error}")
        raise


def _refuse_what_is_learnt(parent: ModelVersion, fingerprint: str) -> None:
    """Again and again the same labels, each time a little may be lost elsewhere.

    What they made before may also have been live, and rolled back.
    """
    taught = parent.children.filter(promoted_at__isnull=False)
    if (
        parent.data_fingerprint == fingerprint
        or taught.filter(data_fingerprint=fingerprint).exists()
    ):
        raise TrainingRefused(ALREADY_LEARNT)


def _execute(
    run: TrainingRun, options: TrainingOptions, progress: engine.Progress
) -> TrainingRun:
    parent = selectors.model_version_live()
    if parent is None:
        raise TrainingRefused("No version is live. Run manage.py migrate.")
    labelled = selectors.labelled_glyphs()
    if not len(labelled.training[1]):
        raise TrainingRefused(NOTHING_TO_LEARN)
    if not options.force:
        _refuse_what_is_learnt(parent, labelled.fingerprint())
    folder = _new_folder()
    tuned = engine.fine_tune(
        parent,
        labelled,
        folder,
        mnist=options.mnist,
        epochs=options.epochs,
        seed=options.seed,
        progress=_Heart(run, progress).progress,
    )
    try:
        with transaction.atomic():
            run.version = model_version_register(
                folder=folder,
                manifest=tuned.manifest,
                parent=parent,
                data_fingerprint=labelled.fingerprint(),
            )
            run.gate = [asdict(test) for test in tuned.gate]
            _conclude(run, options)
    except BaseException:
        # Nothing of it was kept.
        run.version, run.gate = None, []
        raise
    return run


def _conclude(run: TrainingRun, options: TrainingOptions) -> None:
    against = _against(run)
    because = f": {against}" if against else ""
    note = f"{run.version} is kept as a candidate{because}."
    if not _finish(run, Status.SUCCEEDED, note, version=run.version, gate=run.gate):
        raise TrainingRefused(GIVEN_UP)
    if options.promote and (options.force or not against):
        training_run_promote(run=run, force=options.force)


def training_run_promote(*, run: TrainingRun, force: str = "") -> None:
    """Let what a run made answer.

    Args:
        run: one that succeeded.
        force: why, if it is worse than what answers; "" if it is not.
    Raises:
        TrainingRefused: it is worse, and there is no reason to let it answer.
        engine.RecognizerError: its files are missing or damaged.
    """
    with transaction.atomic():
        if run.version is None:
            raise TrainingRefused("This training made no version.")
        against = _against(run)
        if against and not force:
            raise TrainingRefused(f"{run.version} is not let answer: {against}.")
        model_version_promote(version=run.version)
        run.note = f"{run.version} answers from now on."
        if against:
            run.forced_because = force
            run.note = f"{run.version} answers from now on, although {against}."
        run.save(update_fields=["forced_because", "note"])


def _against(run: TrainingRun) -> str:
    """Why what a run made should not answer; "" if nothing is against it."""
    worse_at = ", ".join(test["name"] for test in run.gate if not test["is_passed"])
    if worse_at:
        return f"it is worse at {worse_at}"
    live = selectors.model_version_live()
    if run.version and live and run.version.parent_id != live.number:
        return f"{live} went live meanwhile, and it was not held against that"
    return ""


def _finish(run: TrainingRun, status: str, note: str, **fields: Any) -> bool:
    """Say how a run ended; False if it had been given up before.

    Nothing else is written: what belongs to a version may have been rolled back.
    """
    run.status, run.note, run.finished_at = status, note, timezone.now()
    running = TrainingRun.objects.filter(pk=run.pk, status=Status.RUNNING)
    ended = running.update(
        status=status, note=note, finished_at=run.finished_at, **fields
    )
    return ended == 1


def _new_folder() -> Path:
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    return Path(settings.MODELS_ROOT) / name


class _Heart:
    """Writes into the run that it goes on, and how each epoch went."""

    def __init__(self, run: TrainingRun, told: engine.Progress) -> None:
        self._run = run
        self._told = told
        self.progress = engine.Progress(on_step=self._step, on_epoch=self._epoch)

    def _step(self, done: int, total: int) -> None:
        silence = timezone.now() - self._run.heartbeat_at
        if silence > timedelta(seconds=HEARTBEAT_S):
            self._beat()
        self._told.on_step(done, total)

    def _epoch(self, epoch: engine.EpochProgress) -> None:
        self._run.epochs.append(asdict(epoch))
        self._beat()
        self._told.on_epoch(epoch)

    def _beat(self) -> None:
        self._run.heartbeat_at = timezone.now()
        running = TrainingRun.objects.filter(pk=self._run.pk, status=Status.RUNNING)
        if not running.update(
            heartbeat_at=self._run.heartbeat_at, epochs=self._run.epochs
        ):
            raise TrainingRefused(GIVEN_UP)
