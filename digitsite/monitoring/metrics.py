"""What is counted while the site runs; imported where DIGITS_METRICS is on."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Counter, Histogram, values

from digitsite.monitoring import scraping
from digitsite.monitoring.slots import Slot, metrics_folder
from recognizer.models import Correction, Review
from recognizer.services.limits import request_refused
from recognizer.services.readings import picture_read
from recognizer.services.webhook_deliveries import delivery_attempted

METRICS_PATH: Final = "/metrics"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A preview takes 3 ms, a photo of a phone 100, a batch on a slow line minutes.
SECONDS: Final = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)

# Before the first metric is made: it decides where all of them count.
_folder = metrics_folder()
_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
# Where prometheus_client looks for it.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder)
_slot = Slot(_folder)
# It has no types.
values.ValueClass = values.MultiProcessValue(_slot.number)  # type: ignore[no-untyped-call]

requests = Counter(
    "digits_http_requests",
    "Requests that were answered.",
    ["view", "method", "status"],
)
request_seconds = Histogram(
    "digits_http_request_seconds",
    "Until the answer began to be sent.",
    ["view", "method"],
    buckets=SECONDS,
)
pictures = Counter(
    "digits_pictures_read",
    "Images that were read, kept or not, or could not be.",
    ["outcome", "source"],
)
reading_seconds = Histogram(
    "digits_reading_seconds",
    "From the file to what is in it; of several at once, each one's share.",
    ["source"],
    buckets=SECONDS,
)
corrections = Counter(
    "digits_corrections_confirmed",
    "Labels that a reviewer confirmed, and copies of a glyph that got them.",
    ["via"],
)
attempts = Counter(
    "digits_webhook_attempts",
    "Attempts to deliver a message: delivered, waiting for another one, or failed.",
    ["result"],
)
refusals = Counter(
    "digits_requests_refused",
    "What was refused because somebody had used up a limit.",
    ["limit"],
)


class MetricsMiddleware:
    """Counts every request, and shows the figures to whoever knows the token.

    It stands before what looks at hosts, HTTPS and accounts: Prometheus asks each
    machine by its address, in plain HTTP, and is nobody's user.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == METRICS_PATH:
            return scraping.answer(request)
        started = time.perf_counter()
        response = self.get_response(request)
        view = view_of(request)
        method = request.method if request.method in METHODS else "other"
        requests.labels(view, method, response.status_code).inc()
        request_seconds.labels(view, method).observe(time.perf_counter() - started)
        return response


def view_of(request: HttpRequest) -> str:
    """The name of what answered, which is one of few; an address is one of many."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    is_static = request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}")
    return "static" if is_static else "none"


def listen() -> None:
    """Count what the services tell."""
    picture_read.connect(_count_picture)
    request_refused.connect(_count_refusal)
    delivery_attempted.connect(_count_attempt)
    post_save.connect(_count_correction, sender=Correction)


def _count_picture(
    source: str, outcome: str, seconds: float | None, **_kwargs: Any
) -> None:
    pictures.labels(outcome, source).inc()
    if seconds is not None:
        reading_seconds.labels(source).observe(seconds)


def _count_refusal(scope: str, **_kwargs: Any) -> None:
    refusals.labels(scope).inc()


def _count_attempt(result: str, **_kwargs: Any) -> None:
    attempts.labels(result).inc()


def _count_correction(instance: Correction, created: bool, **_kwargs: Any) -> None:  # noqa: FBT001  (as Django calls it)
    if created and instance.new_review == Review.CONFIRMED and not instance.undoes_id:
        count = partial(corrections.labels(instance.via).inc)
        # Robust: it is confirmed, counted or not.
        transaction.on_commit(count, robust=True)
