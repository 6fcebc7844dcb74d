"""What the schema says of every address: how to sign in, and that it may fail."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication

from recognizer.api.authentication import PasswordAuthentication, TokenAuthentication

EXAMPLE_UNAUTHORIZED = {
    "error": {
        "code": "authentication_failed",
        "message": "This token is mistyped, expired or revoked.",
    }
}
UNAUTHORIZED = {
    "description": (
        "`authentication_failed`: the token is mistyped, expired or revoked. "
        "`not_authenticated`: there is none, and one is needed."
    ),
    "headers": {
        "WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Token`"}
    },
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/ErrorOutput"},
            "examples": {"authentication_failed": {"value": EXAMPLE_UNAUTHORIZED}},
        }
    },
}

PASSWORD_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"password": {"type": "string", "minLength": 1}},
                "required": ["password"],
            }
        }
    },
}


# drf-spectacular registers the class with a method that has no types.
class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema calls a token."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token`, a space, and the secret of a token.",
        }


# As above.
class PasswordScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema calls username and password."""

    target_class = PasswordAuthentication
    name = "password"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "Username and password, for the tokens alone.",
        }


# As above.
class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema calls a signed-in browser."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": (
                "A browser that is signed in. What changes something also needs its "
                "CSRF token as `X-CSRFToken`."
            ),
        }


def add_what_all_share(
    *, result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Say what is true of every address in one place, as drf-spectacular's hooks do."""
    for path in result["paths"].values():
        for operation in path.values():
            if operation.get("security"):
                operation["responses"].setdefault("401", UNAUTHORIZED)
            if operation["operationId"] == "account_delete":
                # drf-spectacular leaves out the body of every DELETE.
                operation["requestBody"] = PASSWORD_BODY
    return result
