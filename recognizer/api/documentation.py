"""What the OpenAPI schema says about each address, apart from the code that answers."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from recognizer.api.digits import (
    CorrectionInput,
    CorrectionListOutput,
    DigitOutput,
    ReviewOutput,
)
from recognizer.api.explanations import ExplanationOutput
from recognizer.api.serializers import (
    TAKEN_SOURCES,
    ErrorOutput,
    PageInput,
    PredictionOutput,
    PredictionPageOutput,
)
from recognizer.models import Source

TAG = ["predictions"]
DIGITS_TAG = ["digits"]

EXAMPLE_PROBABILITIES = [0.0001, 0.0, 0.0004, 0.0002, 0.0, 0.0, 0.0, 0.998, 0.0, 0.0013]
EXAMPLE_ID = "5f0c5c3e-3c0d-4a50-9d0e-0f5a3b6f9a51"
EXAMPLE_URL = f"https://digits.example/api/predictions/{EXAMPLE_ID}/"
EXAMPLE_PREVIEW: dict[str, Any] = {
    "id": None,
    "outcome": "sure",
    "digit": 7,
    "text": "7",
    "confidence": 0.998,
    "probabilities": EXAMPLE_PROBABILITIES,
    "not_a_digit": 0.0,
    "digits": [
        {
            "id": None,
            "position": 0,
            "digit": 7,
            "confidence": 0.998,
            "probabilities": EXAMPLE_PROBABILITIES,
            "not_a_digit": 0.0,
            "box": {"left": 92, "top": 60, "width": 88, "height": 140},
            "glyph": "data:image/png;base64,iVBORw0KGgo...",
            "label": None,
            "review": "unreviewed",
        }
    ],
    "model_version": 1,
    "preprocessing_version": 1,
    "source": "api",
    "image": {"width": 280, "height": 280},
    "took_ms": 1.9,
    "created_at": None,
    "links": {},
}
EXAMPLE_DIGIT = EXAMPLE_PREVIEW["digits"][0] | {"id": 42}
EXAMPLE_LABELLED = EXAMPLE_DIGIT | {"label": "1", "review": "proposed"}
EXAMPLE_STORED = EXAMPLE_PREVIEW | {
    "id": EXAMPLE_ID,
    "digits": [EXAMPLE_DIGIT],
    "created_at": "2026-11-20T12:00:00Z",
    "links": {
        "self": EXAMPLE_URL,
        "page": f"https://digits.example/predictions/{EXAMPLE_ID}/",
        "image": f"{EXAMPLE_URL}image/",
        "explanation": f"{EXAMPLE_URL}explanation/",
    },
}


class PredictionFile(serializers.Serializer[Any]):
    """The request as a form with a file."""

    image = serializers.FileField(help_text="The picture, 25 MB at most.")
    # DRF's serializers have an attribute of this name, of another type.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=TAKEN_SOURCES, default=Source.API, help_text="Where it comes from."
    )


class PredictionText(serializers.Serializer[Any]):
    """The request as JSON."""

    image = serializers.CharField(help_text="The picture as base64 or as a data URL.")
    # DRF's serializers have an attribute of this name, of another type.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=TAKEN_SOURCES, default=Source.API, help_text="Where it comes from."
    )


def _error(status: int, description: str, code: str, message: str) -> OpenApiResponse:
    return OpenApiResponse(
        ErrorOutput,
        description=description,
        examples=[
            OpenApiExample(
                code,
                value={"error": {"code": code, "message": message}},
                status_codes=[str(status)],
                response_only=True,
            )
        ],
    )


INVALID = _error(
    400,
    "The request or its picture cannot be read.",
    "unreadable_image",
    "This file is damaged or is no picture. Save it again and send it once more.",
)
FORBIDDEN = _error(
    403,
    "A signed-in browser left out its CSRF token.",
    "permission_denied",
    "CSRF Failed: CSRF token missing.",
)
NOT_FOUND = _error(
    404,
    "There is no such prediction, or it is somebody else's.",
    "not_found",
    "There is no such prediction, or it is not yours.",
)
NO_LENGTH = _error(
    411,
    "The body came in chunks, without a Content-Length.",
    "length_required",
    "Say how long the request is: send it with a Content-Length.",
)
TOO_LARGE = _error(
    413,
    "More bytes or more pixels than are taken.",
    "image_too_large",
    "The picture is larger than 25 MB. Send a smaller one.",
)
UNSUPPORTED = _error(
    415,
    "A kind of picture or of request that is not read here.",
    "unsupported_image",
    "SVG pictures are not read here. Send a PNG or a JPEG.",
)
UNAVAILABLE = _error(
    503,
    "The model cannot answer at the moment.",
    "artifact_damaged",
    "The model cannot be loaded. Try again later.",
)

prediction_create = extend_schema(
    operation_id="prediction_create",
    summary="Read a picture",
    description=(
        "Reads the digits in a picture and keeps both, unless `store` says otherwise "
        "or the picture is blank. A newcomer gets the cookie `visitor`, with which he "
        "finds his predictions again."
    ),
    tags=TAG,
    parameters=[
        OpenApiParameter(
            "store",
            OpenApiTypes.BOOL,
            default=True,
            description="`false` or `0`: answer, and keep nothing.",
        )
    ],
    request={
        "multipart/form-data": PredictionFile,
        "application/json": PredictionText,
    },
    responses={
        200: OpenApiResponse(
            PredictionOutput,
            description="Read, and not stored.",
            examples=[
                OpenApiExample("preview", value=EXAMPLE_PREVIEW, status_codes=["200"])
            ],
        ),
        201: OpenApiResponse(
            PredictionOutput,
            description="Read and stored; `Location` says where.",
            examples=[
                OpenApiExample("stored", value=EXAMPLE_STORED, status_codes=["201"])
            ],
        ),
        400: INVALID,
        403: FORBIDDEN,
        411: NO_LENGTH,
        413: TOO_LARGE,
        415: UNSUPPORTED,
        503: UNAVAILABLE,
    },
)

prediction_list = extend_schema(
    operation_id="prediction_list",
    summary="List predictions, newest first",
    description="Your own: the signed-in user's, or the visitor's. Follow `next`.",
    tags=TAG,
    parameters=[PageInput],
    responses={200: PredictionPageOutput, 400: INVALID, 403: FORBIDDEN},
)

prediction_get = extend_schema(
    operation_id="prediction_get",
    summary="Get one prediction",
    tags=TAG,
    responses={
        200: OpenApiResponse(
            PredictionOutput,
            examples=[
                OpenApiExample("stored", value=EXAMPLE_STORED, status_codes=["200"])
            ],
        ),
        404: NOT_FOUND,
    },
)

prediction_delete = extend_schema(
    operation_id="prediction_delete",
    summary="Delete one prediction and its picture",
    tags=TAG,
    responses={
        204: OpenApiResponse(description="Gone."),
        403: FORBIDDEN,
        404: NOT_FOUND,
    },
)

prediction_image = extend_schema(
    operation_id="prediction_image",
    summary="Get the stored picture",
    description="Upright and without metadata, as PNG or JPEG.",
    tags=TAG,
    responses={
        (200, "image/png"): OpenApiTypes.BINARY,
        (200, "image/jpeg"): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The one with this ETag is still right."),
        404: NOT_FOUND,
    },
)

prediction_explanation = extend_schema(
    operation_id="prediction_explanation",
    summary="Explain one prediction",
    description=(
        "Hides one small patch of each digit after another and tells which of them "
        "the answer and the runner-up hang on. Some 6 ms a digit."
    ),
    tags=TAG,
    responses={200: ExplanationOutput, 404: NOT_FOUND, 503: UNAVAILABLE},
)

NO_DIGIT = _error(
    404,
    "There is no such digit, or it is somebody else's.",
    "not_found",
    "There is no such digit, or it is not yours.",
)
NOTHING_TO_UNDO = _error(
    409,
    "What holds now was said by somebody else, or nothing was.",
    "nothing_to_undo",
    "There is nothing of yours to take back here.",
)


def _labelled(description: str) -> OpenApiResponse:
    return OpenApiResponse(
        DigitOutput,
        description=description,
        examples=[OpenApiExample("labelled", value=EXAMPLE_LABELLED)],
    )


digit_get = extend_schema(
    operation_id="digit_get",
    summary="Get one digit",
    description="Your own; reviewers get everybody's.",
    tags=DIGITS_TAG,
    responses={200: _labelled("What was read, and what people say."), 404: NO_DIGIT},
)

correction_list = extend_schema(
    operation_id="correction_list",
    summary="List what people said of a digit",
    description="All of it, the oldest first: nothing is ever changed or removed.",
    tags=DIGITS_TAG,
    responses={200: CorrectionListOutput, 404: NO_DIGIT},
)

correction_create = extend_schema(
    operation_id="correction_create",
    summary="Say what a digit is",
    description=(
        "The owner of a digit proposes a label; what a reviewer (staff) says is "
        "confirmed. Two labels of one glyph that contradict each other are disputed, "
        "until a reviewer decides who did not speak last."
    ),
    tags=DIGITS_TAG,
    request=CorrectionInput,
    responses={
        200: _labelled("That is its label already; nothing was added."),
        201: _labelled("Kept; the digit as it stands now."),
        400: _error(
            400,
            "The label is none.",
            "invalid",
            '"11" is not a valid choice.',
        ),
        403: FORBIDDEN,
        404: NO_DIGIT,
    },
)

correction_undo = extend_schema(
    operation_id="correction_undo",
    summary="Take back what you said last",
    description="Kept as a correction of its own. Again: one step further back.",
    tags=DIGITS_TAG,
    request=None,
    responses={
        201: _labelled("Taken back; the digit as it stands now."),
        403: FORBIDDEN,
        404: NO_DIGIT,
        409: NOTHING_TO_UNDO,
    },
)

digit_image = extend_schema(
    operation_id="digit_image",
    summary="Get the picture in which a digit stands",
    description="As PNG or JPEG, upright and without metadata; `box` is in its pixels.",
    tags=DIGITS_TAG,
    responses={
        (200, "image/png"): OpenApiTypes.BINARY,
        (200, "image/jpeg"): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The one with this ETag is still right."),
        404: NO_DIGIT,
    },
)

REVIEWS_TAG = ["reviews"]
NO_REVIEWER = _error(
    403,
    "Not signed in, or without the staff status; or the CSRF token is left out.",
    "permission_denied",
    "You do not have permission to perform this action.",
)
EXAMPLE_REVIEW = {
    "digit": EXAMPLE_DIGIT,
    "prediction": EXAMPLE_ID,
    "image": "https://digits.example/api/digits/42/image/",
    "expires_at": "2026-11-20T12:10:00Z",
    "is_random": False,
}
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
    tags=REVIEWS_TAG,
    request=None,
    responses=TO_REVIEW,
)

review_skip = extend_schema(
    operation_id="review_skip",
    summary="Skip this digit and get another one",
    description="For reviewers (staff). It comes back after ten minutes at most.",
    tags=REVIEWS_TAG,
    request=None,
    responses=TO_REVIEW,
)
