"""Who may do what: every operation of the API, and what it answers to whom.

An operation without a row fails, so that nobody forgets to decide it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, reverse

from recognizer.api.urls import urlpatterns
from recognizer.models import Batch, Digit, TrainingRun, User
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import (
    PASSWORD,
    make_delivery,
    make_labelled,
    make_prediction,
    make_token,
    make_upload,
    make_user,
    make_webhook,
)

WHO = ("owner", "other", "nobody", "staff")
# To whoever is not signed in and must be.
SIGN_IN = 401
STAFF_ONLY = (403, 403, SIGN_IN)
PUBLIC_ID = UUID("5f0c5c3e-3c0d-4a50-9d0e-0f5a3b6f9a51")
PK = 424242
# What is the owner's, by the begin of its addresses; `things` makes it.
THINGS: dict[str, dict[str, Any]] = {
    "predictions": {"public_id": PUBLIC_ID},
    "digits": {"pk": PK},
    "training-runs": {"pk": PK},
    "models": {"number": 1},
    "tokens": {"public_id": PUBLIC_ID},
    "batches": {"public_id": PUBLIC_ID},
    "webhooks": {"public_id": PUBLIC_ID, "message_id": PUBLIC_ID},
}


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes:
        method, name: of the operation, and of its address.
        answers: the status that each of WHO is answered with, in that order.
        sent: what makes the values of the form that is sent.
    """

    method: str
    name: str
    answers: tuple[int, int, int, int]
    sent: dict[str, Callable[[], Any]] = field(default_factory=dict)


NEW_WEBHOOK: dict[str, Callable[[], Any]] = {
    "url": lambda: "https://example.org/digits",
    "events": lambda: "batch.finished",
}
MATRIX = [
    #                                        owner, other, nobody, staff
    Row("GET", "predictions", (200, 200, 200, 200)),
    Row("POST", "predictions", (201, 201, 201, 201), {"image": make_upload}),
    Row("GET", "prediction", (200, 404, 404, 404)),
    Row("DELETE", "prediction", (204, 404, 404, 404)),
    Row("GET", "prediction-image", (200, 404, 404, 404)),
    Row("GET", "prediction-explanation", (200, 404, 404, 404)),
    Row("GET", "digit", (200, 404, 404, 200)),
    Row("GET", "digit-image", (200, 404, 404, 200)),
    Row("GET", "corrections", (200, 404, 404, 200)),
    Row("POST", "corrections", (201, 404, 404, 201), {"label": lambda: "1"}),
    Row("POST", "correction-undo", (409, 404, 404, 409)),
    Row("POST", "reviews", (*STAFF_ONLY, 200)),
    Row("POST", "review-skip", (*STAFF_ONLY, 200)),
    Row("GET", "training-runs", (*STAFF_ONLY, 200)),
    Row("POST", "training-runs", (*STAFF_ONLY, 202)),
    Row("GET", "training-run", (*STAFF_ONLY, 200)),
    Row("POST", "training-run-cancel", (*STAFF_ONLY, 409)),
    Row("GET", "models", (*STAFF_ONLY, 200)),
    Row("GET", "model", (*STAFF_ONLY, 200)),
    Row("POST", "model-promotion", (*STAFF_ONLY, 200)),
    Row("POST", "model-rollback", (*STAFF_ONLY, 409)),
    Row("GET", "dataset", (*STAFF_ONLY, 200)),
    Row("GET", "tokens", (200, 200, SIGN_IN, 200)),
    # Made with a session here; what a token may is tested with the tokens.
    Row("POST", "tokens", (201, 201, SIGN_IN, 201), {"name": lambda: "scanner"}),
    Row("DELETE", "token", (204, 404, SIGN_IN, 404)),
    Row("GET", "account", (200, 200, SIGN_IN, 200)),
    Row("PATCH", "account", (200, 200, SIGN_IN, 200), {"may_train": lambda: "false"}),
    Row("DELETE", "account", (204, 204, SIGN_IN, 204), {"password": lambda: PASSWORD}),
    Row("GET", "account-export", (200, 200, SIGN_IN, 200)),
    Row("GET", "batches", (200, 200, 200, 200)),
    Row("POST", "batches", (202, 202, 202, 202), {"files": make_upload}),
    Row("GET", "batch", (200, 404, 404, 404)),
    Row("DELETE", "batch", (204, 404, 404, 404)),
    Row("GET", "batch-results", (200, 404, 404, 404)),
    Row("POST", "batch-cancel", (200, 404, 404, 404)),
    Row("GET", "webhooks", (200, 200, SIGN_IN, 200)),
    Row("POST", "webhooks", (201, 201, SIGN_IN, 201), NEW_WEBHOOK),
    Row("GET", "webhook", (200, 404, SIGN_IN, 404)),
    Row("PATCH", "webhook", (200, 404, SIGN_IN, 404)),
    Row("DELETE", "webhook", (204, 404, SIGN_IN, 404)),
    Row("POST", "webhook-secret", (200, 404, SIGN_IN, 404)),
    Row("POST", "webhook-ping", (202, 404, SIGN_IN, 404)),
    Row("GET", "webhook-deliveries", (200, 404, SIGN_IN, 404)),
    Row("POST", "webhook-redeliver", (202, 404, SIGN_IN, 404)),
    Row("GET", "schema", (200, 200, 200, 200)),
    Row("GET", "docs", (200, 200, 200, 200)),
]


@pytest.fixture
def people(db) -> dict[str, User | None]:
    return {
        "owner": make_user("owner"),
        "other": make_user("other"),
        "nobody": None,
        "staff": make_user("staff", is_staff=True),
    }


@pytest.fixture
def things(people) -> None:
    """What the owner has, something that is confirmed, and a training that ended."""
    owned = make_prediction(owner=people["owner"], public_id=PUBLIC_ID)
    Digit.objects.filter(prediction=owned).update(id=PK)
    make_labelled(1, reviewer=Viewer(user=people["staff"]))
    TrainingRun.objects.create(pk=PK, status="succeeded")
    make_token(people["owner"])
    people["owner"].auth_token_set.update(public_id=PUBLIC_ID)
    batch = make_batch(viewer=Viewer(user=people["owner"]))
    Batch.objects.filter(pk=batch.pk).update(public_id=PUBLIC_ID)
    webhook = make_webhook(owner=people["owner"], public_id=PUBLIC_ID)
    make_delivery(webhook=webhook, message_id=PUBLIC_ID)


def operations() -> Iterator[tuple[str, str]]:
    """Every method of every address, as the code has them; a schema may leave out some.

    HEAD and OPTIONS come with the others.
    """
    for pattern in urlpatterns:
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(pattern.callback.view_class, method):
                yield method.upper(), str(pattern.name)


def address_of(name: str) -> str:
    pattern = next(each for each in urlpatterns if each.name == name)
    assert isinstance(pattern, URLPattern)
    thing = str(pattern.pattern).partition("/")[0]
    parameters = {each: THINGS[thing][each] for each in pattern.pattern.converters}
    return reverse(f"api:{name}", kwargs=parameters)


def test_every_operation_has_one_row():
    rows = [(row.method, row.name) for row in MATRIX]

    assert sorted(rows) == sorted(operations())


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.name}")
def test_everybody_is_answered_as_the_row_says(api, people, things, row, who):
    # Without a user, and not with an empty one: as of a request without any session.
    if people[who] is not None:
        api.force_authenticate(people[who])
    sent = {name: make() for name, make in row.sent.items()}

    response = getattr(api, row.method.lower())(address_of(row.name), sent or None)

    assert response.status_code == row.answers[WHO.index(who)]
