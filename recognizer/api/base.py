"""What all addresses of the API share."""

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView


class AlwaysJson(DefaultContentNegotiation):
    """One form of answer for all: a picky Accept header is no reason for a 406."""

    def select_renderer(
        self,
        request: Request,
        # A list, whatever the stubs say: it is looked into twice.
        renderers: Sequence[BaseRenderer],  # type: ignore[override]
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Api(APIView):
    """What all classes here share."""

    content_negotiation_class = AlwaysJson

    def perform_authentication(self, request: Request) -> None:
        """Leave it to `viewer_of`, which every class calls that keeps or shows.

        A preview keeps and shows nothing: for it nobody's session is loaded.
        """


def valid(serializer_class: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid
