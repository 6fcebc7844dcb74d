"""Which version answers, decided by the staff: each question has a page of its own."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from recognizer import selectors
from recognizer.engine import RecognizerError
from recognizer.models import ModelVersion
from recognizer.services.model_versions import (
    NothingBefore,
    model_version_rollback,
)
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import TrainingRefused
from recognizer.viewers import viewer_of
from recognizer.web import version_cards as cards
from recognizer.web.access import for_reviewers, page_or_form
from recognizer.web.flip_cards import verdict_words
from recognizer.web.models import version_or_404
from recognizer.web.redirects import SeeOther


class RollbackForm(forms.Form):
    """From which version to go back: two who do so at once go back one step."""

    leaving = forms.IntegerField()


@page_or_form
@for_reviewers
def promote(request: HttpRequest, number: int) -> HttpResponse:
    """Ask, and let a version answer."""
    row = version_or_404(number)
    if request.method == "POST":
        try:
            version_promote(
                version=row,
                reason=request.POST.get("reason", ""),
                user=viewer_of(request).user,
            )
        except (TrainingRefused, RecognizerError) as error:
            messages.error(request, f"{row} was not let answer: {error}")
        else:
            messages.success(request, f"{row} answers from now on.")
        return SeeOther(reverse("web:models"))
    live = selectors.model_version_live()
    if row == live:
        messages.info(request, f"{row} answers already.")
        return redirect("web:models")
    run = cards.run_of(row)
    context = {
        "version": row,
        "live": live,
        "worse": [test for test in cards.gate_rows(run) if not test["is_passed"]],
        "judged_against": row.parent if run and run.gate else None,
        "verdict": _verdict_against(row, live),
    }
    return render(request, "model_promote.html", context)


@page_or_form
@for_reviewers
def rollback(request: HttpRequest) -> HttpResponse:
    """Ask, and let the version answer that did before."""
    if request.method == "POST":
        form = RollbackForm(request.POST)
        if not form.is_valid():
            raise Http404("It is not said from which version to go back.")
        try:
            back = model_version_rollback(leaving=form.cleaned_data["leaving"])
        except (NothingBefore, RecognizerError) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{back} answers again.")
        return SeeOther(reverse("web:models"))
    before = selectors.model_version_before()
    live = selectors.model_version_live()
    if before is None:
        messages.info(request, "No other version has answered before this one.")
        return redirect("web:models")
    return render(request, "model_rollback.html", {"before": before, "live": live})


def _verdict_against(row: ModelVersion, live: ModelVersion | None) -> str:
    if live is None:
        return ""
    counts = selectors.flip_counts(version=row, against=live)
    return verdict_words(counts.held_out) if counts.n else ""
