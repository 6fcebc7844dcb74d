"""What the schema says of predictions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from recognizer.api.documentation.errors import (
    FORBIDDEN,
    INVALID,
    NO_LENGTH,
    NOT_FOUND,
    TOO_LARGE,
    UNAVAILABLE,
    UNSUPPORTED,
)
from recognizer.api.documentation.examples import EXAMPLE_PREVIEW, EXAMPLE_STORED
from recognizer.api.explanations import ExplanationOutput
from recognizer.api.serializers import (
    TAKEN_SOURCES,
    FilterInput,
    PageInput,
    PredictionOutput,
    PredictionPageOutput,
)
from recognizer.models import Source

TAG = ["predictions"]


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
        "image/*": OpenApiTypes.BINARY,
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
    description=(
        "Your own: the signed-in user's, or the visitor's. Follow `next`. What is "
        "filtered for must all hold."
    ),
    tags=TAG,
    parameters=[PageInput, FilterInput],
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
