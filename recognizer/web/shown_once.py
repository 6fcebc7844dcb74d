"""A secret on its way from the form that made it to the page that shows it, once.

The page has an address of its own, so that loading it anew makes no second one. On the
way, half of the secret waits in the session and half in a cookie of that page: each is
noise by itself, and whoever reads the database or finds the browser later learns
nothing.
"""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HALF = "secret_half"
WAITS_S = 60


def secret_send(
    request: HttpRequest, response: HttpResponse, *, name: str, secret: str
) -> None:
    """Leave it for the page to which this response, a redirect, leads."""
    pad = secrets.token_bytes(len(secret.encode()))
    half = _combined(secret.encode(), pad)
    request.session[HALF] = {"name": name, "half": half.hex()}
    response.set_cookie(
        HALF,
        pad.hex(),
        max_age=WAITS_S,
        path=response["Location"],
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def secret_receive(request: HttpRequest) -> dict[str, Any]:
    """Its `name` and `secret`, if one waits; from then on none does."""
    waiting: dict[str, Any] | None = request.session.pop(HALF, None)
    if waiting is None:
        return {}
    try:
        pad = bytes.fromhex(request.COOKIES.get(HALF, ""))
        secret = _combined(bytes.fromhex(waiting["half"]), pad).decode()
    except ValueError:
        # The cookie is gone, or somebody else's: the secret cannot be had again.
        return {}
    return {"name": waiting["name"], "secret": secret}


def secret_forget(response: HttpResponse, *, path: str) -> None:
    """Take the browser's half away."""
    response.delete_cookie(HALF, path=path, samesite="Strict")


def _combined(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
