"""The API: validate, call, serialise."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import selectors
from recognizer.api import documentation
from recognizer.api.base import AlwaysSomething, Api, taught_headers, valid
from recognizer.api.creation import prediction_post
from recognizer.api.explanations import explanation_data
from recognizer.api.paging import cursors_of, page_response
from recognizer.api.parsers import PictureParser
from recognizer.api.queries import query_of
from recognizer.api.serializers import (
    FilterInput,
    PageInput,
    prediction_data,
    query_flag,
)
from recognizer.models import Prediction
from recognizer.pictures import picture_response
from recognizer.services.limits import Scope
from recognizer.services.predictions import prediction_delete
from recognizer.viewers import viewer_of

# What leads from page to page beside the cursor.
PAGE_PARAMETERS = {"size", "ordering", *FilterInput().fields}
NO_PREDICTION = "There is no such prediction, or it is not yours."


class PredictionListApi(Api):
    """The history, and the way into it."""

    parser_classes = [*Api.parser_classes, PictureParser]

    def allowance_scope(self, request: Request) -> Scope:
        if request.method != "POST":
            return Scope.OTHER
        try:
            is_stored = query_flag(request.query_params, "store", default=True)
        except ValidationError:
            return Scope.OTHER  # The view says what is wrong, and it is counted.
        return Scope.CREATE if is_stored else Scope.PREVIEW

    @documentation.prediction_create
    def post(self, request: Request) -> Response:
        return prediction_post(
            request, charge=lambda units: self.charge(request, units=units)
        )

    @documentation.prediction_list
    def get(self, request: Request) -> Response:
        viewer = viewer_of(request)
        asked = query_of(request, PageInput, FilterInput)
        given = valid(PageInput, asked)
        given["ordering"] = selectors.Ordering(given["ordering"])
        filters = selectors.Filters(**valid(FilterInput, asked))
        with cursors_of(given):
            page = selectors.prediction_page(viewer=viewer, filters=filters, **given)
        return page_response(
            request,
            [_prediction_data(row, request) for row in page.rows],
            older=page.older,
            newer=page.newer,
            kept=PAGE_PARAMETERS,
        )


class PredictionApi(Api):
    """One prediction."""

    @documentation.prediction_get
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(_prediction_data(_prediction(request, public_id), request))

    @documentation.prediction_delete
    def delete(self, request: Request, public_id: UUID) -> Response:
        prediction = _prediction(request, public_id)
        taught = prediction_delete(prediction=prediction)
        return Response(status=204, headers=taught_headers(taught))


class PredictionImageApi(Api):
    """The stored picture of a prediction."""

    @documentation.prediction_image
    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        return picture_response(request, _prediction(request, public_id))


class PredictionExplanationApi(Api):
    """Why a prediction was answered as it was."""

    @documentation.prediction_explanation
    def get(self, request: Request, public_id: UUID) -> Response:
        prediction = _prediction(request, public_id)
        return Response(explanation_data(prediction.digits.all()))


class JsonErrors(APIView):
    """For views that answer in another form than JSON, but not when they fail.

    Nor when they are asked for their methods.
    """

    content_negotiation_class = AlwaysSomething

    def handle_exception(self, exc: Exception) -> Response:
        return self._in_json(super().handle_exception(exc))

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        return self._in_json(super().options(self.request, *args, **kwargs))

    def _in_json(self, response: Response) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class SchemaApi(JsonErrors, SpectacularAPIView):
    """The schema, as YAML or as JSON."""

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version; what is asked for would stand in a header."""


class DocsApi(JsonErrors, SpectacularSwaggerSplitView):
    """The schema as a page. Split: our CSP would refuse an inline script."""

    url_name = "api:schema"


def _prediction(request: Request, public_id: UUID) -> Prediction:
    try:
        return selectors.prediction_get(viewer=viewer_of(request), public_id=public_id)
    except Prediction.DoesNotExist as error:
        raise Http404(NO_PREDICTION) from error


def _prediction_data(prediction: Prediction, request: HttpRequest) -> dict[str, Any]:
    return prediction_data(
        prediction, prediction.digits.all(), is_stored=True, request=request
    )
