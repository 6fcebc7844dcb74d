"""What the schema says of how to sign in, and a body that it would leave out."""

from typing import Any, ClassVar

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


class Scheme(OpenApiAuthenticationExtension):
    """One way to say who is asking; drf-spectacular finds what extends it."""

    definition: ClassVar[dict[str, str]]

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return self.definition


class TokenScheme(Scheme):
    """What the schema calls a token."""

    target_class = TokenAuthentication
    name = "token"
    definition = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token`, a space, and the secret of a token.",
    }


class PasswordScheme(Scheme):
    """What the schema calls username and password."""

    target_class = PasswordAuthentication
    name = "password"
    definition = {
        "type": "http",
        "scheme": "basic",
        "description": "Username and password, for the tokens alone.",
    }


class SessionScheme(Scheme):
    """What the schema calls a signed-in browser."""

    target_class = SessionAuthentication
    name = "session"
    definition = {
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
