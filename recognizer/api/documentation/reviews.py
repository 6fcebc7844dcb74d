"""What the schema says of the review queue."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognizer.api.digits import ReviewOutput
from recognizer.api.documentation.errors import NO_REVIEWER
from recognizer.api.documentation.examples import EXAMPLE_REVIEW

TAG = ["reviews"]
TO_REVIEW = {
    200: OpenApiResponse(
        ReviewOutput,
        description="The digit to look at.",
        examples=[OpenApiExample("next", value=EXAMPLE_REVIEW, status_codes=["200"])],
    ),
    204: OpenApiResponse(description="Nothing is left to look at."),
    403: NO_REVIEWER,
}

review_claim = extend_schema(
    operation_id="review_claim",
    summary="Get the next digit to review",
    description=(
        "For reviewers (staff). The same again until it is labelled, with "
        "`correction_create`, or skipped; nobody else is given it for ten minutes "
        "from now. Disputed digits come first, then proposed ones, then the least "
        "certain; every tenth is drawn at random."
    ),
    tags=TAG,
    request=None,
    responses=TO_REVIEW,
)

review_skip = extend_schema(
    operation_id="review_skip",
    summary="Skip this digit and get another one",
    description="For reviewers (staff). It comes back after ten minutes at most.",
    tags=TAG,
    request=None,
    responses=TO_REVIEW,
)
