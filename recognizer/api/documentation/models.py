"""What the schema says of model versions."""

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
)

from recognizer.api.documentation.errors import NO_FORM, NO_REVIEWER, UNAVAILABLE, error
from recognizer.api.documentation.training_runs import EXAMPLE_ENDED
from recognizer.api.versions import (
    ModelVersionDetailOutput,
    ModelVersionListOutput,
    ModelVersionOutput,
    PromotionInput,
    RollbackInput,
)

TAG = ["models"]
NO_VERSION = error(
    404,
    "There is no such version.",
    "not_found",
    "There is no such model version.",
)
EXAMPLE_VERSION = {
    "number": 2,
    "state": "live",
    "architecture": "cnn",
    "parent": 1,
    "is_shipped": False,
    "preprocessing_version": 2,
    "parameters": 505667,
    "mnist_test_accuracy": 0.9961,
    "created_at": "2026-11-20T12:00:00Z",
    "promoted_at": "2026-11-20T12:00:01Z",
}
EXAMPLE_VERSION_DETAIL = EXAMPLE_VERSION | {
    "labels_learnt": 1407,
    "training": EXAMPLE_ENDED,
    "held_out": {
        "n": 393,
        "accuracy": 0.9644,
        "low": 0.9411,
        "high": 0.9787,
        "calibration_error": 0.0222,
        "confusion": {"7": {"1": 1, "7": 25, "not_a_digit": 1}},
    },
}


def _version(description: str) -> OpenApiResponse:
    return OpenApiResponse(
        ModelVersionOutput,
        description=description,
        examples=[OpenApiExample("version", value=EXAMPLE_VERSION)],
    )


model_version_list = extend_schema(
    operation_id="model_version_list",
    summary="List the model versions, newest first",
    description="For the staff.",
    tags=TAG,
    responses={
        200: OpenApiResponse(
            ModelVersionListOutput,
            examples=[OpenApiExample("list", value={"results": [EXAMPLE_VERSION]})],
        ),
        403: NO_REVIEWER,
    },
)

model_version_get = extend_schema(
    operation_id="model_version_get",
    summary="Get one model version",
    description=(
        "For the staff. With the training that made it, and how well it answers the "
        "labels that are held out from all training."
    ),
    tags=TAG,
    responses={
        200: OpenApiResponse(
            ModelVersionDetailOutput,
            examples=[OpenApiExample("version", value=EXAMPLE_VERSION_DETAIL)],
        ),
        403: NO_REVIEWER,
        404: NO_VERSION,
    },
)

model_version_promote = extend_schema(
    operation_id="model_version_promote",
    summary="Let a model version answer",
    description=(
        "For the staff. The one that answered is retired and kept; every worker "
        "follows within two seconds. One that its training found worse (see "
        "`training.gate`) needs a reason, which is kept. Of the live one it changes "
        "nothing."
    ),
    tags=TAG,
    request=PromotionInput,
    responses={
        200: _version("It answers from now on."),
        400: error(
            400,
            "The reason is no text, or too long.",
            "invalid",
            "Ensure this field has no more than 1000 characters.",
        ),
        403: NO_REVIEWER,
        404: NO_VERSION,
        409: error(
            409,
            "Its training found it worse, and no reason is given.",
            "worse",
            "Model 2 is not let answer: it is worse at held-out labels. Say why it "
            "should.",
        ),
        415: NO_FORM,
        503: UNAVAILABLE,
    },
)

model_version_rollback = extend_schema(
    operation_id="model_version_rollback",
    summary="Go back to the model version that answered before",
    description=(
        "For the staff. The one that answered becomes a candidate. Again: one step "
        "further back."
    ),
    tags=TAG,
    request=RollbackInput,
    responses={
        200: _version("It answers again."),
        400: error(
            400,
            "What you leave is no number.",
            "invalid",
            "A valid integer is required.",
        ),
        403: NO_REVIEWER,
        409: error(
            409,
            "No other version has ever answered, or not the one you leave.",
            "nothing_before",
            "No other version has answered before this one.",
        ),
        415: NO_FORM,
        503: UNAVAILABLE,
    },
)
