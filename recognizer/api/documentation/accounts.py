"""What the schema says of accounts and tokens."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognizer.api.documentation.errors import FORBIDDEN, MODELS_THAT_LEARNT, error
from recognizer.api.tokens import (
    AccountChangesInput,
    AccountOutput,
    NewTokenOutput,
    TokenInput,
    TokenListOutput,
)

TAG = ["account"]
EXAMPLE_TOKEN = {
    "id": "0b9c1f5e-6a1d-4f0e-8d54-6b1f6b1f9a11",
    "name": "the scanner in room 12",
    "created_at": "2026-11-20T12:00:00Z",
    "last_used_at": None,
    "expires_at": "2027-02-18T12:00:00Z",
}
EXAMPLE_SECRET = EXAMPLE_TOKEN | {
    "secret": "digits_3f1c9a7e5b2d8046f1a3c5e7092b4d6f8a0c1e3b5d7f9021436587a9cbed0f12"
}
EXAMPLE_ACCOUNT = {
    "username": "alice",
    "email": "",
    "joined_at": "2026-11-01T08:00:00Z",
    "is_staff": False,
    "predictions": 1407,
    "may_train": True,
}

token_list = extend_schema(
    operation_id="token_list",
    summary="List your tokens",
    description=(
        "Those that programs can sign in with, the oldest first; never their secrets."
    ),
    tags=TAG,
    responses={
        200: OpenApiResponse(
            TokenListOutput,
            examples=[OpenApiExample("tokens", value={"results": [EXAMPLE_TOKEN]})],
        ),
    },
)

token_create = extend_schema(
    operation_id="token_create",
    summary="Make a token",
    description=(
        "Needs a signed-in browser, or username and password with HTTP Basic: a token "
        "makes no others. The secret is shown this once."
    ),
    tags=TAG,
    request=TokenInput,
    responses={
        201: OpenApiResponse(
            NewTokenOutput,
            description="Made; here is its secret.",
            examples=[
                OpenApiExample("token", value=EXAMPLE_SECRET, status_codes=["201"])
            ],
        ),
        400: error(
            400, "The name or the days.", "invalid", "This field may not be blank."
        ),
        403: error(
            403,
            "With a token (`token_not_allowed`), or a signed-in browser left out its "
            "CSRF token (`permission_denied`).",
            "token_not_allowed",
            "A token makes no other tokens. Make them at /account/, or send username "
            "and password with HTTP Basic.",
        ),
        409: error(
            409,
            "There are 50 already.",
            "too_many_tokens",
            "You have 50 tokens, which is as many as there may be. Revoke one that is "
            "not needed.",
        ),
    },
)

token_revoke = extend_schema(
    operation_id="token_revoke",
    summary="Revoke a token",
    description="It ends at once.",
    tags=TAG,
    responses={
        204: OpenApiResponse(description="Revoked."),
        403: FORBIDDEN,
        404: error(
            404,
            "There is no such token, or it is somebody else's.",
            "not_found",
            "There is no such token, or it is not yours.",
        ),
    },
)

account_get = extend_schema(
    operation_id="account_get",
    summary="See who is signed in",
    tags=TAG,
    responses={
        200: OpenApiResponse(
            AccountOutput, examples=[OpenApiExample("account", value=EXAMPLE_ACCOUNT)]
        ),
    },
)

account_update = extend_schema(
    operation_id="account_update",
    summary="Say whether your pictures may teach models",
    description=(
        "With `false`, none of them trains a model or measures one, and none is given "
        "to reviewers, whoever labelled it. What a model has learnt already, it knows."
    ),
    tags=TAG,
    request=AccountChangesInput,
    responses={
        200: OpenApiResponse(
            AccountOutput, examples=[OpenApiExample("account", value=EXAMPLE_ACCOUNT)]
        ),
        400: error(
            400, "Neither true nor false.", "invalid", "Must be a valid boolean."
        ),
        403: FORBIDDEN,
    },
)

account_delete = extend_schema(
    operation_id="account_delete",
    summary="Delete your account and all that it keeps",
    description=(
        "For good: predictions, pictures, what was said of them, batches, webhooks, "
        "tokens and sessions. Labels that were given to others' digits stay, without a "
        'name. Send `{"password": ...}` as the body. If it breaks off, ask again.'
    ),
    tags=TAG,
    parameters=[MODELS_THAT_LEARNT],
    responses={
        204: OpenApiResponse(description="Gone."),
        400: error(400, "Without a password.", "invalid", "This field is required."),
        403: error(
            403,
            "Not the right password (`wrong_password`), or a signed-in browser left "
            "out its CSRF token (`permission_denied`).",
            "wrong_password",
            "This is not the password of your account.",
        ),
        409: error(
            409,
            "It is the last one that may do everything.",
            "last_superuser",
            "This is the last account that may do everything here. Make another "
            "superuser first, then delete this one.",
        ),
    },
)

account_export = extend_schema(
    operation_id="account_export",
    summary="Get all that your account keeps",
    description=(
        "A ZIP, written while it is sent: account, tokens (without secrets), "
        "predictions, corrections and pictures. Its README.txt says what is what."
    ),
    tags=TAG,
    responses={(200, "application/zip"): OpenApiTypes.BINARY},
)
