"""Many pictures at once, for programs."""

from typing import Any
from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework import parsers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors
from recognizer.api import documentation
from recognizer.api.base import Api, taught_headers, valid
from recognizer.api.batch_data import (
    BatchDeleteInput,
    BatchResultsInput,
    batch_data,
)
from recognizer.api.batch_results import ResultsCSV, ResultsJSON, ResultsNDJSON
from recognizer.api.codes import Code
from recognizer.api.errors import Conflict
from recognizer.api.paging import cursors_of, page_response
from recognizer.api.parsers import WindowsZipParser, ZipParser
from recognizer.api.queries import query_of
from recognizer.api.serializers import CursorInput
from recognizer.api.views import JsonErrors
from recognizer.models import Batch, Source
from recognizer.services.batches import BatchEnded, batch_cancel, batch_delete
from recognizer.services.limits import Scope
from recognizer.tasks import batch_enqueue
from recognizer.uploads import upload_of
from recognizer.viewers import remember_visitor, viewer_of

NO_BATCH = "There is no such batch, or it is not yours."


class BatchListApi(Api):
    """One's batches, and the way to send one."""

    parser_classes = [parsers.MultiPartParser, ZipParser, WindowsZipParser]

    def allowance_scope(self, request: Request) -> Scope:
        return Scope.CREATE if request.method == "POST" else Scope.OTHER

    @documentation.batch_create
    def post(self, request: Request) -> Response:
        viewer = viewer_of(request)
        with upload_of(request) as upload:
            batch = batch_enqueue(upload=upload, source=Source.API, viewer=viewer)
        data = _data(batch, request)
        response = Response(data, 202, headers={"Location": data["links"]["self"]})
        remember_visitor(request, response, batch.visitor)
        return response

    @documentation.batch_list
    def get(self, request: Request) -> Response:
        given = valid(CursorInput, query_of(request, CursorInput))
        with cursors_of(given):
            page = selectors.batch_page(viewer=viewer_of(request), **given)
        return page_response(
            request,
            _all_data(page.rows, request),
            older=page.older,
            newer=page.newer,
        )


class BatchApi(Api):
    """One batch."""

    @documentation.batch_get
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(_data(_batch(request, public_id), request))

    @documentation.batch_delete
    def delete(self, request: Request, public_id: UUID) -> Response:
        batch = _batch(request, public_id)
        given = valid(BatchDeleteInput, query_of(request, BatchDeleteInput))
        taught = batch_delete(batch=batch, with_predictions=given["predictions"])
        return Response(status=204, headers=taught_headers(taught))


class BatchResultsApi(JsonErrors, Api):
    """What became of the files of a batch."""

    renderer_classes = [ResultsJSON, ResultsCSV, ResultsNDJSON]

    @documentation.batch_results
    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        batch = _batch(request, public_id)
        asked = query_of(request, BatchResultsInput, also=["format"])
        given = valid(BatchResultsInput, asked)
        renderer: Any = request.accepted_renderer
        items = selectors.batch_items(batch, outcome=given.get("outcome"))
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        name = f"batch-{batch.public_id}.{renderer.format}"
        return StreamingHttpResponse(
            renderer.stream(items, request),
            content_type=f"{renderer.media_type}{charset}",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class BatchCancelApi(Api):
    """The way to end a batch."""

    @documentation.batch_cancel
    def post(self, request: Request, public_id: UUID) -> Response:
        batch = _batch(request, public_id)
        try:
            batch_cancel(batch=batch)
        except BatchEnded as error:
            raise Conflict(str(error), Code.NOT_ACTIVE) from error
        return Response(_data(batch, request))


def _batch(request: Request, public_id: UUID) -> Batch:
    try:
        return selectors.batch_get(viewer=viewer_of(request), public_id=public_id)
    except Batch.DoesNotExist as error:
        raise Http404(NO_BATCH) from error


def _data(batch: Batch, request: Request) -> dict[str, Any]:
    (data,) = _all_data([batch], request)
    return data


def _all_data(batches: list[Batch], request: Request) -> list[dict[str, Any]]:
    counts = selectors.batch_counts(batches)
    first = selectors.batch_first_files(batches)
    return [
        batch_data(each, counts[each.pk], first[each.pk], request) for each in batches
    ]
