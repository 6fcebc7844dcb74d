"""How programs say who they are."""

from typing import Any

from knox import auth
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from recognizer.models import ApiToken, User
from recognizer.services.tokens import token_use

SCHEME = "Token"
# A browser sends these by itself where a proxy in front of the site asked for them.
SCHEMES_OF_PROXIES = {"basic", "digest", "negotiate", "ntlm"}
UNKNOWN_SCHEME = "Expected the header `Authorization: Token <secret>`. Send it so."
MALFORMED = "Expected one word after `Token`, the secret. Copy the token once more."
INVALID = (
    "This token is mistyped, expired or revoked. Make a new one at /account/ or with "
    "`POST /api/tokens/`."
)
WRONG_LOGIN = "The username or the password is wrong."


class TokenAuthentication(auth.TokenAuthentication):
    """Knox's, which takes any bytes for a header and finds the token by its hash."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        if not is_for_us(request):
            return None
        scheme, *rest = _authorization(request).split()
        if scheme.lower() != SCHEME.lower():
            raise AuthenticationFailed(UNKNOWN_SCHEME)
        # Databases do not take all that a header may hold; a secret is ASCII.
        if len(rest) != 1 or not (rest[0].isascii() and rest[0].isprintable()):
            raise AuthenticationFailed(MALFORMED)
        token = token_use(secret=rest[0])
        if token is None:
            raise AuthenticationFailed(INVALID)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class PasswordAuthentication(authentication.BasicAuthentication):
    """HTTP Basic, for the one address where a program gets its token."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Request | None = None
    ) -> tuple[Any, None]:
        # PostgreSQL takes no text with a NUL in it.
        if "\0" in userid:
            raise AuthenticationFailed(WRONG_LOGIN)
        try:
            return super().authenticate_credentials(userid, password, request)
        except AuthenticationFailed as error:
            raise AuthenticationFailed(WRONG_LOGIN) from error


def is_for_us(request: Request) -> bool:
    """Whether the request says who sends it, in a header that is meant for the API."""
    words = _authorization(request).split(maxsplit=1)
    return bool(words) and words[0].lower() not in SCHEMES_OF_PROXIES


def _authorization(request: Request) -> str:
    # `headers` would take all of them apart, which previews would pay for.
    return str(request.META.get("HTTP_AUTHORIZATION", ""))
