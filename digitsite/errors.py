"""Errors that no view of ours answered: in words, and for programs in JSON."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views import defaults

from recognizer.api.errors import error_body

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_for_a_program(request):
        return _json(400, "bad_request", "The request could not be understood.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_for_a_program(request):
        return _json(403, "permission_denied", "You may not do this.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_for_a_program(request):
        return _json(
            404,
            "not_found",
            "There is nothing at this address. /api/docs/ lists the addresses.",
        )
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if _is_for_a_program(request):
        return _json(
            500, "server_error", "Something broke on our side. Please try again."
        )
    return defaults.server_error(request)


def body_too_large(request: HttpRequest, *, limit_mb: int) -> HttpResponseBase:
    message = f"This is larger than {limit_mb} MB. Send a smaller picture."
    if _is_for_a_program(request):
        return _json(413, "image_too_large", message)
    return render(request, "413.html", {"message": message}, status=413)


def length_required(request: HttpRequest) -> HttpResponseBase:
    message = "Say how long the request is: send it with a Content-Length."
    if _is_for_a_program(request):
        return _json(411, "length_required", message)
    return render(request, "411.html", {"message": message}, status=411)


def _is_for_a_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


def _json(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse(error_body(code, message), status=status)
