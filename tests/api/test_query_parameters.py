"""What stands behind the `?` must be known: nothing is passed over in silence."""

import json
from pathlib import Path

import pytest

from benchmarks import hostile
from recognizer.models import Prediction
from tests.api.fuzzing import KNOWN, known_things, make_known_things
from tests.factories import make_image, make_user

SCHEMA = json.loads(Path("docs/openapi.json").read_text())
OPERATIONS = {
    (method, path): sorted(
        parameter["name"]
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    )
    for path, item in SCHEMA["paths"].items()
    for method, operation in item.items()
}
WITH_PARAMETERS = [key for key, names in OPERATIONS.items() if names]


def fields_of(response):
    assert response.status_code == 400, response.content
    return response.json()["error"]["fields"]


@pytest.fixture
def ask(api, db):
    """Somebody who may ask for all of it, and for whom there is something."""
    staff = make_user("staff", is_staff=True)
    make_known_things("staff")
    api.force_authenticate(staff)

    def ask(method, path, query):
        return getattr(api, method)(f"{path.format(**known_things(path))}?{query}")

    return ask


@pytest.mark.parametrize(("method", "path"), WITH_PARAMETERS)
def test_an_unknown_parameter_is_refused_by_name(ask, method, path):
    fields = fields_of(ask(method, path, "digt=7"))

    assert list(fields) == ["digt"]
    # Whoever mistyped one is told which there are.
    assert ", ".join(OPERATIONS[method, path]) in fields["digt"][0]


@pytest.mark.parametrize(("method", "path"), WITH_PARAMETERS)
def test_a_parameter_that_comes_twice_is_refused_by_name(ask, method, path):
    name = OPERATIONS[method, path][0]

    fields = fields_of(ask(method, path, f"{name}=json&{name}=json"))

    assert list(fields) == [name]


def test_what_was_mistyped_deletes_and_keeps_nothing(ask, api, stub_engine):
    before = set(Prediction.objects.values_list("pk", flat=True))

    kept = api.post(
        "/api/predictions/?stor=false", make_image(), content_type="image/png"
    )
    deleted = api.delete(f"/api/batches/{KNOWN}/?prediction=true")

    assert [kept.status_code, deleted.status_code] == [400, 400]
    assert api.get(f"/api/batches/{KNOWN}/").status_code == 200
    assert set(Prediction.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("address", hostile.KEPT)
def test_what_the_hostile_benchmark_looks_at_may_be_asked_for(ask, address):
    path, _, query = address.partition("?")

    assert ask("get", path, query).status_code == 200
