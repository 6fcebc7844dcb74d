"""What every request passes before a view sees it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.common import CommonMiddleware

from digitsite.errors import (
    batch_too_large,
    body_too_large,
    is_for_a_program,
    length_required,
    outage,
    too_many_requests,
)
from digitsite.health import VIEWS
from recognizer.api.errors import outage_of
from recognizer.services.limits import AllowanceSpent, Scope, allowance_take
from recognizer.uploads import BatchUploadHandler
from recognizer.viewers import payer_of

# Here many files may be sent at once.
BATCH_PAGE = "/batches/"
BATCH_PATHS = frozenset({"/api/batches/", BATCH_PAGE})
# What Django has no settings for. Pictures are nobody else's to embed, also where a
# browser sends cookies along; and no script that got in should find a camera.
FURTHER_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "camera",
            "display-capture",
            "geolocation",
            "microphone",
            "midi",
            "payment",
            "usb",
        )
    ),
}


class HealthMiddleware:
    """Answer whoever asks how this process is, before anything could be in the way.

    Hosts, redirects, sessions, limits and accounts are of no matter to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = VIEWS.get(request.path_info, self.get_response)
        return view(request)


class OnePolicyMiddleware(CSPMiddleware):
    """django-csp for answers of one policy: put together once, not for each of them.

    A view that changes the policy, or asks for a nonce, is left to django-csp. What
    other headers forbid stands here as well.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        for name, value in FURTHER_HEADERS.items():
            response.headers.setdefault(name, value)
        is_changed = any(name.startswith("_csp") for name in vars(response))
        if is_changed or settings.DEBUG or hasattr(request, "_csp_nonce"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy())
        return response


@cache
def _policy() -> str:
    return build_policy()


class SlashMiddleware(CommonMiddleware):
    """Django's, which leads who left out the slash at the end to where it is.

    A program that sends something would follow without what it sent: it is told.
    """

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        if is_for_a_program(request) and request.method not in {"GET", "HEAD"}:
            return False
        return super().should_redirect_with_slash(request)


class LimitsMiddleware:
    """Say how long to wait, wherever something was asked for too often.

    Who sends a batch by the page's form is counted here, before a CSRF token is looked
    for in it: to look is to take all of it in. The view does not count it again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, *_view: Any
    ) -> HttpResponseBase | None:
        if request.method != "POST" or request.path_info != BATCH_PAGE:
            return None
        try:
            allowance_take(scope=Scope.CREATE, payer=payer_of(request))
        except AllowanceSpent as error:
            return too_many_requests(request, error)
        return None

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, AllowanceSpent):
            return too_many_requests(request, exception)
        return None


class OutageMiddleware:
    """Say that database or pictures are out of reach, which may be over in a moment."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        error = outage_of(exception)
        return None if error is None else outage(request, error)


class BodyLimitMiddleware:
    """Refuse a body over the limit before a byte of it is read into memory.

    Django's own limits do not cover uploaded files. The length a client claims is
    enough to go by: servers hand on no more of the body than that. A body in chunks
    claims none, and Django would take it for empty.

    A batch of files may be larger. It goes to a temporary file, which must be said
    before anybody looks for a CSRF token in it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _comes_in_chunks(request):
            return length_required(request)
        if request.path_info in BATCH_PATHS:
            if _claimed_bytes(request) > settings.MAX_BATCH_BODY_BYTES:
                return batch_too_large(request, limit_mb=settings.MAX_BATCH_MB)
            request.upload_handlers = [BatchUploadHandler(request)]
            return self.get_response(request)
        if _claimed_bytes(request) > settings.MAX_BODY_BYTES:
            return body_too_large(request, limit_mb=settings.MAX_IMAGE_MB)
        return self.get_response(request)


def _comes_in_chunks(request: HttpRequest) -> bool:
    has_length = bool(request.META.get("CONTENT_LENGTH"))
    return "HTTP_TRANSFER_ENCODING" in request.META and not has_length


def _claimed_bytes(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # Django reads no body then.


class SignInMiddleware(LoginRequiredMiddleware):
    """Where nobody may use the site without an account, lead to the log-in page.

    The API is not asked here: REST framework marks its views, and `Api` says 401.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if settings.DIGITS_ANONYMOUS:
            return None  # Nobody is asked for, and no session is loaded.
        return super().process_view(request, view_func, view_args, view_kwargs)
