"""What the schema says of the labelled digits as files."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from recognizer.api.documentation.errors import NO_REVIEWER, error
from recognizer.api.serializers import DatasetInput

TAG = ["dataset"]

dataset_export = extend_schema(
    operation_id="dataset_export",
    summary="Get all confirmed digits as a ZIP file",
    description=(
        "For the staff. Every glyph that reviewers labelled, each once, with what is "
        "held out from training set apart. The same labels give the same bytes; the "
        "`ETag` names them, and with `If-None-Match` the answer is 304 while no label "
        "has changed."
    ),
    tags=TAG,
    parameters=[DatasetInput],
    responses={
        (200, "application/zip"): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The one with this ETag is still right."),
        400: error(
            400, "There is no such form.", "invalid", '"zip" is not a valid choice.'
        ),
        403: NO_REVIEWER,
        409: error(
            409,
            "No label is confirmed.",
            "nothing_to_export",
            "There is nothing to export: no label is confirmed yet.",
        ),
    },
)
