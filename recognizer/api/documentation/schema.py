"""What the schema says of how to sign in, and a body that it would leave out."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication

from recognizer.api.authentication import PasswordAuthentication, TokenAuthentication

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


def add_password_body(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular, which leaves out the body of every DELETE."""
    for path in result["paths"].values():
        for operation in path.values():
            if operation["operationId"] == "account_delete":
                operation["requestBody"] = PASSWORD_BODY
    return result
