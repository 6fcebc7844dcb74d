"""Errors that no view of ours answered: in words, and for programs in JSON."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from recognizer.api.codes import Code
from recognizer.api.errors import NOT_FOUND, ApiError, error_body, outage_of
from recognizer.services.limits import AllowanceSpent

API_PREFIX = "/api/"
# What people are told where something is out of reach, and where there is no room.
AWAY = "Out of reach for a moment"
AWAY_WORDS = (
    "Something that this site needs does not answer just now. Wait a moment, then try "
    "once more. What is kept here is not lost."
)
FULL = "There is no room left"
FULL_WORDS = (
    "Nothing of what you sent was kept. What was kept before is safe. Try again later, "
    "or tell whoever runs this site."
)


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
        shown = {"message": message, "back": _form_before(request)}
        response = render(request, "429.html", shown, status=429)
    response.headers["Retry-After"] = str(exception.wait_s)
    return response


def outage(request: HttpRequest, error: ApiError) -> HttpResponseBase:
    """Tell of what is away, or full, for a while; see `outage_of`."""
    if is_for_a_program(request):
        response: HttpResponseBase = _json(error.reason, str(error.detail))
    else:
        is_full = error.reason is Code.STORAGE_FULL
        shown = {
            "code": error.status_code,
            "title": FULL if is_full else AWAY,
            "message": FULL_WORDS if is_full else AWAY_WORDS,
        }
        page = loader.render_to_string("503.html", shown)
        response = HttpResponse(page, status=error.status_code)
    if error.wait is not None:
        response.headers["Retry-After"] = str(error.wait)
    return response


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer what nobody caught: also an outage that a middleware came upon."""
    error = outage_of(sys.exc_info()[1])
    if error is not None:
        return outage(request, error)
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


def _form_before(request: HttpRequest) -> str | None:
    """The page of ours from which something was sent, as far as the browser says it."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    return came_from if is_ours else None


def is_for_a_program(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith(API_PREFIX)


def _json(code: Code, message: str) -> JsonResponse:
    return JsonResponse(error_body(code, message), status=code.status)
