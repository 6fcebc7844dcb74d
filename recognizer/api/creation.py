"""Pictures on their way in: one or several, kept or only read, once or again.

`prediction_post` is what `POST /api/predictions/` does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import engine
from recognizer.api.base import valid
from recognizer.api.codes import Code
from recognizer.api.errors import ApiError
from recognizer.api.explanations import explanation_data
from recognizer.api.queries import query_of
from recognizer.api.replays import (
    REPLAYED_HEADER,
    Replay,
    given_key,
    replay_find,
    replay_keep,
    request_key,
)
from recognizer.api.serializers import (
    Entry,
    PredictionInput,
    PredictionsInput,
    error_entry,
    prediction_data,
    prediction_entry,
    query_flag,
)
from recognizer.models import Digit, Prediction, Source
from recognizer.services.kept_answers import (
    AnsweredMeanwhile,
    RequestKey,
    request_fingerprint,
)
from recognizer.services.predictions import (
    Answer,
    Results,
    prediction_create,
    prediction_preview,
    predictions_create,
    predictions_preview,
)
from recognizer.viewers import Viewer, remember_visitor, viewer_of

FLAGS = ("store", "explain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a request asks for.

    Attributes:
        is_many: whether it sent a list, and gets one, be it of a single picture.
        is_explained: whether it wants to know why, too.
    """

    images: list[bytes]
    source: Source
    is_many: bool
    is_explained: bool

    @property
    def fingerprint(self) -> str:
        how = f"{self.source} {self.is_many} {self.is_explained}"
        return request_fingerprint([how.encode(), *self.images])


def prediction_post(request: Request, charge: Callable[[int], None]) -> Response:
    """Read what was sent, and keep it unless told otherwise.

    Args:
        charge: counts a request for so many units more than one.
    """
    asked = query_of(request, also=FLAGS)
    if not query_flag(asked, "store", default=True):
        # Nothing is kept under it; but who sends what is no key hears so.
        given_key(request)
        order = _order(request, charge)
        return _answered(_preview(order), order, request)
    viewer = viewer_of(request)
    order = _order(request, charge)
    key = request_key(request, viewer, order.fingerprint)
    if key is None:
        return _answered(_create(order, viewer), order, request)
    return _answered_once(key, order, viewer, request)


def _order(request: Request, charge: Callable[[int], None]) -> Order:
    data = request.data
    is_explained = query_flag(request.query_params, "explain", default=False)
    if isinstance(data, QueryDict):
        # A form names the same field again for each further file.
        files = [*data.getlist("image"), *data.getlist("images")]
        if "images" in data or len(files) > 1:
            data = data.dict() | {"images": files}
    is_many = isinstance(data, Mapping) and "images" in data
    given = valid(PredictionsInput if is_many else PredictionInput, data)
    images: list[bytes] = given["images"] if is_many else [given["image"]]
    charge(len(images) - 1)
    return Order(
        images=images,
        source=Source(given["source"]),
        is_many=is_many,
        is_explained=is_explained,
    )


def _preview(order: Order) -> Results:
    if order.is_many:
        return predictions_preview(images=order.images, source=order.source)
    return [prediction_preview(data=order.images[0], source=order.source)]


def _create(order: Order, viewer: Viewer, **options: Any) -> Results:
    options |= {"source": order.source, "viewer": viewer}
    if order.is_many:
        return predictions_create(images=order.images, **options)
    return [prediction_create(data=order.images[0], **options)]


def _answered_once(
    key: RequestKey, order: Order, viewer: Viewer, request: Request
) -> Response:
    """Do it the first time; then answer as the first time."""
    while (replay := replay_find(key, viewer)) is None:
        keep = partial(replay_keep, key, viewer, request)
        try:
            results = _create(order, viewer, meanwhile=keep)
        except AnsweredMeanwhile:
            continue
        return _answered(results, order, request)
    return _answered_again(replay, order, request)


def _answered(results: Results, order: Order, request: Request) -> Response:
    response = _response([_entry(each, order, request) for each in results], order)
    visitors = [
        each.prediction.visitor
        for each in results
        if isinstance(each, Answer) and each.is_stored
    ]
    if visitors:
        remember_visitor(request, response, visitors[0])
    return response


def _answered_again(replay: Replay, order: Order, request: Request) -> Response:
    """As the first time, but for the cookie: whoever repeats it may be another."""
    entries = [
        _stored(each, request, order) if isinstance(each, Prediction) else each
        for each in replay
    ]
    response = _response(entries, order)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _response(entries: list[Entry], order: Order) -> Response:
    kept = [each for each in entries if each["prediction"] and each["prediction"]["id"]]
    status = 201 if kept else 200
    if order.is_many:
        return Response({"results": entries}, status=status)
    (entry,) = entries
    if entry["error"]:
        raise ApiError(Code.DELETED, entry["error"]["message"])
    headers = {"Location": entry["prediction"]["links"]["self"]} if kept else None
    return Response(entry["prediction"], status=status, headers=headers)


def _entry(
    result: Answer | engine.RecognizerError, order: Order, request: Request
) -> Entry:
    if isinstance(result, engine.RecognizerError):
        return error_entry(Code(result.code), str(result))
    data = prediction_data(
        result.prediction,
        result.digits,
        is_stored=result.is_stored,
        request=request,
    )
    return prediction_entry(_explained(data, result.digits, order))


def _stored(prediction: Prediction, request: Request, order: Order) -> Entry:
    digits = prediction.digits.all()
    data = prediction_data(prediction, digits, is_stored=True, request=request)
    return prediction_entry(_explained(data, digits, order))


def _explained(
    data: dict[str, Any], digits: Iterable[Digit], order: Order
) -> dict[str, Any]:
    return (
        data | {"explanation": explanation_data(digits)} if order.is_explained else data
    )
