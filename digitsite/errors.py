"""Errors that no view of ours answered: in words, and for programs in JSON."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import is_valid_path
from django.views import defaults

from recognizer.api.codes import Code
from recognizer.api.errors import (
    AVAILABLE_AGAIN_S,
    FILES_UNAVAILABLE,
    NOT_FOUND,
    error_body,
)
from recognizer.services.limits import AllowanceSpent

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_a_program(request):
        return _json(Code.BAD_REQUEST, "The request could not be understood.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_a_program(request):
        return _json(Code.PERMISSION_DENIED, "You may not do this.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_a_program(request):
        return _nothing_for_programs(request)
    return defaults.page_not_found(request, exception)


def too_many_requests(
    request: HttpRequest, exception: AllowanceSpent
) -> HttpResponseBase:
    if is_for_a_program(request):
        response: HttpResponseBase = _json(Code.THROTTLED, str(exception))
    else:
        message = f"Wait {exception.wait_in_words}, then go back and send it once more."
        response = render(request, "429.html", {"message": message}, status=429)
    response.headers["Retry-After"] = str(exception.wait_s)
    return response


def files_unavailable(request: HttpRequest) -> HttpResponseBase:
    if is_for_a_program(request):
        response: HttpResponseBase = _json(Code.UNAVAILABLE, FILES_UNAVAILABLE)
    else:
        message = "Wait a moment, then try once more. What is kept here is not lost."
        response = render(request, "503.html", {"message": message}, status=503)
    response.headers["Retry-After"] = str(AVAILABLE_AGAIN_S)
    return response


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_for_a_program(request):
        return _json(
            Code.SERVER_ERROR, "Something broke on our side. Please try again."
        )
    return defaults.server_error(request)


def body_too_large(request: HttpRequest, *, limit_mb: int) -> HttpResponseBase:
    message = f"This is larger than {limit_mb} MB. Send a smaller picture."
    return _too_large(request, Code.IMAGE_TOO_LARGE, message)


def batch_too_large(request: HttpRequest, *, limit_mb: int) -> HttpResponseBase:
    message = f"This is larger than {limit_mb} MB. Send it in several batches."
    return _too_large(request, Code.BATCH_TOO_LARGE, message)


def length_required(request: HttpRequest) -> HttpResponseBase:
    message = "Say how long the request is: send it with a Content-Length."
    if is_for_a_program(request):
        return _json(Code.LENGTH_REQUIRED, message)
    return render(request, "411.html", {"message": message}, status=411)


def _too_large(request: HttpRequest, code: Code, message: str) -> HttpResponseBase:
    if is_for_a_program(request):
        return _json(code, message)
    return render(request, "413.html", {"message": message}, status=413)


def _nothing_for_programs(request: HttpRequest) -> JsonResponse:
    with_slash = f"{request.path_info}/"
    if is_valid_path(with_slash):
        # Only who would lose what he sent comes here; others were led there.
        words = "Addresses end in a slash. Send it to the same with one at its end."
        return _json(Code.SLASH_MISSING, words)
    return _json(Code.NOT_FOUND, NOT_FOUND)


def is_for_a_program(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith(API_PREFIX)


def _json(code: Code, message: str) -> JsonResponse:
    return JsonResponse(error_body(code, message), status=code.status)
