"""Labels of digits, for programs."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors
from recognizer.answers import LABELS, correction_data, digit_data
from recognizer.api import documentation
from recognizer.api.base import Api, valid
from recognizer.api.codes import Code
from recognizer.api.digits import CorrectionInput
from recognizer.api.errors import Conflict
from recognizer.models import Digit, Via
from recognizer.pictures import picture_response
from recognizer.services.corrections import (
    LabelledMeanwhile,
    NothingToUndo,
    Shown,
    correction_record,
    correction_undo,
)
from recognizer.viewers import Viewer, viewer_of

__all__ = ["Conflict"]  # Where it stood before.

NO_DIGIT = "There is no such digit, or it is not yours."


class DigitApi(Api):
    """One digit."""

    @documentation.digit_get
    def get(self, request: Request, pk: int) -> Response:
        return Response(digit_data(_digit(viewer_of(request), pk)))


class DigitImageApi(Api):
    """The stored picture in which a digit stands."""

    @documentation.digit_image
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return picture_response(request, _digit(viewer_of(request), pk).prediction)


class CorrectionListApi(Api):
    """What people said of a digit, and the way to say it."""

    @documentation.correction_list
    def get(self, request: Request, pk: int) -> Response:
        viewer = viewer_of(request)
        corrections = _digit(viewer, pk).corrections.all()
        return Response(
            {"results": [correction_data(row, viewer) for row in corrections]}
        )

    @documentation.correction_create
    def post(self, request: Request, pk: int) -> Response:
        viewer = viewer_of(request)
        digit = _digit(viewer, pk)
        given = valid(CorrectionInput, request.data)
        label = LABELS[given["label"]]
        try:
            correction = correction_record(
                digit=digit,
                label=label,
                viewer=viewer,
                via=Via.API,
                shown=_shown(given),
            )
        except LabelledMeanwhile as error:
            raise Conflict(str(error), Code.LABELLED_MEANWHILE) from error
        return Response(digit_data(digit), status=200 if correction is None else 201)


class CorrectionUndoApi(Api):
    """The way to take back what one said."""

    @documentation.correction_undo
    def post(self, request: Request, pk: int) -> Response:
        viewer = viewer_of(request)
        digit = _digit(viewer, pk)
        try:
            correction_undo(digit=digit, viewer=viewer)
        except NothingToUndo as error:
            raise Conflict(str(error), Code.NOTHING_TO_UNDO) from error
        return Response(digit_data(digit), status=201)


def _shown(given: dict[str, Any]) -> Shown | None:
    shown = given.get("shown")
    if shown is None:
        return None
    label = shown["label"]
    return Shown(None if label is None else LABELS[label], shown["review"])


def _digit(viewer: Viewer, pk: int) -> Digit:
    try:
        return selectors.digit_get(viewer=viewer, pk=pk)
    except Digit.DoesNotExist as error:
        raise Http404(NO_DIGIT) from error
