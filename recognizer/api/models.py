"""Model versions, for programs of the staff."""

from django.http import Http404
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors
from recognizer.api import documentation
from recognizer.api.base import Api, valid
from recognizer.api.codes import Code
from recognizer.api.errors import Conflict
from recognizer.api.versions import (
    PromotionInput,
    RollbackInput,
    version_data,
    version_detail_data,
)
from recognizer.models import ModelVersion
from recognizer.services.model_versions import (
    NothingBefore,
    model_version_rollback,
)
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import TrainingRefused
from recognizer.viewers import viewer_of


class ModelVersionListApi(Api):
    """All versions."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.model_version_list
    def get(self, request: Request) -> Response:
        newest_first = selectors.model_versions().reverse()
        return Response({"results": [version_data(each) for each in newest_first]})


class ModelVersionApi(Api):
    """One version."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.model_version_get
    def get(self, request: Request, number: int) -> Response:
        return Response(version_detail_data(_version(number)))


class ModelVersionPromoteApi(Api):
    """The way to let a version answer."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.model_version_promote
    def post(self, request: Request, number: int) -> Response:
        version = _version(number)
        given = valid(PromotionInput, request.data)
        try:
            version_promote(version=version, user=viewer_of(request).user, **given)
        except TrainingRefused as error:
            raise Conflict(str(error), error.code) from error
        return Response(version_data(version))


class ModelVersionRollbackApi(Api):
    """The way back to the version that answered before."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.model_version_rollback
    def post(self, request: Request) -> Response:
        try:
            given = valid(RollbackInput, request.data)
            version = model_version_rollback(**given)
        except NothingBefore as error:
            raise Conflict(str(error), Code.NOTHING_BEFORE) from error
        # Its row says since when it answers only once it is read again.
        return Response(version_data(_version(version.number)))


def _version(number: int) -> ModelVersion:
    try:
        return selectors.model_version_get(number=number)
    except ModelVersion.DoesNotExist as error:
        raise Http404("There is no such model version.") from error
