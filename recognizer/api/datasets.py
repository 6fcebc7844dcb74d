"""The labelled digits as files, for programs of the staff."""

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework import permissions
from rest_framework.request import Request

from recognizer import engine, selectors
from recognizer.api import documentation
from recognizer.api.base import Api, valid
from recognizer.api.codes import Code
from recognizer.api.errors import Conflict
from recognizer.api.queries import query_of
from recognizer.api.serializers import DatasetInput

NOTHING_TO_EXPORT = "There is nothing to export: no label is confirmed yet."


class DatasetApi(Api):
    """All that trains and measures models."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.dataset_export
    def get(self, request: Request) -> HttpResponseBase:
        form = valid(DatasetInput, query_of(request, DatasetInput))["form"]
        labelled = selectors.labelled_glyphs()
        if not len(labelled):
            raise Conflict(NOTHING_TO_EXPORT, Code.NOTHING_TO_EXPORT)
        name = f"digits-{form}-{labelled.fingerprint()[:16]}"
        # What a browser has kept it must ask about: labels change.
        headers = {"ETag": f'"{name}"', "Cache-Control": "private, no-cache"}
        if known := get_conditional_response(request, etag=headers["ETag"]):
            for field, value in headers.items():
                known.headers[field] = value
            return known
        return FileResponse(
            engine.export_archive(labelled, form),
            as_attachment=True,
            content_type="application/zip",
            filename=f"{name}.zip",
            headers=headers,
        )
