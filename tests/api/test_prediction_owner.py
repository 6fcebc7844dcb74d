"""Whose a stored picture becomes, and how they are known again."""

from recognizer import viewers
from recognizer.models import Prediction
from tests.factories import make_upload

URL = "/api/predictions/"


def post_file(client):
    return client.post(URL, {"image": make_upload()}, format="multipart")


def test_a_newcomer_finds_what_he_stored_by_the_cookie(db, api, stub_engine):
    stored = post_file(api).json()

    listed = api.get(URL).json()["results"]

    assert [entry["id"] for entry in listed] == [stored["id"]]


def test_the_visitors_cookie_is_out_of_reach_of_scripts(db, api, stub_engine):
    cookie = post_file(api).cookies[viewers.COOKIE]

    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 400 * 24 * 60 * 60


def test_the_visitors_cookie_is_secure_under_https(db, api, stub_engine, settings):
    settings.DIGITS_HTTPS = True

    cookie = post_file(api).cookies[viewers.COOKIE]

    assert cookie["secure"] is True


def test_another_site_cannot_replace_the_visitors_cookie(db, api, stub_engine):
    response = api.post(
        URL,
        {"image": make_upload()},
        format="multipart",
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert viewers.COOKIE not in response.cookies


def test_a_forged_cookie_makes_nobody_a_visitor(db, api, stub_engine):
    api.cookies[viewers.COOKIE] = "0" * 32

    response = post_file(api)

    assert Prediction.objects.get().visitor is not None
    assert response.cookies[viewers.COOKIE].value != "0" * 32


def test_a_signed_in_users_picture_is_his_own(alice, api, stub_engine):
    api.force_authenticate(alice)

    response = post_file(api)

    assert Prediction.objects.get().owner == alice
    assert viewers.COOKIE not in response.cookies


def test_a_signed_in_browser_must_send_its_csrf_token(alice, api, stub_engine):
    api.force_login(alice)

    response = post_file(api)

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert not Prediction.objects.exists()


def test_a_signed_in_browser_with_its_csrf_token_is_let_in(alice, api, stub_engine):
    api.force_login(alice)
    token = api.get("/accounts/login/").cookies["csrftoken"].value

    response = api.post(
        URL, {"image": make_upload()}, format="multipart", HTTP_X_CSRFTOKEN=token
    )

    assert response.status_code == 201
    assert Prediction.objects.get().owner == alice
