"""Every error of the API has one shape, wherever in the stack it arises."""

from uuid import uuid4

import pytest
from django.core.exceptions import SuspiciousOperation

from recognizer.models import Prediction
from tests.factories import make_prediction, make_upload

URL = "/api/predictions/"


def assert_error(response, status, code):
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert set(error) <= {"code", "message", "fields"}


def test_no_file(db, api):
    response = api.post(URL, {}, format="multipart")

    assert_error(response, 400, "invalid")
    assert "image" in response.json()["error"]["fields"]


def test_an_empty_file(db, api, stub_engine):
    response = api.post(URL, {"image": make_upload(b"")}, format="multipart")

    assert_error(response, 400, "invalid")
    assert stub_engine.asked == []


def test_malformed_json(db, api):
    response = api.post(URL, '{"image": ', content_type="application/json")

    assert_error(response, 400, "parse_error")


@pytest.mark.parametrize("query", ["", "?store=false"])
def test_json_nested_without_end(db, api, query):
    response = api.post(URL + query, "[" * 100_000, content_type="application/json")

    assert_error(response, 400, "parse_error")


@pytest.mark.parametrize("depth", range(900, 1000, 25))
def test_a_source_nested_nearly_without_end(db, api, depth):
    body = f'{{"image": "iVBORw==", "source": {"[" * depth}{"]" * depth}}}'

    response = api.post(URL, body, content_type="application/json")

    assert response.status_code == 400


@pytest.mark.parametrize("query", ["", "?store=false"])
def test_half_a_character_in_the_source(db, api, query):
    body = '{"image": "iVBORw==", "source": "\\ud800"}'

    response = api.post(URL + query, body, content_type="application/json")

    assert_error(response, 400, "invalid")
    assert "\\ud800" in response.json()["error"]["fields"]["source"][0]


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "7"])
def test_json_that_is_no_object(db, api, body):
    response = api.post(URL, body, content_type="application/json")

    assert_error(response, 400, "invalid")


def test_a_malformed_form(db, api):
    response = api.post(URL, b"nonsense", content_type="multipart/form-data")

    assert_error(response, 400, "parse_error")


def test_too_many_files(db, api, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    files = {"image": make_upload(), "other": make_upload()}

    response = api.post(URL, files, format="multipart")

    assert_error(response, 400, "parse_error")


def test_an_unknown_content_type(db, api):
    response = api.post(URL, b"%PDF", content_type="application/pdf")

    assert_error(response, 415, "unsupported_media_type")


def test_a_method_that_is_not_there(db, api):
    response = api.put(URL, {})

    assert_error(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


def test_an_unknown_prediction(db, api):
    assert_error(api.get(f"{URL}{uuid4()}/"), 404, "not_found")


def test_an_unknown_address(db, api):
    assert_error(api.get("/api/nothing/here/"), 404, "not_found")


def test_a_body_over_the_limit(db, api, settings):
    settings.MAX_BODY_BYTES = 10

    response = api.post(URL, {"image": make_upload()}, format="multipart")

    assert_error(response, 413, "image_too_large")


def test_a_body_of_unknown_length(db, api):
    response = api.generic("POST", URL, headers={"Transfer-Encoding": "chunked"})

    assert_error(response, 411, "length_required")


@pytest.mark.parametrize("url", ["/api/schema/", "/api/docs/"])
def test_a_method_that_the_schema_has_not(api, url):
    assert_error(api.post(url), 405, "method_not_allowed")


@pytest.mark.parametrize("url", ["/api/schema/", "/api/docs/"])
def test_a_form_that_the_schema_has_not(api, url):
    response = api.get(url, {"format": "foo"})

    assert_error(response, 400, "invalid")
    assert "Leave it out" in response.json()["error"]["fields"]["format"][0]


@pytest.mark.parametrize(
    ("url", "media_type"),
    [("/api/schema/", "application/vnd.oai.openapi"), ("/api/docs/", "text/html")],
)
def test_a_picky_accept_header_gets_the_usual_form(db, api, url, media_type):
    response = api.get(url, headers={"Accept": "image/png"})

    assert response.status_code == 200
    assert response["Content-Type"].startswith(media_type)


def test_a_strange_host(db, api):
    assert_error(api.get(URL, headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_bug_of_ours(db, api, monkeypatch, caplog):
    monkeypatch.setattr("recognizer.selectors.prediction_page", lambda **_: 1 / 0)
    api.raise_request_exception = False

    response = api.get(URL)

    assert_error(response, 500, "server_error")
    assert "ZeroDivisionError" in caplog.text


def test_a_suspicious_request(db, api, monkeypatch):
    def refuse(**_):
        raise SuspiciousOperation

    monkeypatch.setattr("recognizer.selectors.prediction_page", refuse)

    assert_error(api.get(URL), 400, "parse_error")


def test_a_picky_accept_header_is_answered_in_json_all_the_same(db, api):
    response = api.get(URL, headers={"Accept": "text/html"})

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


def test_a_form_is_not_asked_for_where_there_is_but_one(db, api, visitor):
    mine = make_prediction(visitor=visitor)

    response = api.get(f"{URL}{mine.public_id}/", {"format": "xml"})

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


def test_nothing_is_stored_on_any_error(db, api, stub_engine):
    api.post(URL, {}, format="multipart")
    api.post(URL, {"image": make_upload(b"")}, format="multipart")
    api.post(URL, b"%PDF", content_type="application/pdf")

    assert not Prediction.objects.exists()
