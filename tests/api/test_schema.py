import pytest
from django.core.management import call_command
from rest_framework.test import APIRequestFactory

from recognizer import engine
from recognizer.api.explanations import ExplanationOutput, explanation_data
from recognizer.api.serializers import PredictionOutput, prediction_data
from recognizer.services.predictions import prediction_preview
from tests.api.shapes import assert_same_fields
from tests.factories import make_explanation, make_image, make_prediction


def test_the_schema_is_valid_and_complete(tmp_path):
    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "api.yml")
    )


def test_a_stored_answer_has_the_fields_the_schema_promises(db):
    prediction = make_prediction(text="26")
    request = APIRequestFactory().get("/")

    data = prediction_data(
        prediction, prediction.digits.all(), is_stored=True, request=request
    )

    assert_same_fields(PredictionOutput(), data)
    assert set(data["links"]) == {"self", "page", "image", "explanation"}


def test_a_preview_has_the_fields_the_schema_promises(stub_engine):
    answer = prediction_preview(data=make_image())
    request = APIRequestFactory().get("/")

    data = prediction_data(
        answer.prediction, answer.digits, is_stored=False, request=request
    )

    assert_same_fields(PredictionOutput(), data)


def test_an_explanation_has_the_fields_the_schema_promises(db, monkeypatch):
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())

    data = explanation_data(make_prediction(text="26").digits.all())

    assert_same_fields(ExplanationOutput(), data)


def test_the_schema_says_that_only_the_outcome_tells_whether_to_believe_it(client):
    schema = client.get("/api/schema/?format=json").json()

    fields = schema["components"]["schemas"]["PredictionOutput"]["properties"]
    assert "whatever the outcome" in fields["digit"]["description"]


def test_the_schema_is_served(db, client):
    response = client.get("/api/schema/")

    assert response.status_code == 200
    assert b"/api/predictions/{public_id}/image/" in response.content


def test_the_schema_comes_as_json_too(db, client):
    assert client.get("/api/schema/?format=json").json()["openapi"].startswith("3.")


@pytest.mark.parametrize("url", ["/api/docs/", "/api/docs/?script="])
def test_the_docs_come_from_our_own_server(db, client, url):
    response = client.get(url)

    assert response.status_code == 200
    assert b"https://" not in response.content


def test_the_docs_page_has_no_inline_script(db, client):
    assert b"<script>" not in client.get("/api/docs/").content


def test_the_schema_says_that_a_picture_must_be_sent(client):
    schema = client.get("/api/schema/?format=json").json()

    operation = schema["paths"]["/api/predictions/"]["post"]
    assert operation["requestBody"]["required"]


def test_the_schema_says_that_nothing_need_be_said_to_train(client):
    schema = client.get("/api/schema/?format=json").json()

    operation = schema["paths"]["/api/training-runs/"]["post"]
    assert "required" not in operation["requestBody"]
