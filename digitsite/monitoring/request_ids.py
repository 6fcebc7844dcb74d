"""A name for each request, by which its lines in the log are found."""

import re
import secrets
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from digitsite.monitoring.context import request_id

HEADER: Final = "X-Request-ID"
# What proxies send: UUIDs, nginx's 32 hex digits, AWS's "Root=1-67891233-abcdef0123".
# Nothing that could break a line or pass for another field of it.
LOOKS_RIGHT: Final = re.compile(r"[A-Za-z0-9._:=+/@-]{8,128}")


class RequestIdMiddleware:
    """Takes the id that a proxy gave a request, or gives one, and sends it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        known_as = given if LOOKS_RIGHT.fullmatch(given) else secrets.token_hex(16)
        request_id.set(known_as)
        response = self.get_response(request)
        response.headers[HEADER] = known_as
        return response
