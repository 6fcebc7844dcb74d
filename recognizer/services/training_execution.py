"""Carrying a training out: from the labels to a version that answers, or does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from recognizer import engine, selectors
from recognizer.engine import LabelledGlyphs
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.contradictions import labels_check
from recognizer.services.learnt_glyphs import learnt_glyphs_record
from recognizer.services.model_versions import (
    model_version_register,
    model_versions_lock,
)
from recognizer.services.training_heart import Heart, TrainingGivenUp, given_up
from recognizer.services.training_promotion import (
    training_run_promote,
    what_is_against,
)
from recognizer.services.training_runs import (
    CANCELLED,
    TrainingOptions,
    refuse_in_vain,
    training_run_finish,
    training_run_sweep,
)
from recognizer.services.version_scores import version_and_parent_score

Status = TrainingRun.Status
__all__ = [
    "Make",
    "TrainingGivenUp",
    "training_run_execute",
    "training_run_execute_anew",
]

# Trains with the labels it is given, and writes the result into the folder.
Make = Callable[[Path, LabelledGlyphs, engine.Progress], engine.Manifest]
STOPPED = "It was stopped from outside. Start it again."


def training_run_execute(
    *,
    run: TrainingRun,
    progress: engine.Progress | None = None,
    is_orphaned: Callable[[], bool] = lambda: False,
    end: Callable[[], None] = lambda: None,
) -> TrainingRun:
    """Train, register the result and hold it against the live version.

    However it ends, the run says how; until the very end the live version answers.

    Args:
        run: one that is running, from `training_run_start` or `training_run_claim`.
        progress: whom to tell, beside the run itself.
        is_orphaned: whether nobody is left who waits for it.
        end: lets SystemExit be raised here; called from another thread once the run has
            been ended by somebody. Without it, the next step ends it.
    Raises:
        TrainingRefused: there is nothing to learn.
        TrainingGivenUp: it was cancelled meanwhile, or is orphaned.
        engine.RecognizerError: a file is missing or damaged.
    """
    heart = Heart(run, progress or engine.Progress(), is_orphaned, end)
    with _ending_well(run, heart):
        version = _teach(run, heart)
    version_and_parent_score(version=version)
    return run


def training_run_execute_anew(
    *,
    run: TrainingRun,
    make: Make,
    mnist: Path | None,
    progress: engine.Progress,
    end: Callable[[], None],
) -> TrainingRun:
    """Have a network trained anew, and keep it as a candidate.

    Args:
        run: from `training_run_start_anew`.
        make: see Make.
        mnist: the folder with MNIST, to check the labels with; fetched if None.
        progress, end: as in `training_run_execute`.
    Raises:
        TrainingGivenUp: it was cancelled meanwhile.
        engine.RecognizerError: a file is missing or damaged.
    """
    heart = Heart(run, progress, lambda: False, end)
    with _ending_well(run, heart):
        folder = _new_folder(run)
        with heart:
            live = selectors.model_version_live()
            labelled = _checked_labels(run, heart, live, mnist) if live else None
            labelled = labelled or selectors.labelled_glyphs()
            manifest = make(folder, labelled, heart.progress)
            engine.artifact_keep(folder)
        with transaction.atomic():
            run.version = model_version_register(
                folder=folder,
                manifest=manifest,
                data_fingerprint=labelled.fingerprint() if len(labelled) else "",
            )
            learnt_glyphs_record(version=run.version, labelled=labelled)
            _finish(run, f"{run.version} is kept as a candidate.")
    return run


@contextmanager
def _ending_well(run: TrainingRun, heart: Heart) -> Iterator[None]:
    """However it ends, say how, and leave nothing behind that is of no version."""
    try:
        yield
    except BaseException as error:
        run.version, run.gate = None, []
        status, note = _ending(error)
        training_run_finish(run=run, status=status, note=note)
        training_run_sweep(run=run)
        if heart.is_to_end and isinstance(error, SystemExit):
            # The heart had it raised.
            raise given_up(run) from error
        raise


def _ending(error: BaseException) -> tuple[str, str]:
    if isinstance(error, KeyboardInterrupt):
        return Status.CANCELLED, CANCELLED
    if isinstance(error, SystemExit):
        return Status.FAILED, STOPPED
    return Status.FAILED, f"It failed: {error}"


def _teach(run: TrainingRun, heart: Heart) -> ModelVersion:
    options = TrainingOptions.of(run)
    parent = refuse_in_vain(options=options)
    folder = _new_folder(run)
    with heart:
        labelled = _checked_labels(run, heart, parent, options.mnist)
        # Without what the check doubts, less is left to learn, or nothing new.
        parent = refuse_in_vain(options=options)
        tuned = engine.fine_tune(
            parent,
            labelled,
            folder,
            mnist=options.mnist,
            epochs=options.epochs,
            seed=options.seed,
            progress=heart.progress,
        )
        engine.artifact_keep(folder)
    with transaction.atomic():
        model_versions_lock()
        run.version = version = model_version_register(
            folder=folder,
            manifest=tuned.manifest,
            parent=parent,
            data_fingerprint=labelled.fingerprint(),
        )
        learnt_glyphs_record(version=version, labelled=labelled)
        run.gate = [asdict(test) for test in tuned.gate]
        against = what_is_against(run=run, live=selectors.model_version_live())
        because = f": {against}" if against else ""
        _finish(run, f"{run.version} is kept as a candidate{because}.")
        if options.promote and (options.force.strip() or not against):
            training_run_promote(run=run, force=options.force)
    return version


def _checked_labels(
    run: TrainingRun, heart: Heart, version: ModelVersion, mnist: Path | None
) -> LabelledGlyphs:
    """What is confirmed, but for what looks wrong: of that a second person is asked."""
    heart.progress.on_phase("Looking for labels that contradict others")
    run.doubted = labels_check(version=version, mnist=mnist)
    TrainingRun.objects.filter(pk=run.pk).update(doubted=run.doubted)
    return selectors.labelled_glyphs()


def _finish(run: TrainingRun, note: str) -> None:
    if not training_run_finish(run=run, status=Status.SUCCEEDED, note=note):
        raise given_up(run)


def _new_folder(run: TrainingRun) -> Path:
    """Where the run writes; kept before it does, so that it is found if it dies."""
    run.artifact_path = datetime.now(UTC).strftime(f"%Y%m%d-%H%M%S-run{run.pk}")
    TrainingRun.objects.filter(pk=run.pk).update(artifact_path=run.artifact_path)
    return Path(settings.MODELS_ROOT) / run.artifact_path
