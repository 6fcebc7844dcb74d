"""What all addresses of the API share."""

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, NoReturn

from django.conf import settings
from django.http import Http404
from rest_framework import permissions
from rest_framework.exceptions import (
    NotAcceptable,
    NotAuthenticated,
    ValidationError,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from recognizer.api.authentication import is_for_us
from recognizer.api.codes import Code
from recognizer.api.errors import ApiError
from recognizer.api.throttling import charge
from recognizer.models import User
from recognizer.services.limits import Scope
from recognizer.viewers import viewer_of

JSON_KINDS = {list: "an array", str: "a text", NoneType: "null", bool: "a truth value"}
JSON_KINDS |= {int: "a number", float: "a number"}
NOT_SIGNED_IN = (
    "Sign in, or send a token: `Authorization: Token <secret>`. Tokens are made at "
    "/account/ or with `POST /api/tokens/`."
)
PLAIN_ENCODINGS = {"", "identity"}
ENCODED = "Send the body as it is, without a Content-Encoding."


class AlwaysSomething(DefaultContentNegotiation):
    """What the Accept header asks for, or else the usual form.

    A picky header is no reason for a 406.
    """

    def select_renderer(
        self,
        request: Request,
        # A list, whatever the stubs say: it is looked into twice.
        renderers: Sequence[BaseRenderer],  # type: ignore[override]
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        if all(isinstance(each, JSONRenderer) for each in renderers):
            # Nothing to choose from; `?format=` is like any other unknown parameter.
            return renderers[0], renderers[0].media_type
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
        except NotAcceptable as error:
            # What is left of them after `?format=`.
            usual = (error.available_renderers or renderers)[0]
            return usual, usual.media_type
        except Http404 as error:
            formats = ", ".join(dict.fromkeys(each.format for each in renderers))
            words = f"There is no such format. Leave it out, or take one of: {formats}."
            raise ValidationError({"format": [words]}) from error
        return chosen


class Api(APIView):
    """What all classes here share."""

    content_negotiation_class = AlwaysSomething

    def allowance_scope(self, request: Request) -> Scope:
        """What a request is counted as."""
        return Scope.OTHER

    def charge(self, request: Request, *, units: int) -> None:
        """Count a request for more than the one unit; see `throttling.charge`."""
        charge(request, self, units=units)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # First of all: who is looking may depend on the body, for its CSRF token.
        if request.headers.get("Content-Encoding", "").lower() not in PLAIN_ENCODINGS:
            raise ApiError(Code.UNSUPPORTED_ENCODING, ENCODED)
        super().initial(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Count a request first, then ask who may make it: who guesses is counted.

        What methods there are is no secret, to whoever asks or tries another one.
        """
        super().check_throttles(request)
        if is_for_us(request):
            _ = request.user  # Looking is what asks: a wrong token is said to be.
        if request.method not in self.allowed_methods or request.method == "OPTIONS":
            return
        if not settings.DIGITS_ANONYMOUS and not request.user.is_authenticated:
            raise NotAuthenticated(NOT_SIGNED_IN)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Leave it: by now that is done."""

    def perform_authentication(self, request: Request) -> None:
        """Leave it to `viewer_of`, which every class calls that keeps or shows.

        A preview keeps and shows nothing: for it nobody's session is loaded. But a
        wrong token is told to its sender whatever he asks, once he is counted.
        """

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        if not request.user.is_authenticated:
            raise NotAuthenticated(NOT_SIGNED_IN)
        super().permission_denied(request, message, code)


class UserApi(Api):
    """What only somebody with an account has; `user_of` says who it is."""

    permission_classes = (permissions.IsAuthenticated,)


def user_of(request: Request) -> User:
    """Whoever asks, where only users may ask.

    Raises:
        NotAuthenticated: it is nobody with an account. A `UserApi` never comes to that.
    """
    user = viewer_of(request).user
    if user is None:
        raise NotAuthenticated(NOT_SIGNED_IN)
    return user


def taught_headers(numbers: Sequence[int]) -> dict[str, str]:
    """The header that names the versions that learnt from what was deleted."""
    named = ", ".join(map(str, numbers))
    return {"Models-That-Learnt": named} if named else {}


def valid(serializer_class: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was sent, as the serializer makes of it.

    Raises:
        ValidationError: it is wrong, or no object at all.
    """
    if not isinstance(data, Mapping):
        kind = JSON_KINDS.get(type(data), type(data).__name__)
        raise ValidationError(f"Expected a JSON object. Received: {kind}.")
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid
