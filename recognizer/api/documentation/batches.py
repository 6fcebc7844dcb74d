"""What the schema says of batches."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from recognizer.api.batch_data import (
    BatchDeleteInput,
    BatchOutput,
    BatchPageOutput,
    BatchResultsInput,
    BatchResultsOutput,
)
from recognizer.api.documentation.errors import (
    FORBIDDEN,
    MODELS_THAT_LEARNT,
    NO_LENGTH,
    error,
)
from recognizer.api.documentation.examples import EXAMPLE_ID
from recognizer.api.serializers import CursorInput

TAG = ["batches"]
URL = f"https://digits.example/api/batches/{EXAMPLE_ID}/"

EXAMPLE_QUEUED: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "status": "queued",
    "first_file": "p1/a.png",
    "total": 240,
    "waiting": 239,
    "read": 0,
    "blank": 0,
    "failed": 1,
    "created_at": "2026-11-20T12:00:00Z",
    "finished_at": None,
    "links": {
        "self": URL,
        "page": f"https://digits.example/batches/{EXAMPLE_ID}/",
        "results": f"{URL}results/",
        "cancel": f"{URL}cancel/",
    },
}
EXAMPLE_FINISHED = EXAMPLE_QUEUED | {
    "status": "finished",
    "waiting": 0,
    "read": 236,
    "blank": 3,
    "finished_at": "2026-11-20T12:00:04Z",
}
EXAMPLE_CSV = (
    "name,status,outcome,digit,text,confidence,label,prediction,error_code,"
    "error_message\r\n"
    f"p1/a.png,read,sure,7,7,0.998,,{EXAMPLE_ID},,\r\n"
    "p1/b.txt,failed,,,,,,,unreadable_image,"
    "This file is damaged or is no picture. Save it again and send it once more.\r\n"
)
NO_BATCH = error(
    404,
    "There is no such batch, or it is somebody else's.",
    "not_found",
    "There is no such batch, or it is not yours.",
)
NO_CURSOR = error(
    400,
    "A cursor or a size that is not taken.",
    "invalid",
    "This is not a cursor of ours. Take it from `next` or `previous`.",
)


class BatchFiles(serializers.Serializer[Any]):
    """The request as a form with files."""

    files = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        help_text="Pictures, 25 MB each; one named .zip is taken for an archive.",
    )
    archive = serializers.FileField(
        required=False, help_text="A ZIP with pictures in it."
    )


def _batch(status: int, description: str, example: dict[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(
        BatchOutput,
        description=description,
        examples=[OpenApiExample("batch", value=example, status_codes=[str(status)])],
    )


batch_create = extend_schema(
    operation_id="batch_create",
    summary="Send many pictures at once",
    description=(
        "As files of a form, as a ZIP among them, or as a ZIP that is the body itself: "
        "5,000 files and 250 MB at most, 2 GB unpacked. The worker reads them; ask for "
        "the batch to see how far it is. A file that cannot be read is named, and does "
        "not keep the others from being read."
    ),
    tags=TAG,
    # The first is what the page of the schema offers: a file to be chosen.
    request={
        "application/zip": OpenApiTypes.BINARY,
        "multipart/form-data": BatchFiles,
    },
    responses={
        202: _batch(202, "Kept, to be read; `Location` says where.", EXAMPLE_QUEUED),
        400: error(
            400,
            "There is no file (`no_files`), the ZIP cannot be opened "
            "(`unreadable_archive`) or is not safe to (`unsafe_archive`), or none of "
            "the files can be read, for the reason of the first "
            "(`encrypted_entry`, `damaged_entry`). Nothing is kept.",
            "unsafe_archive",
            "This ZIP is not safe to open: a name in it leads out of its folder "
            "(../x.png). Nothing of it was kept. Pack the files anew, under plain "
            "names.",
        ),
        403: FORBIDDEN,
        409: error(
            409,
            "Ten batches of yours wait or are being read. Nothing is kept.",
            "too_many_batches",
            "You have 10 batches that are not read yet, which is as many as may wait. "
            "Nothing was kept. Send this one when one of them is finished, or cancel "
            "one.",
        ),
        411: NO_LENGTH,
        413: error(
            413,
            "More than 250 MB, or 2 GB unpacked (`batch_too_large`); more than 5,000 "
            "files (`too_many_files`); nothing but files of more than 25 MB "
            "(`image_too_large`).",
            "too_many_files",
            "These are more than 5,000 files. Send them in several batches.",
        ),
        415: error(
            415,
            "Neither a form nor a ZIP; or a ZIP with nothing in it that is packed in "
            "an ordinary way (`unsupported_compression`).",
            "unsupported_media_type",
            'Unsupported media type "application/pdf" in request.',
        ),
        507: error(
            507,
            "The disk is full. Nothing is kept.",
            "storage_full",
            "There is no room left to keep these files. Nothing was kept. Send them "
            "again later, or fewer at once.",
        ),
    },
)

batch_list = extend_schema(
    operation_id="batch_list",
    summary="List batches, newest first",
    description="Your own: the signed-in user's, or the visitor's. Follow `next`.",
    tags=TAG,
    parameters=[CursorInput],
    responses={200: BatchPageOutput, 400: NO_CURSOR, 403: FORBIDDEN},
)

batch_get = extend_schema(
    operation_id="batch_get",
    summary="See how far a batch is",
    tags=TAG,
    responses={200: _batch(200, "As it stands now.", EXAMPLE_FINISHED), 404: NO_BATCH},
)

batch_delete = extend_schema(
    operation_id="batch_delete",
    summary="Delete a batch and what of it still waits",
    description="What was read stays, unless `predictions` says otherwise.",
    tags=TAG,
    parameters=[BatchDeleteInput, MODELS_THAT_LEARNT],
    responses={
        204: OpenApiResponse(description="Gone."),
        400: error(
            400,
            "`predictions` is no truth value.",
            "invalid",
            "Must be a valid boolean.",
        ),
        403: FORBIDDEN,
        404: NO_BATCH,
    },
)

batch_results = extend_schema(
    operation_id="batch_results",
    summary="Get what was read in the files of a batch",
    description=(
        "In the order in which they were sent; also while it is being read. As JSON, "
        "as CSV with a row for each file, or as JSON with a line for each."
    ),
    tags=TAG,
    parameters=[
        BatchResultsInput,
        OpenApiParameter(
            "format",
            OpenApiTypes.STR,
            enum=["json", "csv", "ndjson"],
            description="Or say it with `Accept`.",
        ),
    ],
    responses={
        (200, "application/json"): BatchResultsOutput,
        (200, "text/csv"): OpenApiResponse(
            OpenApiTypes.STR,
            examples=[
                OpenApiExample("table", value=EXAMPLE_CSV, media_type="text/csv")
            ],
        ),
        (200, "application/x-ndjson"): OpenApiTypes.STR,
        (400, "application/json"): error(
            400,
            "There is no such outcome, format or parameter.",
            "invalid",
            '"x" is not a valid choice.',
        ),
        (404, "application/json"): NO_BATCH,
    },
)

batch_cancel = extend_schema(
    operation_id="batch_cancel",
    summary="Cancel a batch",
    description="What was read stays; what still waits never will be read.",
    tags=TAG,
    request=None,
    responses={
        200: _batch(200, "It is cancelled.", EXAMPLE_QUEUED | {"status": "cancelled"}),
        403: FORBIDDEN,
        404: NO_BATCH,
        409: error(
            409,
            "It has ended already.",
            "not_active",
            "This batch has ended already.",
        ),
    },
)
