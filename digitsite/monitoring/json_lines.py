"""Lines of the log as JSON, and one for each request; imported for DIGITS_LOG=json."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import LazyObject
from pythonjsonlogger.json import JsonFormatter

logger = logging.getLogger("digitsite.requests")

# In this order, and nothing else, whatever a library hangs on its records: Django's
# hold the request itself, address and query included.
FIELDS = (
    "time",
    "level",
    "logger",
    "message",
    "request_id",
    "task",
    "task_id",
    "method",
    "path",
    "status",
    "ms",
    "user",
    "exception",
    "stack",
)


class JsonLines(JsonFormatter):
    """One JSON object a record; what is empty is left out."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            timestamp="time",
            rename_fields={
                "levelname": "level",
                "name": "logger",
                "exc_info": "exception",
                "stack_info": "stack",
            },
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in FIELDS if log_data.get(name, "") != ""}


class RequestLogMiddleware:
    """Says of each request how it went; never its query, its body or its headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        said = {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round((time.perf_counter() - started) * 1000, 1),
            "user": _user_key(request),
        }
        logger.info("%(method)s %(path)s %(status)d", said, extra=said)
        return response


def _user_key(request: HttpRequest) -> int | None:
    """Of whoever was asked for; to find that out now would load a session."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject):
        # What Django's middleware knows by now.
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)
