"""Every error of the API in one shape.

    {"error": {"code": "unreadable_image", "message": "A sentence.", "fields": {...}}}

`fields` is there only when the request's own fields are what is wrong.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from recognizer.engine import RecognizerError

NOT_FOUND = "There is nothing at this address. /api/docs/ lists the addresses."
UNREADABLE = "The request could not be read. Send it once more."


class ImageTooLarge(exceptions.APIException):
    """More bytes than are taken."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "image_too_large"


class Deleted(exceptions.APIException):
    """What is asked for again was deleted."""

    status_code = status.HTTP_410_GONE
    default_code = "deleted"


class IdempotencyKeyReused(exceptions.APIException):
    """A key came with another request before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


def error_body(
    code: str, message: str, fields: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": _printable(message)}
    if fields:
        error["fields"] = {
            name: [_printable(words) for words in given]
            for name, given in fields.items()
        }
    return {"error": error}


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an exception in the one shape; None leaves it to be a 500."""
    error = _as_api_exception(exc)
    if error is None:
        return None
    set_rollback()
    if isinstance(error, exceptions.ValidationError):
        body = _validation_body(error.detail)
    else:
        body = error_body(str(_code(error)), str(error.detail))
    return Response(body, status=error.status_code, headers=_headers(error))


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    match exc:
        case exceptions.APIException():
            return exc
        case RecognizerError():
            error = exceptions.APIException(str(exc), exc.code)
            error.status_code = exc.status
            return error
        case Http404():
            return exceptions.NotFound(str(exc) or NOT_FOUND)
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case SuspiciousOperation() | UnreadablePostError():
            return exceptions.ParseError(UNREADABLE)
        case _:
            return None


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _validation_body(detail: Any) -> dict[str, Any]:
    fields = (
        {name: [str(words) for words in given] for name, given in detail.items()}
        if isinstance(detail, dict)
        else {}
    )
    first = next(iter(fields.values()), ["The request is not valid."])[0]
    return error_body("invalid", first, fields)


def _printable(words: str) -> str:
    # Half a character, as JSON can carry it in "\ud800", has no UTF-8; a message that
    # repeats what was sent would break the answer.
    return words.encode("utf-8", "backslashreplace").decode()


def _headers(error: exceptions.APIException) -> dict[str, str]:
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}
