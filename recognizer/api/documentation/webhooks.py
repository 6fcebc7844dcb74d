"""What the schema says of webhooks."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognizer.api.documentation.errors import FORBIDDEN, error
from recognizer.api.serializers import CursorInput
from recognizer.api.webhook_data import (
    DeliveryListOutput,
    DeliveryOutput,
    WebhookChangesInput,
    WebhookInput,
    WebhookListOutput,
    WebhookOutput,
    WebhookSecretOutput,
)

TAG = ["webhooks"]
SIGNED_OUT = error(
    401,
    "Nobody is signed in.",
    "not_authenticated",
    "Authentication credentials were not provided.",
)
NO_WEBHOOK = error(
    404,
    "There is no such webhook, or it is somebody else's.",
    "not_found",
    "There is no such webhook, or it is not yours.",
)
INVALID_WEBHOOK = error(
    400,
    "The address cannot be called or may not be; or an event is unknown, or for the "
    "staff alone.",
    "invalid",
    "Give an address that begins with https://.",
)
PAUSED = error(
    409,
    "The webhook is paused.",
    "webhook_paused",
    "This webhook is paused. Let it go on first.",
)
EXAMPLE_WEBHOOK: dict[str, Any] = {
    "id": "0b6c4b0e-6d5b-4c57-9b3e-5a4f0f1d2c3b",
    "url": "https://example.org/digits",
    "events": ["batch.finished"],
    "is_active": True,
    "disabled_because": "",
    "failing_since": None,
    "old_secret_until": None,
    "created_at": "2026-11-20T12:00:00Z",
}
EXAMPLE_SECRET = EXAMPLE_WEBHOOK | {
    "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
}
EXAMPLE_DELIVERY = {
    "id": "8a7b6c5d-4e3f-4a1b-9c8d-7e6f5a4b3c2d",
    "event": "model.promoted",
    "status": "waiting",
    "attempts": 2,
    "next_attempt_at": "2026-11-20T12:01:06Z",
    "last_status": 500,
    "last_error": "500 Internal Server Error",
    "message": {
        "type": "model.promoted",
        "timestamp": "2026-11-20T12:00:00Z",
        "data": {
            "model_version": 2,
            "previous": 1,
            "is_rollback": False,
            "path": "/api/models/2/",
        },
    },
    "created_at": "2026-11-20T12:00:00Z",
    "delivered_at": None,
}


def _one(
    serializer: type[Any], description: str, example: dict[str, Any], status: int = 200
) -> OpenApiResponse:
    return OpenApiResponse(
        serializer,
        description=description,
        examples=[OpenApiExample("webhook", value=example, status_codes=[status])],
    )


webhook_list = extend_schema(
    operation_id="webhook_list",
    summary="List your webhooks",
    tags=TAG,
    responses={200: WebhookListOutput, 401: SIGNED_OUT},
)

webhook_create = extend_schema(
    operation_id="webhook_create",
    summary="Have a program told what has happened",
    description=(
        "From now on, messages are posted to the address, signed as Standard Webhooks "
        "has it. The secret for that is shown this once. Twenty for each user."
    ),
    tags=TAG,
    request=WebhookInput,
    responses={
        201: _one(WebhookSecretOutput, "It is told from now on.", EXAMPLE_SECRET, 201),
        400: INVALID_WEBHOOK,
        401: SIGNED_OUT,
        403: FORBIDDEN,
        409: error(
            409,
            "There are twenty already.",
            "too_many_webhooks",
            "You have 20 webhooks already, which is the most there may be. Delete one "
            "first.",
        ),
    },
)

webhook_get = extend_schema(
    operation_id="webhook_get",
    summary="Get one webhook",
    tags=TAG,
    responses={
        200: _one(WebhookOutput, "As it stands.", EXAMPLE_WEBHOOK),
        401: SIGNED_OUT,
        404: NO_WEBHOOK,
    },
)

webhook_update = extend_schema(
    operation_id="webhook_update",
    summary="Change, pause or resume a webhook",
    description=(
        "What waits for a paused webhook is sent when it goes on; what happens "
        "meanwhile is not told."
    ),
    tags=TAG,
    request=WebhookChangesInput,
    responses={
        200: _one(WebhookOutput, "As it stands now.", EXAMPLE_WEBHOOK),
        400: INVALID_WEBHOOK,
        401: SIGNED_OUT,
        403: FORBIDDEN,
        404: NO_WEBHOOK,
    },
)

webhook_delete = extend_schema(
    operation_id="webhook_delete",
    summary="Delete a webhook",
    description="With all its deliveries, also those that wait.",
    tags=TAG,
    responses={
        204: OpenApiResponse(description="Gone."),
        401: SIGNED_OUT,
        403: FORBIDDEN,
        404: NO_WEBHOOK,
    },
)

webhook_renew_secret = extend_schema(
    operation_id="webhook_renew_secret",
    summary="Sign with a new secret",
    description=(
        "It is shown this once. For 24 hours each message is signed with the one "
        "before, too."
    ),
    tags=TAG,
    request=None,
    responses={
        200: _one(WebhookSecretOutput, "The new secret.", EXAMPLE_SECRET),
        401: SIGNED_OUT,
        403: FORBIDDEN,
        404: NO_WEBHOOK,
    },
)

webhook_ping = extend_schema(
    operation_id="webhook_ping",
    summary="Send a test",
    description=(
        "It is tried once. Its delivery says how that went. While one waits, that one "
        "is answered."
    ),
    tags=TAG,
    request=None,
    responses={
        202: OpenApiResponse(DeliveryOutput, description="It is sent in a moment."),
        401: SIGNED_OUT,
        403: FORBIDDEN,
        404: NO_WEBHOOK,
        409: PAUSED,
    },
)

webhook_delivery_list = extend_schema(
    operation_id="webhook_delivery_list",
    summary="List what a webhook was told, newest first",
    description="Of the last thirty days. Follow `next`.",
    tags=TAG,
    parameters=[CursorInput],
    responses={
        200: DeliveryListOutput,
        400: error(
            400,
            "The size is out of its range, or the cursor is not one of ours.",
            "invalid",
            "This is not a cursor of ours. Take it from `next` or `previous`.",
        ),
        401: SIGNED_OUT,
        404: NO_WEBHOOK,
    },
)

webhook_redeliver = extend_schema(
    operation_id="webhook_redeliver",
    summary="Send a message once more",
    description=(
        "Under the same id, and as often as at first if it fails; also what was "
        "delivered."
    ),
    tags=TAG,
    request=None,
    responses={
        202: _one(DeliveryOutput, "It is sent in a moment.", EXAMPLE_DELIVERY, 202),
        401: SIGNED_OUT,
        403: FORBIDDEN,
        404: NO_WEBHOOK,
        409: PAUSED,
    },
)
