"""Which codes there are, and that documentation, schema and code agree on them."""

import ast
import re
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError
from rest_framework import exceptions

from ml.errors import ImageError, MlError
from recognizer.api.codes import Code
from recognizer.api.errors import Conflict, exception_handler
from recognizer.engine.errors import RecognizerError, ml_errors
from tests.api.test_error_shape import assert_error

ROOT = Path(__file__).resolve().parents[2]
URL = "/api/predictions/"
# Only a page lets the result of one training answer.
CODES_OF_PAGES = {"no_version"}


def documented():
    """The codes in docs/api.md with their statuses."""
    text = (ROOT / "docs/api.md").read_text("utf-8").partition("## Errors")[2]
    rows = re.findall(r"^\| (\d{3}) \| (.+?) \|", text, re.MULTILINE)
    return sorted(
        (code, int(status))
        for status, codes in rows
        for code in re.findall(r"`(\w+)`", codes)
    )


def test_every_code_is_documented_with_its_status_and_no_other():
    assert documented() == sorted((str(code), code.status) for code in Code)


def test_no_answer_is_made_with_a_code_in_letters():
    written = {
        (path.name, node.value)
        for path in [*ROOT.glob("recognizer/api/*.py"), *ROOT.glob("digitsite/*.py")]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in set(Code)
        if path.name != "codes.py"
    }

    # What serializers call the same and mean otherwise: DRF's names of messages.
    assert {name for name, _ in written} <= {"fields.py"}


def test_every_code_of_a_refused_training_is_known():
    codes = set()
    for path in ROOT.glob("recognizer/services/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "TrainingRefused"
            ):
                codes.add(ast.literal_eval(node.args[1]))

    assert codes - CODES_OF_PAGES <= set(Code)


def pictures_and_models():
    yield from ImageError.__subclasses__()
    yield from (
        each for each in MlError.__subclasses__() if "Artifact" in each.__name__
    )


@pytest.mark.parametrize("kind", list(pictures_and_models()))
def test_every_picture_that_cannot_be_read_has_a_code_with_its_status(kind):
    with pytest.raises(RecognizerError) as raised, ml_errors():
        raise kind("Words.")

    assert Code(raised.value.code).status == raised.value.status


def answer(error, **context):
    return exception_handler(error, context)


def test_a_code_that_nobody_knows_is_not_handed_out(caplog):
    response = answer(exceptions.PermissionDenied("You may not.", code="secret_door"))

    assert response.status_code == 403
    assert response.data["error"] == {
        "code": "permission_denied",
        "message": "You may not.",
    }
    assert "'secret_door'" in caplog.text


def test_a_conflict_is_made_with_a_known_code_only():
    with pytest.raises(ValueError, match="of_interest"):
        Conflict("Words.", "of_interest")


def test_what_is_wrong_inside_of_a_field_is_said_with_its_name():
    inner = {"review": ["This field is required."], "label": ["No.", "Not so."]}

    error = answer(exceptions.ValidationError({"shown": inner})).data["error"]

    assert error["message"] == "review: This field is required."
    assert error["fields"] == {
        "shown": [
            "review: This field is required.",
            "label: No.",
            "label: Not so.",
        ]
    }


def test_what_is_wrong_in_a_list_is_said_with_its_place():
    detail = {"images": [{}, {"source": ["No."]}], "labels": {3: ["No."]}}

    error = answer(exceptions.ValidationError(detail)).data["error"]

    assert error["fields"]["images"] == ["1: source: No."]
    assert error["fields"]["labels"] == ["3: No."]


def test_what_is_wrong_with_all_of_it_is_no_field(db, api):
    response = api.post(URL, "[]", content_type="application/json")

    error = response.json()["error"]
    assert error["message"] == "Expected a JSON object. Received: an array."
    assert "fields" not in error


def test_what_was_sent_is_not_said_back_at_any_length(db, api):
    response = api.post(
        URL, {"image": "iVBORw==", "source": "x" * 100_000}, format="json"
    )

    assert_error(response, 400, "invalid")
    assert len(response.content) < 2_000


def test_a_kind_of_request_that_is_not_read_is_told_which_are(db, api):
    response = api.post(URL, b"a=1", content_type="text/plain")

    message = response.json()["error"]["message"]
    assert "multipart/form-data, application/json, image/*" in message


def locked():
    error = OperationalError("database is locked")
    error.__cause__ = type("Cause", (Exception,), {"sqlite_errorcode": 5})()
    return error


@pytest.mark.parametrize(
    "error",
    [
        locked(),
        OperationalError("could not connect to server"),
        InterfaceError("connection already closed"),
    ],
    ids=["locked", "away", "closed"],
)
def test_a_database_that_is_away_is_worth_another_try(
    db, api, monkeypatch, caplog, error
):
    def fail(**_):
        raise error

    monkeypatch.setattr("recognizer.selectors.prediction_page", fail)

    response = api.get(URL)

    assert_error(response, 503, "unavailable")
    assert int(response["Retry-After"]) > 0
    assert "The database does not answer." in caplog.text


def test_wrong_sql_of_ours_is_a_mistake_of_ours(db, api, monkeypatch, caplog):
    def fail(**_):
        error = OperationalError("no such column")
        raise error from type("Cause", (Exception,), {"sqlite_errorcode": 1})()

    monkeypatch.setattr("recognizer.selectors.prediction_page", fail)
    api.raise_request_exception = False

    assert_error(api.get(URL), 500, "server_error")


@pytest.fixture(scope="module")
def operations():
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def lacking(operations, statuses, wanted=lambda operation: True):
    return [
        name
        for name, operation in operations.items()
        if wanted(operation) and not set(statuses) <= set(operation["responses"])
    ]


def test_the_schema_says_of_every_operation_that_it_has_a_limit(operations):
    assert lacking(operations, ["429", "503"]) == []
    for operation in operations.values():
        for status in {"429", "503"} & set(operation["responses"]):
            assert "Retry-After" in operation["responses"][status]["headers"]


def test_the_schema_says_where_a_token_may_be_wrong(operations):
    assert (
        lacking(operations, ["401"], lambda each: any(each.get("security", []))) == []
    )


def test_the_schema_says_how_a_body_may_be_wrong(operations):
    statuses = ["400", "411", "413", "415"]

    assert lacking(operations, statuses, lambda each: "requestBody" in each) == []


def test_the_schema_says_that_what_is_named_may_not_be_there(operations):
    named = {name: each for name, each in operations.items() if "{" in name}

    assert lacking(named, ["404"]) == []


def test_every_error_in_the_schema_has_the_one_shape_and_a_code_of_its_status(
    operations,
):
    for name, operation in operations.items():
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            content = response["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorOutput"}
            assert content["examples"], (name, status)
            for example in content["examples"].values():
                error = example["value"]["error"]
                assert Code(error["code"]).status == int(status), (name, error)
                assert error["message"]
