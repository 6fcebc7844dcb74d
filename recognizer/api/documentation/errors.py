"""How each address may fail."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from recognizer.api.serializers import ErrorOutput

# Beside 204: what is deleted is gone from the site, and not from what learnt from it.
MODELS_THAT_LEARNT = OpenApiParameter(
    "Models-That-Learnt",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "Numbers of the model versions that had learnt from what is deleted, such as "
        "`3, 5`. They cannot unlearn it; the staff sees how much of theirs is gone. "
        "Without it, none had."
    ),
    response=[204],
)


def error(status: int, description: str, code: str, message: str) -> OpenApiResponse:
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


INVALID = error(
    400,
    "The request or its picture cannot be read.",
    "unreadable_image",
    "This file is damaged or is no picture. Save it again and send it once more.",
)
FORBIDDEN = error(
    403,
    "A signed-in browser left out its CSRF token.",
    "permission_denied",
    "CSRF Failed: CSRF token missing.",
)
NOT_FOUND = error(
    404,
    "There is no such prediction, or it is somebody else's.",
    "not_found",
    "There is no such prediction, or it is not yours.",
)
DELETED = error(
    410,
    "What this `Idempotency-Key` created has been deleted since.",
    "deleted",
    "What this request created has been deleted since.",
)
KEY_REUSED = error(
    422,
    "The `Idempotency-Key` came with another request before.",
    "idempotency_key_reused",
    "This Idempotency-Key came with another request before. Give each request a key "
    "of its own.",
)
NO_LENGTH = error(
    411,
    "The body came in chunks, without a Content-Length.",
    "length_required",
    "Say how long the request is: send it with a Content-Length.",
)
TOO_LARGE = error(
    413,
    "More bytes or more pixels than are taken.",
    "image_too_large",
    "The picture is larger than 25 MB. Send a smaller one.",
)
UNSUPPORTED = error(
    415,
    "A kind of picture or of request that is not read here.",
    "unsupported_image",
    "SVG pictures are not read here. Send a PNG or a JPEG.",
)
NO_FORM = error(
    415,
    "The request is neither a multipart form nor JSON.",
    "unsupported_media_type",
    'Unsupported media type "text/plain" in request.',
)
UNAVAILABLE = error(
    503,
    "The model cannot answer at the moment.",
    "artifact_damaged",
    "The model cannot be loaded. Try again later.",
)
NO_DIGIT = error(
    404,
    "There is no such digit, or it is somebody else's.",
    "not_found",
    "There is no such digit, or it is not yours.",
)
LABELLED_MEANWHILE = error(
    409,
    "The digit is not as `shown` says; nothing was kept.",
    "labelled_meanwhile",
    "Somebody else has labelled this one meanwhile. Look at it once more.",
)
NOTHING_TO_UNDO = error(
    409,
    "What holds now was said by somebody else, or nothing was.",
    "nothing_to_undo",
    "There is nothing of yours to take back here.",
)
NO_REVIEWER = error(
    403,
    "Without the staff status; or a signed-in browser left out its CSRF token.",
    "permission_denied",
    "You do not have permission to perform this action.",
)
