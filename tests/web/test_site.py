"""What holds for the site as a whole: headers, errors, the way in and out."""

from http import HTTPStatus

import pytest
from django.test import Client, RequestFactory

from digitsite import errors
from tests.factories import PASSWORD


@pytest.fixture
def headers(client):
    return client.get("/").headers


def test_the_policy_lets_nothing_run_that_is_not_ours(headers):
    policy = headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_other_site_may_frame_sniff_or_hear_of_ours(headers):
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_no_script_is_given_a_camera_or_a_place(headers):
    for feature in ("camera", "microphone", "geolocation"):
        assert f"{feature}=()" in headers["Permissions-Policy"]


def test_an_unknown_address_gets_a_page_in_words(db, client):
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert 'href="/"' in response.content.decode()


def test_a_strange_host_gets_a_page_in_words(db, client):
    response = client.get("/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "<title>" in response.content.decode()


def test_a_bug_of_ours_gets_a_page_in_words(client, monkeypatch, caplog):
    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("recognizer.selectors.prediction_page", fail)
    client.raise_request_exception = False

    response = client.get("/predictions/")

    assert response.status_code == 500
    assert "<title>" in response.content.decode()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("path", "is_json"), [("/x/", False), ("/api/x/", True)])
def test_what_is_forbidden_is_said_to_people_and_to_programs(path, is_json):
    response = errors.permission_denied(RequestFactory().get(path), Exception())

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response["Content-Type"].startswith("application/json") == is_json


def test_a_missing_csrf_token_gets_a_page_in_words(db):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/")

    assert response.status_code == 403
    assert "<title>" in response.content.decode()


def test_logging_in_leads_to_the_history(alice, client):
    response = client.post(
        "/accounts/login/", {"username": "alice", "password": PASSWORD}
    )

    assert response.status_code == 302
    assert response["Location"] == "/predictions/"


def test_a_wrong_password_is_answered_in_words(alice, client):
    response = client.post("/accounts/login/", {"username": "alice", "password": "no"})

    assert response.status_code == 200
    assert "correct username and password" in response.content.decode()


def test_logging_out_leads_to_the_first_page(alice, client):
    client.force_login(alice)

    response = client.post("/accounts/logout/")

    assert response["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_a_link_cannot_log_anybody_out(alice, client):
    client.force_login(alice)

    assert client.get("/accounts/logout/").status_code == 405


def test_pictures_have_no_address_of_their_own(db, client, media_root):
    media_root.mkdir()
    (media_root / "secret.png").write_bytes(b"x")

    assert client.get("/media/secret.png").status_code == 404
