"""Draw and upload: the two pages that take a picture by form."""

from http import HTTPStatus

import pytest

from recognizer import engine, viewers
from recognizer.models import Prediction
from tests.factories import make_reading, make_upload

PAGES = pytest.mark.parametrize(
    ("url", "source"), [("/", "draw"), ("/upload/", "upload")]
)


@PAGES
def test_the_page_is_shown_without_a_query(client, url, source):
    # Without the fixture `db`, pytest-django lets no query through.
    assert client.get(url).status_code == 200


@PAGES
def test_a_picture_leads_to_its_result(db, client, stub_engine, url, source):
    response = client.post(url, {"image": make_upload()})

    prediction = Prediction.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/predictions/{prediction.public_id}/"
    assert prediction.source == source


def test_the_source_is_decided_by_the_page_and_not_by_the_form(db, client, stub_engine):
    client.post("/upload/", {"image": make_upload(), "source": "import"})

    assert Prediction.objects.get().source == "upload"


def test_a_newcomer_can_open_what_he_sent(db, client, stub_engine):
    response = client.post("/", {"image": make_upload()}, follow=True)

    assert response.status_code == 200
    assert viewers.COOKIE in client.cookies


@PAGES
def test_a_blank_picture_is_said_to_be_blank(db, client, stub_engine, url, source):
    stub_engine.reading = make_reading(outcome="blank")

    response = client.post(url, {"image": make_upload()})

    assert response.status_code == 200
    assert "nothing to read" in response.content.decode()
    assert not Prediction.objects.exists()


@PAGES
def test_no_file_is_answered_in_words(db, client, stub_engine, url, source):
    response = client.post(url)

    assert response.status_code == 400
    assert "There is no picture yet." in response.content.decode()


@PAGES
def test_an_empty_file_is_answered_in_words(db, client, stub_engine, url, source):
    response = client.post(url, {"image": make_upload(b"")})

    assert response.status_code == 400
    assert "This file is empty." in response.content.decode()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unreadable_image", HTTPStatus.BAD_REQUEST),
        ("image_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ("unsupported_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("artifact_damaged", HTTPStatus.SERVICE_UNAVAILABLE),
    ],
)
def test_what_the_engine_refuses_is_said_in_its_words(
    db, client, stub_engine, code, status
):
    stub_engine.error = engine.RecognizerError(
        "Save it again as PNG.", code=code, status=status
    )

    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == status
    assert "Save it again as PNG." in response.content.decode()
    assert not Prediction.objects.exists()


def test_a_file_over_the_limit_is_answered_in_words(db, client, stub_engine, settings):
    settings.MAX_IMAGE_BYTES = 10

    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == 413
    assert "larger than 25 MB" in response.content.decode()
    assert stub_engine.asked == []


def test_a_body_over_the_limit_gets_a_page_in_words(db, client, settings):
    settings.MAX_BODY_BYTES = 10

    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == 413
    assert "larger than 25 MB" in response.content.decode()


def test_a_body_of_unknown_length_gets_a_page_in_words(db, client):
    response = client.generic(
        "POST", "/upload/", headers={"Transfer-Encoding": "chunked"}
    )

    assert response.status_code == 411
    assert "Content-Length" in response.content.decode()
    assert "<title>" in response.content.decode()


def test_a_form_from_another_site_is_refused(db, stub_engine, settings):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)

    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == 403
    assert not Prediction.objects.exists()


@PAGES
def test_other_methods_are_refused(client, url, source):
    assert client.put(url).status_code == 405
