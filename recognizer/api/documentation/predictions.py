"""What the schema says of predictions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.serializers import Serializer

from recognizer.api.documentation.errors import (
    DELETED,
    FORBIDDEN,
    INVALID,
    KEY_REUSED,
    MODELS_THAT_LEARNT,
    NO_LENGTH,
    NOT_FOUND,
    TOO_LARGE,
    UNAVAILABLE,
    UNSUPPORTED,
)
from recognizer.api.documentation.examples import (
    EXAMPLE_MANY,
    EXAMPLE_PREVIEW,
    EXAMPLE_STORED,
)
from recognizer.api.explanations import ExplanationOutput
from recognizer.api.serializers import (
    MAX_IMAGES,
    FilterInput,
    PageInput,
    PredictionOutput,
    PredictionPageOutput,
    PredictionsOutput,
    SourceInput,
)

TAG = ["predictions"]


class PredictionFile(SourceInput):
    """The request as a form with a file."""

    image = serializers.FileField(help_text="The picture, 25 MB at most.")


class PredictionText(SourceInput):
    """The request as JSON."""

    image = serializers.CharField(help_text="The picture as base64 or as a data URL.")


class PredictionFiles(SourceInput):
    """Several pictures as a form with files: the field comes again for each."""

    images = serializers.ListField(
        child=serializers.FileField(),
        min_length=1,
        max_length=MAX_IMAGES,
        help_text="Pictures, 33 MB together at most.",
    )


class PredictionTexts(SourceInput):
    """Several pictures as JSON."""

    images = serializers.ListField(
        child=serializers.CharField(),
        min_length=1,
        max_length=MAX_IMAGES,
        help_text="Pictures as base64 or as data URLs, 25 MB together at most.",
    )


def _one_or_many(
    name: str, one: type[Serializer[Any]], many: type[Serializer[Any]]
) -> Any:
    return PolymorphicProxySerializer(
        component_name=name, serializers=[one, many], resource_type_field_name=None
    )


ANSWER = _one_or_many("PredictionOrPredictions", PredictionOutput, PredictionsOutput)

prediction_create = extend_schema(
    operation_id="prediction_create",
    summary="Read pictures",
    description=(
        "Reads the digits in a picture and keeps both, unless `store` says otherwise "
        "or the picture is blank. With `images` instead of `image`, up to 64 at once: "
        "the answer is a list then, and a picture that cannot be read stops no other. "
        "A newcomer gets the cookie `visitor`, with which he finds his predictions "
        "again."
    ),
    tags=TAG,
    parameters=[
        OpenApiParameter(
            "store",
            OpenApiTypes.BOOL,
            default=True,
            description="`false` or `0`: answer, and keep nothing.",
        ),
        OpenApiParameter(
            "explain",
            OpenApiTypes.BOOL,
            default=False,
            description="`true` or `1`: say why, too, some 6 ms a digit.",
        ),
        OpenApiParameter(
            "Idempotency-Key",
            {"type": "string", "pattern": "^[ -~]{1,255}$"},
            OpenApiParameter.HEADER,
            description=(
                "A name for this request, best a random one. If it comes again within "
                "a day, it is answered as the first time, and nothing is stored twice."
            ),
        ),
    ],
    # The first is what the page of the schema offers: a file to be chosen.
    request={
        "image/*": OpenApiTypes.BINARY,
        "multipart/form-data": _one_or_many(
            "PredictionFileOrFiles", PredictionFile, PredictionFiles
        ),
        "application/json": _one_or_many(
            "PredictionTextOrTexts", PredictionText, PredictionTexts
        ),
    },
    responses={
        200: OpenApiResponse(
            ANSWER,
            description="Read, and nothing stored.",
            examples=[
                OpenApiExample("preview", value=EXAMPLE_PREVIEW, status_codes=["200"])
            ],
        ),
        201: OpenApiResponse(
            ANSWER,
            description="Read and stored; of a single one `Location` says where.",
            examples=[
                OpenApiExample("stored", value=EXAMPLE_STORED, status_codes=["201"]),
                OpenApiExample("several", value=EXAMPLE_MANY, status_codes=["201"]),
            ],
        ),
        400: INVALID,
        403: FORBIDDEN,
        410: DELETED,
        411: NO_LENGTH,
        413: TOO_LARGE,
        415: UNSUPPORTED,
        422: KEY_REUSED,
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
    parameters=[MODELS_THAT_LEARNT],
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
