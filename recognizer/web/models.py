"""The pages about model versions, for the staff."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer import selectors
from recognizer.models import NOT_A_DIGIT, ModelVersion, label_noun
from recognizer.reports import lines
from recognizer.reports.charts import LEAST_ANSWERED, even_ticks
from recognizer.selectors import Change, FlipCounts, Labels
from recognizer.web import version_cards as cards
from recognizer.web.access import for_reviewers
from recognizer.web.flip_cards import (
    FLIP_WORDS,
    flip_tile,
    score_tile,
    tally_rows,
    verdict_words,
)

VERSIONS_A_PAGE = 20
# On the page of all flips, and on that of one kind or of a cell.
FIRST_TILES = 24
TILES_A_PAGE = 96


class CellForm(forms.Form):
    """Which cell of the confusion matrix."""

    label = forms.IntegerField(min_value=0, max_value=NOT_A_DIGIT)
    answer = forms.IntegerField(min_value=0, max_value=NOT_A_DIGIT)


@require_safe
@for_reviewers
def versions(request: HttpRequest) -> HttpResponse:
    newest = selectors.model_versions().select_related("training_run").reverse()
    page = Paginator(newest, VERSIONS_A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    live = selectors.model_version_live()
    context = {
        "page": page,
        "rows": [cards.version_row(version) for version in shown],
        "live": live,
        "before": selectors.model_version_before(),
        "held_out": lines.version_chart(selectors.score_accuracies(versions=shown)),
        "in_use": lines.week_chart(selectors.accuracy_by_week()),
    }
    return render(request, "models.html", context)


@require_safe
@for_reviewers
def version(request: HttpRequest, number: int) -> HttpResponse:
    row = version_or_404(number)
    labels = _labels(request)
    run = cards.run_of(row)
    ancestors = selectors.model_version_ancestors(version=row)
    context = {
        "version": row,
        "run": run,
        "live": selectors.model_version_live(),
        "promotions": row.promotions.select_related("user"),
        "ancestors": ancestors,
        "is_from_shipped": bool(ancestors) and ancestors[-1].is_shipped,
        "lesson": cards.lesson(row),
        "forgotten": selectors.glyphs_forgotten(version=row),
        "size": cards.size_words(row),
        "mnist": cards.mnist_words(row),
        "gate": cards.gate_rows(run),
        "loss": lines.loss_chart(run.epochs if run else []),
        "epochs": lines.epoch_accuracy_chart(run.epochs if run else []),
        "in_use": lines.week_chart(selectors.accuracy_by_week(version=row)),
        "labels": labels,
        "measured": cards.measured(row, labels),
        "is_scored": selectors.is_scored(version=row),
    }
    return render(request, "model.html", context | _axes())


@require_safe
@for_reviewers
def cell(request: HttpRequest, number: int) -> HttpResponse:
    row = version_or_404(number)
    asked = CellForm(request.GET)
    if not asked.is_valid():
        raise Http404("There is no such cell.")
    labels = _labels(request)
    scores = selectors.digits_answered(version=row, labels=labels, **asked.cleaned_data)
    page = Paginator(scores, TILES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "version": row,
        "label": label_noun(asked.cleaned_data["label"]),
        "answer": label_noun(asked.cleaned_data["answer"]),
        "is_right": asked.cleaned_data["label"] == asked.cleaned_data["answer"],
        "labels": labels,
        "page": page,
        "tiles": [score_tile(score) for score in page.object_list],
    }
    return render(request, "model_cell.html", context | _pager(request))


@require_safe
@for_reviewers
def flips(request: HttpRequest, number: int) -> HttpResponse:
    row = version_or_404(number)
    others = selectors.model_versions().exclude(number=number).reverse()
    against = _chosen(request, "against") or row.parent or others.first()
    if against is None or against == row:
        raise Http404("There is no other version to hold it against.")
    asked = request.GET.get("change")
    if asked in list(Change):
        return _all_flips(request, row, against, Change(asked))
    counts = selectors.flip_counts(version=row, against=against)
    context = {
        "version": row,
        "against": against,
        "others": others,
        "counts": counts,
        "rows": tally_rows(counts),
        "verdict": verdict_words(counts.held_out),
        "groups": _groups(row, against, counts),
    }
    return render(request, "model_flips.html", context)


@require_safe
@for_reviewers
def compare(request: HttpRequest) -> HttpResponse:
    known = list(selectors.model_versions().select_related("training_run").reverse())
    live = selectors.model_version_live()
    a = _chosen(request, "a") or live or known[-1]
    b = _chosen(request, "b") or next((each for each in known if each != a), a)
    labels = _labels(request)
    sides = [
        {
            "row": cards.version_row(version_or_404(each.number)),
            "origin": cards.origin_words(each),
            "measured": cards.measured(each, labels),
        }
        for each in (a, b)
    ]
    counts = selectors.flip_counts(version=b, against=a)
    context = {
        "a": a,
        "b": b,
        "known": known,
        "sides": sides,
        "labels": labels,
        "base": f"?a={a.number}&b={b.number}&",
        "counts": counts,
        "rows": tally_rows(counts),
        "verdict": verdict_words(counts.held_out),
    }
    return render(request, "model_compare.html", context | _axes())


def version_or_404(number: int) -> ModelVersion:
    try:
        return selectors.model_version_get(number=number)
    except ModelVersion.DoesNotExist as error:
        raise Http404("There is no such version.") from error


def _chosen(request: HttpRequest, name: str) -> ModelVersion | None:
    """The version that a query names; None where it names none."""
    number = request.GET.get(name, "")
    if not number:
        return None
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise Http404("There is no such version.")
    return version_or_404(int(number))


def _labels(request: HttpRequest) -> Labels:
    asked = request.GET.get("labels")
    return Labels(asked) if asked in list(Labels) else Labels.HELD_OUT


def _all_flips(
    request: HttpRequest, row: ModelVersion, against: ModelVersion, change: Change
) -> HttpResponse:
    digits = selectors.flip_digits(version=row, against=against, change=change)
    page = Paginator(digits, TILES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "version": row,
        "against": against,
        "page": page,
        "words": FLIP_WORDS[change],
        "tiles": [flip_tile(digit) for digit in page.object_list],
    }
    return render(request, "model_flips_all.html", context | _pager(request))


def _groups(
    row: ModelVersion, against: ModelVersion, counts: FlipCounts
) -> list[dict[str, Any]]:
    """Of each kind of change the first, and how many there are."""
    all_of_them = {
        Change.TO_WRONG: counts.to_wrong,
        Change.TO_RIGHT: counts.to_right,
        Change.CHANGED: counts.changed,
    }
    groups = []
    for change, n in all_of_them.items():
        digits = selectors.flip_digits(version=row, against=against, change=change)
        tiles = [flip_tile(digit) for digit in digits[:FIRST_TILES]]
        words = FLIP_WORDS[change]
        groups.append({"change": change, "words": words, "tiles": tiles, "n": n})
    return groups


def _axes() -> dict[str, Any]:
    return {
        "least": LEAST_ANSWERED,
        "ticks_across": even_ticks(is_across=True),
        "ticks_up": even_ticks(is_across=False),
    }


def _pager(request: HttpRequest) -> dict[str, str]:
    """The query without its page, to which links add another."""
    query = request.GET.copy()
    query.pop("page", None)
    return {"base": f"?{query.urlencode()}&page="}
