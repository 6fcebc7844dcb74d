"""What the schema says of digits and of what people say they are."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognizer.api.digits import CorrectionInput, CorrectionListOutput, DigitOutput
from recognizer.api.documentation.errors import (
    FORBIDDEN,
    LABELLED_MEANWHILE,
    NO_DIGIT,
    NO_FORM,
    NOTHING_TO_UNDO,
    error,
)
from recognizer.api.documentation.examples import EXAMPLE_LABELLED

TAG = ["digits"]


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
    tags=TAG,
    responses={200: _labelled("What was read, and what people say."), 404: NO_DIGIT},
)

correction_list = extend_schema(
    operation_id="correction_list",
    summary="List what people said of a digit",
    description="All of it, the oldest first: nothing is ever changed or removed.",
    tags=TAG,
    responses={200: CorrectionListOutput, 404: NO_DIGIT},
)

correction_create = extend_schema(
    operation_id="correction_create",
    summary="Say what a digit is",
    description=(
        "The owner of a digit proposes a label; what a reviewer (staff) says is "
        "confirmed. Two labels of one glyph that contradict each other are disputed, "
        "until a reviewer decides who did not speak last; what the check before "
        "training doubts, until one decides who did not give the label."
    ),
    tags=TAG,
    request=CorrectionInput,
    responses={
        200: _labelled("That is its label already; nothing was added."),
        201: _labelled("Kept; the digit as it stands now."),
        400: error(
            400,
            "The label is none.",
            "invalid",
            '"11" is not a valid choice.',
        ),
        403: FORBIDDEN,
        404: NO_DIGIT,
        409: LABELLED_MEANWHILE,
        415: NO_FORM,
    },
)

correction_undo = extend_schema(
    operation_id="correction_undo",
    summary="Take back what you said last",
    description="Kept as a correction of its own. Again: one step further back.",
    tags=TAG,
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
    tags=TAG,
    responses={
        (200, "image/png"): OpenApiTypes.BINARY,
        (200, "image/jpeg"): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The one with this ETag is still right."),
        404: NO_DIGIT,
    },
)
