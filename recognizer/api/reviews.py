"""The review queue, for programs."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.answers import digit_data
from recognizer.api import documentation
from recognizer.api.base import Api
from recognizer.models import ReviewClaim
from recognizer.services.reviews import review_claim, review_skip
from recognizer.viewers import viewer_of


class ReviewClaimApi(Api):
    """The next digit to look at."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.review_claim
    def post(self, request: Request) -> Response:
        return _answer(review_claim(viewer=viewer_of(request)), request)


class ReviewSkipApi(Api):
    """Another digit to look at."""

    permission_classes = (permissions.IsAdminUser,)

    @documentation.review_skip
    def post(self, request: Request) -> Response:
        return _answer(review_skip(viewer=viewer_of(request)), request)


def review_data(claim: ReviewClaim, request: HttpRequest) -> dict[str, Any]:
    """The JSON of one digit to look at, as ReviewOutput describes it."""
    digit = claim.digit
    image = reverse("api:digit-image", args=[digit.pk])
    return {
        "digit": digit_data(digit),
        "prediction": digit.prediction.public_id,
        "image": request.build_absolute_uri(image),
        "expires_at": claim.expires_at,
        "is_random": claim.is_random,
    }


def _answer(claim: ReviewClaim | None, request: HttpRequest) -> Response:
    if claim is None:
        return Response(status=204)
    return Response(review_data(claim, request))
