"""The page on which reviewers let the model learn, and see how that goes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from recognizer import engine, selectors
from recognizer.models import TrainingRun
from recognizer.reports import lines
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import (
    MOST_EPOCHS,
    TrainingOptions,
    TrainingRefused,
    training_run_cancel,
    training_runs_bury,
)
from recognizer.tasks import training_enqueue
from recognizer.viewers import viewer_of
from recognizer.web.access import for_reviewers, page_or_form
from recognizer.web.redirects import SeeOther
from recognizer.web.version_cards import gate_rows

LISTED = 20
# A worker looks every second.
WORKER_IS_LATE = timedelta(seconds=10)
# Above this, seconds are no longer of use.
A_MINUTE_S = 90


class StartForm(forms.Form):
    """What is asked of a training."""

    epochs = forms.IntegerField(min_value=1, max_value=MOST_EPOCHS, required=False)
    is_candidate = forms.BooleanField(required=False)
    force = forms.CharField(max_length=1000, required=False)


class ForceForm(forms.Form):
    """Why a version is to answer that is worse."""

    reason = forms.CharField(max_length=1000)


@dataclass(frozen=True, slots=True)
class RunCard:
    """One training as the page shows it.

    Attributes:
        now: what it is doing, or how it ended.
        left: how long its steps take still; "" if that is not known.
        is_waiting_long: whether there may be no worker.
        curve: how each epoch went; None before the first, and once it has ended.
        can_be_forced: whether it made a version that is kept for being worse.
    """

    run: TrainingRun
    now: str
    left: str
    is_waiting_long: bool
    curve: lines.LineChart | None
    gate: list[dict[str, Any]]
    can_be_forced: bool


@require_safe
@for_reviewers
def training(request: HttpRequest) -> HttpResponse:
    """What goes on, what the next training would learn, and how earlier ones went."""
    training_runs_bury()
    active = selectors.training_run_active()
    runs = [run for run in selectors.training_runs()[:LISTED] if run != active]
    context = {
        "active": active and run_card(active),
        "latest": runs[0].pk if runs else None,
        "runs": [run_card(run) for run in runs],
        "labels": selectors.label_counts(),
        "live": selectors.model_version_live(),
        "usual_epochs": engine.FINE_TUNING_EPOCHS,
        "most_epochs": MOST_EPOCHS,
    }
    return render(request, "training.html", context)


@require_safe
@for_reviewers
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a training is, as a piece of the page; 204 once it has ended."""
    training_runs_bury()
    run = _run(pk)
    if not run.is_active:
        return HttpResponse(status=204)
    context = {"card": run_card(run)}
    return render(request, "_partials/training_progress.html", context)


@page_or_form
@for_reviewers
def start(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        # Whoever had to log in first comes back so.
        return _back()
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(
            request,
            f"Choose 1 to {MOST_EPOCHS} epochs, and a reason of 1,000 letters at most.",
        )
        return _back()
    said = form.cleaned_data
    options = TrainingOptions(
        mnist=engine.mnist_folder(),
        epochs=said["epochs"] or engine.FINE_TUNING_EPOCHS,
        promote=not said["is_candidate"],
        force=said["force"],
    )
    try:
        training_enqueue(options=options, user=viewer_of(request).user)
    except TrainingRefused as error:
        messages.error(request, str(error))
    return _back()


@require_POST
@for_reviewers
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        training_run_cancel(run=_run(pk))
    except TrainingRefused as error:
        messages.error(request, str(error))
    return _back()


@require_POST
@for_reviewers
def force(request: HttpRequest, pk: int) -> HttpResponse:
    """Let what a training made answer although it is worse."""
    form = ForceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it is to answer although it is worse.")
        return _back()
    version = _run(pk).version
    if version is None:
        raise Http404("This training made no version.")
    try:
        version_promote(
            version=version,
            reason=form.cleaned_data["reason"],
            user=viewer_of(request).user,
        )
    except (TrainingRefused, engine.RecognizerError) as error:
        messages.error(request, str(error))
    return _back()


def run_card(run: TrainingRun) -> RunCard:
    asked_since = timezone.now() - run.requested_at
    is_queued = run.status == TrainingRun.Status.QUEUED
    return RunCard(
        run=run,
        now=_now(run),
        left=_duration(run.seconds_left) if run.is_active else "",
        is_waiting_long=is_queued and asked_since > WORKER_IS_LATE,
        curve=lines.epoch_accuracy_chart(run.epochs) if run.is_active else None,
        gate=gate_rows(run),
        can_be_forced=_can_be_forced(run),
    )


def _can_be_forced(run: TrainingRun) -> bool:
    version = run.version
    is_candidate = version is not None and version.state == version.State.CANDIDATE
    return is_candidate and bool(run.worse_at)


def _now(run: TrainingRun) -> str:
    if run.status == TrainingRun.Status.QUEUED:
        return "It waits for the worker."
    if run.is_active:
        return f"{run.phase or 'Starting'} …"
    return run.note


def _duration(seconds: int | None) -> str:
    if not seconds:
        return ""
    if seconds < A_MINUTE_S:
        return f"about {seconds} s"
    return f"about {round(seconds / 60)} min"


def _run(pk: int) -> TrainingRun:
    try:
        return selectors.training_run_get(pk=pk)
    except TrainingRun.DoesNotExist as error:
        raise Http404("There is no such training.") from error


def _back() -> SeeOther:
    return SeeOther(reverse("web:training"))
