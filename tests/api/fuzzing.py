"""Requests that nobody would think of, made out of the schema itself.

Every operation of the schema is asked as each of ROLES would ask it: with what the
schema allows, with what it forbids and with what lies at its edges. What comes back
must be what the schema says. New operations are found there and need nothing here; one
that is about a thing which must exist is worth a line in `known_things`.
"""

import base64
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import schemathesis
from django.core import signing
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, settings
from schemathesis import Case, Response
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    negative_data_rejection,
    positive_data_acceptance,
)

from recognizer import viewers
from recognizer.models import Batch, TrainingRun, User
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import (
    make_delivery,
    make_image,
    make_prediction,
    make_token,
    make_user,
    make_webhook,
)

ROLES = ("nobody", "visitor", "user", "staff")
KNOWN = UUID("5f0c5c3e-3c0d-4a50-9d0e-0f5a3b6f9a51")
KNOWN_DIGIT = 424242
KNOWN_RUN = 434343
VISITOR = UUID("0d0e0f5a-3b6f-4a51-8c3e-5f0c5c3e3c0d")
CSRF = "fuzz" * 8
# Who asks is what `credentials_of` says; what is made up would only hide it.
CONFIG = SchemathesisConfig.from_dict(
    {"generation": {"with-security-parameters": False}}
)


def known_things(path: str) -> dict[str, Any]:
    """Of the parameters in a path, by their names, what is there to be found."""
    for begin, known in {
        "/api/predictions/": {"public_id": str(KNOWN)},
        "/api/digits/": {"id": KNOWN_DIGIT},
        "/api/training-runs/": {"id": KNOWN_RUN},
        "/api/models/": {"number": 1},
        "/api/batches/": {"public_id": str(KNOWN)},
        "/api/tokens/": {"public_id": str(KNOWN)},
        "/api/webhooks/": {"public_id": str(KNOWN), "message_id": str(KNOWN)},
    }.items():
        if path.startswith(begin):
            return known
    return {}


def known_body(path: str) -> dict[str, Any] | None:
    """What is read and kept: of itself, nothing that is made up is a picture."""
    if path == "/api/predictions/":
        return {"image": base64.b64encode(make_image()).decode()}
    return None


def make_known_things(role: str) -> None:
    """Put there what `known_things` names, as this role's own."""
    owner = User.objects.filter(username=role).first()
    visitor = VISITOR if role == "visitor" else None
    prediction = make_prediction(owner=owner, visitor=visitor, public_id=KNOWN)
    digit = prediction.digits.get()
    digit.delete()
    digit.pk = KNOWN_DIGIT
    digit.save(force_insert=True)
    TrainingRun.objects.create(pk=KNOWN_RUN, status="succeeded")
    batch = make_batch(viewer=Viewer(user=owner, visitor=visitor))
    Batch.objects.filter(pk=batch.pk).update(public_id=KNOWN)
    if owner is not None:
        make_token(owner)
        owner.auth_token_set.update(public_id=KNOWN)
        webhook = make_webhook(owner=owner, public_id=KNOWN)
        make_delivery(webhook=webhook, message_id=KNOWN)
    # Somebody confirmed a digit: there is something to train, to export and to dispute.
    rita = Viewer(user=make_user("rita", is_staff=True))
    another = make_prediction(owner=rita.user).digits.get()
    correction_record(digit=another, label=7, viewer=rita)


def credentials_of(role: str) -> dict[str, dict[str, str]]:
    """Headers and cookies that tell the site who is asking."""
    if role == "nobody":
        return {"headers": {}, "cookies": {}}
    if role == "visitor":
        signer = signing.get_cookie_signer(salt=viewers.COOKIE + viewers.COOKIE_SALT)
        return {"headers": {}, "cookies": {viewers.COOKIE: signer.sign(VISITOR.hex)}}
    browser = Client()
    browser.force_login(make_user(role, is_staff=role == "staff"))
    session = browser.cookies["sessionid"].value
    return {
        "headers": {"X-CSRFToken": CSRF},
        "cookies": {"sessionid": session, "csrftoken": CSRF},
    }


@cache
def _site() -> Callable[..., Any]:
    return get_wsgi_application()


def _answer(*request: Any) -> Iterable[bytes]:
    """The site as a WSGI application, within the transaction of a test."""
    # Not while tests are only collected: settings of the tests hold later.
    site = _site()
    # Between requests Django closes connections whose transaction somebody left open.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        with closing(site(*request)) as answer:
            return list(answer)
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


@cache
def raw_schema() -> str:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = OpenApiJsonRenderer().render(schema, renderer_context={})
    return rendered.decode()


def load_schema() -> BaseSchema:
    """The site's schema, in whose examples are things that are there."""
    raw = json.loads(raw_schema())
    for path, operations in raw["paths"].items():
        known = known_things(path)
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and parameter["name"] in known:
                    parameter["example"] = known[parameter["name"]]
            content = operation.get("requestBody", {}).get("content", {})
            if (body := known_body(path)) and "application/json" in content:
                content["application/json"]["example"] = body
    schema = schemathesis.openapi.from_dict(raw, config=CONFIG)
    schema.app = _answer
    return schema


def bounded(max_examples: int, **more: Any) -> settings:
    """Hypothesis's settings.

    The same each time: what one change broke shall not show in another one's tests. Of
    the database, which all examples of an operation share, only the first one knows how
    it stood; so nothing is said about time or about what lies behind.
    """
    return settings(
        max_examples=max_examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@dataclass(frozen=True)
class Deliberate:
    """Answers that are right for a reason which the schema cannot say.

    Attributes:
        operation: whose answers they are.
        check: what has nothing to say about them then.
        is_meant: tells them from all others.
        reason: why they are right.
    """

    operation: str
    check: CheckFunction
    is_meant: Callable[[Case, Response], bool]
    reason: str

    def covers(self, case: Case, response: Response) -> bool:
        return case.operation.label == self.operation and self.is_meant(case, response)


def error_of(*codes: str, about: frozenset[str] = frozenset()) -> Any:
    """Whether an answer is an error of one of these codes, about these fields alone."""

    def is_meant(_case: Case, response: Response) -> bool:
        if response.status_code < 400:
            return False
        error = response.json()["error"]
        return error["code"] in codes and set(error.get("fields", {})) <= about

    return is_meant


def null_character(_case: Case, response: Response) -> bool:
    return response.status_code == 400 and "Null char" in response.text


def form(case: Case, _response: Response) -> bool:
    return case.media_type == "multipart/form-data"


def form_without_parts(case: Case, _response: Response) -> bool:
    return case.media_type == "multipart/form-data" and not isinstance(case.body, dict)


DELIBERATE = (
    Deliberate(
        "POST /api/predictions/",
        positive_data_acceptance,
        error_of("unreadable_image", "unsupported_image", "image_too_large"),
        "Only reading them tells which bytes are a picture.",
    ),
    Deliberate(
        "POST /api/predictions/",
        positive_data_acceptance,
        error_of("invalid", about=frozenset({"image", "images"})),
        "OpenAPI 3.0 cannot say of a text that it is base64.",
    ),
    Deliberate(
        "POST /api/predictions/",
        positive_data_acceptance,
        error_of("idempotency_key_reused", "deleted"),
        "Made-up requests have the same few keys.",
    ),
    Deliberate(
        "POST /api/tokens/",
        positive_data_acceptance,
        error_of("invalid", about=frozenset({"name"})),
        "Blanks are no name.",
    ),
    Deliberate(
        "POST /api/batches/",
        positive_data_acceptance,
        error_of("no_files", "unreadable_archive", "empty_image"),
        "What is made up is no ZIP and holds no file.",
    ),
    *(
        Deliberate(
            operation,
            positive_data_acceptance,
            error_of("invalid", about=frozenset({"url", "events"})),
            "Hardly a text is an address; some events are for the staff.",
        )
        for operation in ("POST /api/webhooks/", "PATCH /api/webhooks/{public_id}/")
    ),
    *(
        Deliberate(
            operation,
            positive_data_acceptance,
            error_of("invalid", about=frozenset({"before", "after"})),
            "Cursors come from answers; nobody else can make one.",
        )
        for operation in (
            "GET /api/predictions/",
            "GET /api/batches/",
            "GET /api/webhooks/{public_id}/deliveries/",
        )
    ),
    Deliberate(
        "POST /api/models/rollback/",
        positive_data_acceptance,
        error_of("invalid", about=frozenset({"leaving"})),
        "In a form null is a text.",
    ),
    *(
        Deliberate(
            operation,
            ensure_resource_availability,
            error_of("not_found"),
            "Digits go with their prediction, which another address deletes.",
        )
        for operation in (
            "GET /api/digits/{id}/",
            "GET /api/digits/{id}/corrections/",
            "GET /api/digits/{id}/image/",
        )
    ),
    Deliberate(
        "DELETE /api/account/",
        positive_data_acceptance,
        null_character,
        "No password has a null character.",
    ),
    Deliberate(
        "POST /api/training-runs/",
        positive_data_acceptance,
        null_character,
        "PostgreSQL keeps no text with a null character.",
    ),
    *(
        Deliberate(
            operation,
            negative_data_rejection,
            form,
            "In a form true and false are texts, and nothing need be said.",
        )
        for operation in ("PATCH /api/account/", "PATCH /api/webhooks/{public_id}/")
    ),
    *(
        Deliberate(
            operation,
            negative_data_rejection,
            form_without_parts,
            "Nothing need be said, and between its boundaries this form says nothing.",
        )
        for operation in (
            "POST /api/models/rollback/",
            "POST /api/models/{number}/promotion/",
            "POST /api/training-runs/",
        )
    ),
)


def ask(case: Case, who: dict[str, dict[str, str]]) -> None:
    """Send a request, and hold what is answered to the schema."""
    response = case.call(**who)
    case.validate_response(response, **how_to_validate(case, response, who))


def how_to_validate(
    case: Case, response: Response, who: dict[str, dict[str, str]]
) -> dict[str, Any]:
    # That we signed in, and it was not made up, is read from the headers alone.
    cookies = "; ".join(f"{name}={value}" for name, value in who["cookies"].items())
    return {
        "excluded_checks": [
            each.check for each in DELIBERATE if each.covers(case, response)
        ],
        "headers": who["headers"] | {"Cookie": cookies},
        "transport_kwargs": who,
    }
