"""Every error of the API in one shape.

    {"error": {"code": "unreadable_image", "message": "A sentence.", "fields": {...}}}

`fields` is there only when the request's own fields are what is wrong. `codes` lists
the codes. 400 is the status of whatever is wrong with what was sent, fields included;
422 is left to what is well-formed and contradicts an earlier request.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from recognizer.api.codes import Code
from recognizer.engine import RecognizerError
from recognizer.services.limits import AllowanceSpent, MoreThanAllowed
from recognizer.storage import StorageUnavailable, is_full_disk
from recognizer.uploads import UploadRefused

logger = logging.getLogger(__name__)

NOT_FOUND = "There is nothing at this address. /api/docs/ lists the addresses."
INVALID = "The request is not valid."
UNREADABLE = "The request could not be read. Send it once more."
UNAVAILABLE = "The database does not answer just now. Ask again in a few seconds."
NO_ROOM = "There is no room left to keep this. Nothing was kept. Send it again later."
FILES_UNAVAILABLE = (
    "Where the pictures are kept does not answer just now. Ask again in a few seconds."
)
LONGEST_WORDS = 500
# DRF's name for what is wrong with all of it, which is no field.
WHOLE = api_settings.NON_FIELD_ERRORS_KEY
# What is not available may be again by then.
AVAILABLE_AGAIN_S = 5
# Where a library of others brings a code that we do not know.
CODES_OF_OTHERS = {
    400: Code.BAD_REQUEST,
    401: Code.AUTHENTICATION_FAILED,
    403: Code.PERMISSION_DENIED,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.IMAGE_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    429: Code.THROTTLED,
    503: Code.UNAVAILABLE,
}


class ApiError(exceptions.APIException):
    """An error by its code, which says the status as well.

    Attributes:
        reason: the code.
        wait: seconds after which it is worth another try; None: nobody knows.
    """

    def __init__(self, code: Code, message: str, *, wait: int | None = None) -> None:
        super().__init__(message, code)
        self.reason = code
        self.status_code = code.status
        self.wait = wait


class Conflict(ApiError):
    """What is asked for does not fit what is there."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(Code(code), message)


class ImageTooLarge(ApiError):
    """More bytes than are taken."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.IMAGE_TOO_LARGE, message)


def error_body(
    code: Code, message: str, fields: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": str(code), "message": _printable(message)}
    if fields:
        error["fields"] = {
            _printable(name): [_printable(words) for words in given]
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
        body = error_body(_code(error), _message(error, context))
    return Response(body, status=error.status_code, headers=_headers(error))


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    match exc:
        case exceptions.Throttled():
            return _throttled(AllowanceSpent(getattr(exc, "wait", None) or 0))
        case exceptions.APIException():
            return exc
        case AllowanceSpent():
            return _throttled(exc)
        case MoreThanAllowed():
            return ApiError(Code.TOO_MUCH_AT_ONCE, str(exc))
        case RecognizerError() | UploadRefused():
            return _unreadable(exc)
        case _:
            return _of_django(exc)


def _of_django(exc: Exception) -> exceptions.APIException | None:
    match exc:
        case Http404():
            return exceptions.NotFound(str(exc) or NOT_FOUND)
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case SuspiciousOperation() | UnreadablePostError():
            return exceptions.ParseError(UNREADABLE)
        case _:
            return outage_of(exc)


def outage_of(exc: BaseException | None) -> ApiError | None:
    """What to tell of an exception that is nobody's mistake and may be over soon.

    Returns:
        An error to answer with; None where it is our mistake, or none at all.
    """
    match exc:
        case StorageUnavailable():
            logger.error("Files cannot be read or written.", exc_info=exc)
            return ApiError(Code.UNAVAILABLE, FILES_UNAVAILABLE, wait=AVAILABLE_AGAIN_S)
        case OperationalError() | OSError() if _is_full(exc):
            logger.error("The disk is full.", exc_info=exc)
            return ApiError(Code.STORAGE_FULL, NO_ROOM)
        case OperationalError() | InterfaceError() if _may_pass(exc):
            logger.error("The database does not answer.", exc_info=exc)
            return ApiError(Code.UNAVAILABLE, UNAVAILABLE, wait=AVAILABLE_AGAIN_S)
        case _:
            return None


def _throttled(error: AllowanceSpent) -> ApiError:
    return ApiError(Code.THROTTLED, str(error), wait=error.wait_s)


def _unreadable(exc: RecognizerError | UploadRefused) -> exceptions.APIException:
    error = exceptions.APIException(str(exc), exc.code)
    error.status_code = exc.status
    return error


def _is_full(exc: OperationalError | OSError) -> bool:
    """Whether there is no room left, for files or for rows."""
    if isinstance(exc, OSError):
        return is_full_disk(exc)
    # SQLite's own number, and PostgreSQL's code for "disk full".
    number = getattr(exc.__cause__, "sqlite_errorcode", None)
    state = getattr(exc.__cause__, "sqlstate", None)
    return number == sqlite3.SQLITE_FULL or state == "53100"


def _may_pass(exc: Exception) -> bool:
    """Whether it is locked or away, and not our own SQL that is wrong."""
    number = getattr(exc.__cause__, "sqlite_errorcode", None)
    return number != sqlite3.SQLITE_ERROR


def _code(error: exceptions.APIException) -> Code:
    codes = error.get_codes()
    given = codes if isinstance(codes, str) else error.default_code
    if given in set(Code):
        return Code(given)
    logger.error("There is no code %r: add it to recognizer.api.codes.", given)
    return CODES_OF_OTHERS.get(error.status_code, Code.SERVER_ERROR)


def _message(error: exceptions.APIException, context: Mapping[str, Any]) -> str:
    if isinstance(error, exceptions.UnsupportedMediaType):
        parsers = getattr(context.get("view"), "parser_classes", ())
        taken = ", ".join(parser.media_type for parser in parsers)
        return f"{error.detail} Send one of: {taken}."
    return str(error.detail)


def _validation_body(detail: Any) -> dict[str, Any]:
    said = (
        {str(name): list(_said(given)) for name, given in detail.items()}
        if isinstance(detail, Mapping)
        else {WHOLE: list(_said(detail))}
    )
    first = next((words[0] for words in said.values() if words), INVALID)
    fields = {name: words for name, words in said.items() if name != WHOLE}
    return error_body(Code.INVALID, first, fields)


def _said(detail: Any, inside: str = "") -> Iterator[str]:
    """What is wrong with a field: `review: This field is required.` inside of it."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _said(inner, inside if name == WHOLE else f"{inside}{name}: ")
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            is_nested = isinstance(inner, Mapping | list | tuple)
            yield from _said(inner, f"{inside}{position}: " if is_nested else inside)
    else:
        yield f"{inside}{detail}"


def _printable(words: str) -> str:
    # Half a character, as JSON can carry it in "\ud800", has no UTF-8; a message that
    # repeats what was sent would break the answer. Nor is all of it worth repeating.
    if len(words) > LONGEST_WORDS:
        words = f"{words[:LONGEST_WORDS]}..."
    return words.encode("utf-8", "backslashreplace").decode()


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is None and error.status_code == Code.UNAVAILABLE.status:
        wait = AVAILABLE_AGAIN_S
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if error.status_code == Code.UNSUPPORTED_ENCODING.status:
        headers["Accept-Encoding"] = "identity"
    return headers
