"""The pages: validate, call, render."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from recognizer import selectors
from recognizer.engine import RecognizerError
from recognizer.models import Prediction, Source
from recognizer.pictures import picture_response, thumbnail_response
from recognizer.services.limits import Scope, allowance_take
from recognizer.services.predictions import prediction_create, prediction_delete
from recognizer.viewers import payer_of, remember_visitor, viewer_of
from recognizer.web.access import page_or_form
from recognizer.web.explanations import explanation_cards
from recognizer.web.forms import ACCEPTED, PictureForm
from recognizer.web.labels import said_of
from recognizer.web.learning import taught_words
from recognizer.web.presentation import (
    BLANK_NOTICE,
    digit_cards,
    step_cards,
    verdict,
)
from recognizer.web.redirects import SeeOther

HISTORY_PAGE_SIZE = 24


@page_or_form
def draw(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _read_picture(request, "draw.html", Source.DRAW)
    return _picture_page(request, "draw.html", PictureForm())


@page_or_form
def upload(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _read_picture(request, "upload.html", Source.UPLOAD)
    return _picture_page(request, "upload.html", PictureForm())


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    before, after = request.GET.get("before"), request.GET.get("after")
    viewer = viewer_of(request)
    try:
        page = selectors.prediction_page(
            viewer=viewer,
            size=HISTORY_PAGE_SIZE,
            before=before,
            after=after,
            with_corrections=True,
        )
    except selectors.InvalidCursor as error:
        raise Http404("There is no such part of the history.") from error
    if (before or after) and not page.rows:
        return redirect("web:history")  # All on this page was deleted.
    context = {
        "entries": [
            (prediction, said_of(prediction, viewer)) for prediction in page.rows
        ],
        "older_url": f"?before={page.older}" if page.older else None,
        "newer_url": f"?after={page.newer}" if page.newer else None,
    }
    return render(request, "history.html", context)


@require_safe
def result(request: HttpRequest, public_id: UUID) -> HttpResponse:
    prediction = _prediction(request, public_id)
    digits = list(prediction.digits.all())
    said = said_of(prediction, viewer_of(request))
    context = {
        "prediction": prediction,
        "verdict": verdict(prediction, digits),
        "said": said.sentence,
        "digits": list(zip(digit_cards(digits), said.cards, strict=True)),
        "steps": step_cards(prediction),
        "image_url": reverse("web:image", args=[public_id]),
    }
    if "explain" in request.GET:
        try:
            context["explanations"] = explanation_cards(prediction)
        except RecognizerError as error:
            context["notice"] = str(error)
    return render(request, "result.html", context)


@require_safe
def explanation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The part of the result page that says why; a script puts it there."""
    prediction = _prediction(request, public_id)
    try:
        context = {"explanations": explanation_cards(prediction)}
    except RecognizerError as error:
        return HttpResponse(str(error), content_type="text/plain", status=error.status)
    return render(request, "_partials/explanation.html", context)


@page_or_form
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    prediction = _prediction(request, public_id)
    if request.method == "POST":
        taught = taught_words(prediction_delete(prediction=prediction))
        messages.success(
            request, f"The prediction and its picture are deleted.{taught}"
        )
        return redirect("web:history")
    return render(request, "prediction_delete.html", {"prediction": prediction})


@require_safe
def image(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    return picture_response(request, _prediction(request, public_id))


@require_safe
def thumbnail(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    return thumbnail_response(request, _prediction(request, public_id))


def _read_picture(request: HttpRequest, template: str, source: Source) -> HttpResponse:
    allowance_take(scope=Scope.CREATE, payer=payer_of(request))
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _picture_page(request, template, form, status=form.status)
    try:
        answer = prediction_create(
            data=form.cleaned_data["image"], source=source, viewer=viewer_of(request)
        )
    except RecognizerError as error:
        form.add_error("image", str(error))
        return _picture_page(request, template, form, status=error.status)
    if not answer.is_stored:
        return _picture_page(request, template, PictureForm(), notice=BLANK_NOTICE)
    response = SeeOther(answer.prediction.get_absolute_url())
    remember_visitor(request, response, answer.prediction.visitor)
    return response


def _picture_page(
    request: HttpRequest,
    template: str,
    form: PictureForm,
    *,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "notice": notice,
        "accepted": ACCEPTED,
        "max_upload_mb": settings.MAX_IMAGE_MB,
    }
    return render(request, template, context, status=status)


def _prediction(request: HttpRequest, public_id: UUID) -> Prediction:
    try:
        return selectors.prediction_get(viewer=viewer_of(request), public_id=public_id)
    except Prediction.DoesNotExist as error:
        raise Http404("There is no such prediction, or it is not yours.") from error
