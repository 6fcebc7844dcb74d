"""The pages of batches: many pictures at once, and what was read in them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from recognizer import selectors
from recognizer.models import Batch, BatchItem, OutcomeChoice, Prediction, Source
from recognizer.selectors import BatchCounts
from recognizer.services.batches import BatchEnded, batch_cancel, batch_delete
from recognizer.tasks import batch_enqueue
from recognizer.uploads import UploadRefused, upload_of
from recognizer.viewers import remember_visitor, viewer_of
from recognizer.web.access import page_or_form
from recognizer.web.forms import ACCEPTED
from recognizer.web.learning import taught_words
from recognizer.web.redirects import SeeOther

BATCHES_ON_A_PAGE = 20
ITEMS_ON_A_PAGE = 50
# A worker looks every second, and reads for five at most before others have their turn.
WORKER_IS_LATE_S = 30
NO_BATCH = "There is no such batch, or it is not yours."


@dataclass(frozen=True, slots=True)
class BatchCard:
    """One batch as the pages show it.

    Attributes:
        first_file: the name by which to know it again.
        now: how far it is, in words.
        is_waiting_long: whether there may be no worker.
    """

    batch: Batch
    counts: BatchCounts
    first_file: str
    now: str
    is_waiting_long: bool


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One file of a batch as its page shows it.

    Attributes:
        words: what became of it.
    """

    item: BatchItem
    words: str


@page_or_form
def batches(request: HttpRequest) -> HttpResponse:
    """One's batches, and the form to send one; `LimitsMiddleware` has counted it."""
    if request.method != "POST":
        return _batches_page(request)
    viewer = viewer_of(request)
    try:
        with upload_of(request) as upload:
            batch = batch_enqueue(upload=upload, source=Source.UPLOAD, viewer=viewer)
    except UploadRefused as error:
        return _batches_page(request, refusal=error)
    response = SeeOther(batch.get_absolute_url())
    remember_visitor(request, response, batch.visitor)
    return response


@require_safe
def batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far one batch is, and what was read."""
    found = _batch(request, public_id)
    items = Paginator(selectors.batch_items_failed_first(found), ITEMS_ON_A_PAGE)
    page = items.get_page(request.GET.get("page"))
    context = {"card": _card(found), "page": page, "rows": _rows(page, found)}
    return render(request, "batch.html", context)


@require_safe
def progress(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far a batch is, as a piece of its page; 204 once it has ended."""
    found = _batch(request, public_id)
    if not found.is_active:
        return HttpResponse(status=204)
    return render(request, "_partials/batch_progress.html", {"card": _card(found)})


@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _batch(request, public_id)
    try:
        batch_cancel(batch=found)
    except BatchEnded as error:
        messages.error(request, str(error))
    return SeeOther(found.get_absolute_url())


@page_or_form
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _batch(request, public_id)
    if request.method == "POST":
        with_predictions = "predictions" in request.POST
        taught = batch_delete(batch=found, with_predictions=with_predictions)
        messages.success(request, f"The batch is deleted.{taught_words(taught)}")
        return redirect("web:batches")
    return render(request, "batch_delete.html", {"card": _card(found)})


def _batches_page(
    request: HttpRequest, *, refusal: UploadRefused | None = None
) -> HttpResponse:
    try:
        page = selectors.batch_page(
            viewer=viewer_of(request),
            size=BATCHES_ON_A_PAGE,
            before=request.GET.get("before") or None,
            after=request.GET.get("after") or None,
        )
    except selectors.InvalidCursor as error:
        raise Http404("There is no such part of the list.") from error
    context: dict[str, Any] = {
        "cards": _cards(page.rows),
        "older_url": f"?before={page.older}" if page.older else None,
        "newer_url": f"?after={page.newer}" if page.newer else None,
        "accepted": f"{ACCEPTED},.zip,application/zip",
        "most_mb": settings.MAX_BATCH_MB,
        "most_files": settings.MAX_BATCH_FILES,
        "most_image_mb": settings.MAX_IMAGE_MB,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "batches.html", context, status=status)


def _card(batch: Batch) -> BatchCard:
    (card,) = _cards([batch])
    return card


def _cards(batches: list[Batch]) -> list[BatchCard]:
    counts = selectors.batch_counts(batches)
    first = selectors.batch_first_files(batches)
    return [_card_of(each, counts[each.pk], first[each.pk]) for each in batches]


def _card_of(batch: Batch, counts: BatchCounts, first_file: str) -> BatchCard:
    silent_for = timezone.now() - batch.heartbeat_at
    return BatchCard(
        batch=batch,
        counts=counts,
        first_file=first_file,
        now=_now(batch, counts),
        is_waiting_long=batch.is_active
        and silent_for.total_seconds() > WORKER_IS_LATE_S,
    )


def _now(batch: Batch, counts: BatchCounts) -> str:
    match batch.status:
        case Batch.Status.QUEUED:
            return "It waits for the worker."
        case Batch.Status.RUNNING:
            return f"{counts.done:,} of {batch.total:,} done."
        case Batch.Status.CANCELLED:
            return f"Cancelled with {counts.done:,} of {batch.total:,} done."
        case _:
            return f"All {batch.total:,} done." if batch.total > 1 else "Done."


def _rows(page: "Page[BatchItem]", batch: Batch) -> list[ItemRow]:
    return [ItemRow(item, _words(item, batch)) for item in page]


def _words(item: BatchItem, batch: Batch) -> str:
    match item.status:
        case BatchItem.Status.FAILED:
            return item.error_message
        case BatchItem.Status.BLANK:
            return "There is nothing to read in it."
        case BatchItem.Status.WAITING:
            return "It waits." if batch.is_active else "It was never read."
        case _:
            return _answer_words(item.prediction)


def _answer_words(prediction: Prediction | None) -> str:
    if prediction is None:
        return "It was read, and deleted since."
    match prediction.outcome:
        case OutcomeChoice.NOT_A_DIGIT:
            return f"Not a digit. Closest: {prediction.text}."
        case OutcomeChoice.UNSURE:
            return f"{prediction.confidence_percent}%, unsure: look twice."
        case _:
            return f"{prediction.confidence_percent}% sure."


def _batch(request: HttpRequest, public_id: UUID) -> Batch:
    try:
        return selectors.batch_get(viewer=viewer_of(request), public_id=public_id)
    except Batch.DoesNotExist as error:
        raise Http404(NO_BATCH) from error
