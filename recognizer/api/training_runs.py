"""Trainings, for programs."""

from django.http import Http404
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import engine, selectors
from recognizer.api import documentation
from recognizer.api.base import Api, valid
from recognizer.api.errors import Conflict
from recognizer.api.trainings import TrainingRunInput, training_run_data
from recognizer.models import TrainingRun
from recognizer.services.training_runs import (
    TrainingOptions,
    TrainingRefused,
    training_run_cancel,
    training_runs_bury,
)
from recognizer.tasks import training_enqueue
from recognizer.viewers import viewer_of

# Of all trainings of a site few are looked at, and each is some kilobytes.
LISTED = 100


class TrainingRunListApi(Api):
    """All trainings, and the way to start one."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.training_run_list
    def get(self, request: Request) -> Response:
        training_runs_bury()
        runs = selectors.training_runs()[:LISTED]
        return Response({"results": [training_run_data(run) for run in runs]})

    @documentation.training_run_create
    def post(self, request: Request) -> Response:
        given = valid(TrainingRunInput, request.data)
        options = TrainingOptions(mnist=engine.mnist_folder(), **given)
        try:
            run = training_enqueue(options=options, user=viewer_of(request).user)
        except TrainingRefused as error:
            raise Conflict(str(error), error.code) from error
        return Response(training_run_data(run), status=202)


class TrainingRunApi(Api):
    """One training."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.training_run_get
    def get(self, request: Request, pk: int) -> Response:
        training_runs_bury()
        return Response(training_run_data(_run(pk)))


class TrainingRunCancelApi(Api):
    """The way to end a training."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.training_run_cancel
    def post(self, request: Request, pk: int) -> Response:
        run = _run(pk)
        try:
            training_run_cancel(run=run)
        except TrainingRefused as error:
            raise Conflict(str(error), error.code) from error
        return Response(training_run_data(run))


def _run(pk: int) -> TrainingRun:
    try:
        return selectors.training_run_get(pk=pk)
    except TrainingRun.DoesNotExist as error:
        raise Http404("There is no such training.") from error
