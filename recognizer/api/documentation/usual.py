"""How any address may fail: added to what each says of itself.

A token may be wrong, a limit be reached and the database be away everywhere. Said once
here, it stands in the schema of every operation, also of those that are yet to come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recognizer.api.codes import Code

SAFE = {"get", "head", "options"}
METHODS = {*SAFE, "post", "put", "patch", "delete"}
SHAPE = {"$ref": "#/components/schemas/ErrorOutput"}
RETRY_AFTER = {
    "description": "Seconds after which it is worth another try.",
    "schema": {"type": "integer", "minimum": 1},
}
WITH_RETRY_AFTER = {"429", "503"}
CHALLENGE = {
    "description": "`Token`: what to send.",
    "schema": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Usual:
    """One way to fail, and at which operations.

    Attributes:
        may_happen: asked with the operation, its method and its path.
    """

    code: Code
    description: str
    message: str
    may_happen: Callable[[dict[str, Any], str, str], bool]

    @property
    def response(self) -> dict[str, Any]:
        error = {"error": {"code": str(self.code), "message": self.message}}
        examples = {str(self.code): {"value": error}}
        return {
            "content": {"application/json": {"schema": SHAPE, "examples": examples}},
            "description": self.description,
        }


def _takes_something(operation: dict[str, Any], method: str, path: str) -> bool:
    parameters = operation.get("parameters", [])
    return _has_body(operation, method, path) or any(
        parameter["in"] == "query" for parameter in parameters
    )


def _has_body(operation: dict[str, Any], method: str, path: str) -> bool:
    return "requestBody" in operation


def _knows_who_asks(operation: dict[str, Any], method: str, path: str) -> bool:
    return any(operation.get("security", []))


def _needs_a_csrf_token(operation: dict[str, Any], method: str, path: str) -> bool:
    return method not in SAFE and any(
        "session" in way for way in operation.get("security", [])
    )


def _names_something(operation: dict[str, Any], method: str, path: str) -> bool:
    return "{" in path


def _always(operation: dict[str, Any], method: str, path: str) -> bool:
    return True


USUAL = (
    Usual(
        Code.INVALID,
        "What was sent is wrong, or cannot be read (`parse_error`).",
        "Expected a JSON object. Received: null.",
        _takes_something,
    ),
    Usual(
        Code.AUTHENTICATION_FAILED,
        "The token is wrong, expired or revoked; or there is none, and one is needed "
        "(`not_authenticated`).",
        "This token is mistyped, expired or revoked.",
        _knows_who_asks,
    ),
    Usual(
        Code.PERMISSION_DENIED,
        "A signed-in browser left out its CSRF token.",
        "CSRF Failed: CSRF token missing.",
        _needs_a_csrf_token,
    ),
    Usual(
        Code.NOT_FOUND,
        "There is no such thing, or it is somebody else's.",
        "There is nothing at this address. /api/docs/ lists the addresses.",
        _names_something,
    ),
    Usual(
        Code.LENGTH_REQUIRED,
        "The body came in chunks, without a Content-Length.",
        "Say how long the request is: send it with a Content-Length.",
        _has_body,
    ),
    Usual(
        Code.IMAGE_TOO_LARGE,
        "More bytes than are taken.",
        "This is larger than 25 MB. Send a smaller picture.",
        _has_body,
    ),
    Usual(
        Code.UNSUPPORTED_MEDIA_TYPE,
        "A kind of request that is not read here, or a compressed one "
        "(`unsupported_encoding`).",
        'Unsupported media type "text/plain" in request. Send one of: '
        "multipart/form-data, application/json.",
        _has_body,
    ),
    Usual(
        Code.THROTTLED,
        "So much is not allowed at once; `Retry-After` says how long to wait.",
        "That was a lot at once. Ask again in 12 seconds.",
        _always,
    ),
    Usual(
        Code.UNAVAILABLE,
        "The database does not answer at the moment.",
        "The database does not answer just now. Ask again in a few seconds.",
        _always,
    ),
)


def add_usual_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: where an operation says it itself, that stays."""
    for path, item in result["paths"].items():
        for method in METHODS & item.keys():
            _complete(item[method], method, path)
    return result


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    responses = operation["responses"]
    for usual in USUAL:
        if usual.may_happen(operation, method, path):
            responses.setdefault(str(usual.code.status), usual.response)
    for status in WITH_RETRY_AFTER & responses.keys():
        responses[status].setdefault("headers", {})["Retry-After"] = RETRY_AFTER
    if "401" in responses:
        responses["401"].setdefault("headers", {})["WWW-Authenticate"] = CHALLENGE
    operation["responses"] = dict(sorted(responses.items()))
