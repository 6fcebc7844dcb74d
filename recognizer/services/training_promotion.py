"""Whether what a training made may answer."""

from django.db import transaction

from recognizer import selectors
from recognizer.models import ModelVersion, TrainingRun, User
from recognizer.services.model_versions import (
    model_version_promote,
    model_versions_lock,
)
from recognizer.services.training_runs import TrainingRefused


def training_run_promote(*, run: TrainingRun, force: str = "") -> None:
    """Let what a run made answer, for whoever asked for the run.

    Args:
        run: one that succeeded.
        force: why, if it is worse than what answers; "" if it is not.
    Raises:
        TrainingRefused: it is worse, and there is no reason to let it answer.
        engine.RecognizerError: its files are missing or damaged.
    """
    with transaction.atomic():
        model_versions_lock()
        if run.version is None:
            raise TrainingRefused("This training made no version.", "no_version")
        against = what_is_against(run=run, live=selectors.model_version_live())
        if against and not force.strip():
            raise TrainingRefused(
                f"{run.version} is not let answer: {against}.", "worse"
            )
        model_version_promote(version=run.version, user=run.requested_by)
        _say_why(run, against, force)


def version_promote(
    *, version: ModelVersion, reason: str = "", user: User | None = None
) -> None:
    """Let any version answer that somebody chose.

    Args:
        reason: why, if its training found it worse than the one that it went on from.
        user: who decided so.
    Raises:
        TrainingRefused: it was found worse, and there is no reason.
        engine.RecognizerError: its files are missing or damaged.
    """
    run: TrainingRun | None = getattr(version, "training_run", None)
    against = _worse(run) if run is not None else ""
    if against and not reason.strip():
        raise TrainingRefused(
            f"{version}: {against}. Say why it is to answer.", "worse"
        )
    with transaction.atomic():
        model_version_promote(version=version, user=user)
        if run is not None and against:
            _say_why(run, against, reason)


def _say_why(run: TrainingRun, against: str, reason: str) -> None:
    run.note = f"{run.version} answers from now on."
    if against:
        run.forced_because = reason.strip()
        run.note = f"{run.version} answers from now on, although {against}."
    run.save(update_fields=["forced_because", "note"])


def what_is_against(*, run: TrainingRun, live: ModelVersion | None) -> str:
    """Why what a run made should not answer; "" if nothing is against it.

    Args:
        live: the version that answers now.
    """
    if worse := _worse(run):
        return worse
    if run.version and live and run.version.parent_id != live.number:
        return f"{live} went live meanwhile, and it was not held against that"
    return ""


def _worse(run: TrainingRun) -> str:
    return f"it is worse at {', '.join(run.worse_at)}" if run.worse_at else ""
