"""Requests that come again with their Idempotency-Key, as the API has them."""

from dataclasses import replace

from rest_framework.request import Request

from recognizer import engine, selectors
from recognizer.addresses import address_of
from recognizer.api.base import valid
from recognizer.api.codes import Code
from recognizer.api.errors import ApiError
from recognizer.api.serializers import (
    Entry,
    IdempotencyKeyInput,
    error_entry,
    prediction_data,
    prediction_entry,
)
from recognizer.models import KeptAnswer, Prediction
from recognizer.services.kept_answers import (
    KeyReused,
    RequestKey,
    asker_of,
    kept_answer_create,
    kept_answer_find,
)
from recognizer.services.predictions import Answer, Results
from recognizer.viewers import Viewer

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
DELETED = "What this request created has been deleted since."


# What a request was answered: for each image its prediction, or an entry.
Replay = list[Prediction | Entry]


def request_key(
    request: Request, viewer: Viewer, fingerprint: str
) -> RequestKey | None:
    """What the request calls itself; None: it may be answered anew each time.

    Raises:
        ValidationError: the header is no key.
    """
    name = given_key(request)
    if name is None:
        return None
    return RequestKey(name, asker_of(viewer, address=address_of(request)), fingerprint)


def given_key(request: Request) -> str | None:
    """The header, if there is one.

    Raises:
        ValidationError: it is no key.
    """
    if KEY_HEADER not in request.headers:
        return None
    given = valid(IdempotencyKeyInput, {KEY_HEADER: request.headers[KEY_HEADER]})
    return str(given[KEY_HEADER])


def replay_find(key: RequestKey, viewer: Viewer) -> Replay | None:
    """What this request was answered; None: it comes for the first time.

    Raises:
        ApiError: another request came with its key.
    """
    try:
        kept = kept_answer_find(key=key)
    except KeyReused as error:
        raise ApiError(Code.IDEMPOTENCY_KEY_REUSED, str(error)) from error
    return None if kept is None else _entries(kept, viewer)


def replay_keep(
    key: RequestKey, viewer: Viewer, request: Request, results: Results
) -> None:
    """Keep what is answered, in the transaction that keeps what was read."""
    keys = [key]
    visitors = [
        each.prediction.visitor
        for each in results
        if isinstance(each, Answer) and each.prediction.visitor
    ]
    if visitors and visitors[0] != viewer.visitor:
        # A newcomer: his next request comes with the cookie.
        asker = asker_of(Viewer(visitor=visitors[0]))
        keys.append(replace(key, asker=asker))
    kept_answer_create(keys=keys, entries=[_kept(each, request) for each in results])


def _kept(
    result: Answer | engine.RecognizerError, request: Request
) -> dict[str, object]:
    """What leads to this result again, or says it where nothing was stored."""
    if isinstance(result, engine.RecognizerError):
        return error_entry(Code(result.code), str(result))
    prediction = result.prediction
    if result.is_stored:
        return {"stored": str(prediction.public_id)}
    return prediction_entry(
        prediction_data(prediction, result.digits, is_stored=False, request=request)
    )


def _entries(kept: KeptAnswer, viewer: Viewer) -> Replay:
    stored = selectors.predictions_asked_for_again(
        viewer=viewer,
        public_ids=[each["stored"] for each in kept.entries if "stored" in each],
    )
    deleted = error_entry(Code.DELETED, DELETED)
    return [
        stored.get(each["stored"], deleted) if "stored" in each else each
        for each in kept.entries
    ]
