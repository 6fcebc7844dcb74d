"""How programs sign in with a token, and what is refused."""

import base64
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer.models import ApiToken, Prediction
from tests.factories import PASSWORD, make_prediction, make_token, make_upload

URL = "/api/tokens/"
ACCOUNT = "/api/account/"
PREDICTIONS = "/api/predictions/"


def with_token(secret):
    return {"Authorization": f"Token {secret}"}


def with_password(username, password):
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def age(token, **fields):
    ApiToken.objects.filter(pk=token.pk).update(**fields)


def test_a_token_signs_its_owner_in(alice, api):
    _, secret = make_token(alice)

    response = api.get(ACCOUNT, headers=with_token(secret))

    assert response.status_code == 200
    assert response.json()["username"] == "alice"


def test_what_a_program_stores_is_its_owners(alice, api, stub_engine):
    _, secret = make_token(alice)

    response = api.post(
        PREDICTIONS,
        {"image": make_upload()},
        format="multipart",
        headers=with_token(secret),
    )

    assert response.status_code == 201
    assert Prediction.objects.get().owner == alice
    assert "visitor" not in response.cookies


def test_a_program_sees_its_owners_predictions_and_no_others(alice, bob, api):
    own, _others = make_prediction(owner=alice), make_prediction(owner=bob)
    _, secret = make_token(alice)

    listed = api.get(PREDICTIONS, headers=with_token(secret)).json()["results"]

    assert [entry["id"] for entry in listed] == [str(own.public_id)]


def test_a_token_counts_before_a_session(alice, bob, api):
    api.force_login(bob)
    _, secret = make_token(alice)

    response = api.get(ACCOUNT, headers=with_token(secret))

    assert response.json()["username"] == "alice"


def test_the_secret_is_not_kept(alice):
    _, secret = make_token(alice)

    (row,) = ApiToken.objects.values_list()

    assert secret.startswith("digits_")
    assert not any(secret in str(value) for value in row)


def test_reading_with_a_token_takes_one_query_more(alice, api):
    _, secret = make_token(alice)
    api.get(ACCOUNT, headers=with_token(secret))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        api.get(ACCOUNT, headers=with_token(secret))

    assert len(queries) == 2  # the token with its user, and what the account counts


def test_its_last_use_is_kept_to_the_minute(alice, api):
    token, secret = make_token(alice)
    two_minutes_ago = timezone.now() - timedelta(minutes=2)
    age(token, last_used_at=two_minutes_ago)

    api.get(ACCOUNT, headers=with_token(secret))

    token.refresh_from_db()
    assert token.last_used_at > two_minutes_ago


def test_its_last_use_is_not_written_with_every_request(alice, api):
    token, secret = make_token(alice)
    just_now = timezone.now() - timedelta(seconds=30)
    age(token, last_used_at=just_now)

    api.get(ACCOUNT, headers=with_token(secret))

    token.refresh_from_db()
    assert token.last_used_at == just_now


def test_an_expired_token_is_refused_and_cleaned_up(alice, api):
    token, secret = make_token(alice)
    age(token, expiry=timezone.now())

    response = api.get(ACCOUNT, headers=with_token(secret))

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "authentication_failed"
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("url", [ACCOUNT, PREDICTIONS, f"{PREDICTIONS}?store=false"])
@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Token digits_wrong",
        "Token two words",
        "Token \x00",
        "Token \xff\xfe",
        "Token \u20ac",
        pytest.param("Token " + "x" * 8000, id="a long one"),
        "Bearer digits_wrong",
        "nonsense",
    ],
)
def test_a_wrong_header_is_refused_whatever_is_asked(db, api, stub_engine, url, header):
    response = api.post(
        url,
        {"image": make_upload()},
        format="multipart",
        headers={"Authorization": header},
    )

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["error"]["code"] == "authentication_failed"
    assert response.json()["error"]["message"].endswith(".")
    assert stub_engine.asked == []


def test_a_header_for_a_proxy_in_front_is_not_ours(api, stub_engine):
    # Without the fixture `db`: nobody's session is loaded for a preview.
    response = api.post(
        f"{PREDICTIONS}?store=false",
        {"image": make_upload()},
        format="multipart",
        headers=with_password("proxy", "secret"),
    )

    assert response.status_code == 200


def test_without_any_account_there_is_no_room(db, api):
    for url in (URL, ACCOUNT, f"{ACCOUNT}export/"):
        response = api.get(url)

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"
        assert response.json()["error"]["code"] == "not_authenticated"


def test_a_password_counts_nowhere_else(alice, api):
    response = api.get(ACCOUNT, headers=with_password("alice", PASSWORD))

    assert response.status_code == 401


def test_a_token_of_the_staff_may_what_they_may(rita, alice, api):
    _, of_staff = make_token(rita.user)
    _, of_user = make_token(alice)

    codes = [
        api.get("/api/models/", headers=with_token(secret)).status_code
        for secret in (of_staff, of_user)
    ]

    assert codes == [200, 403]


def test_a_token_opens_no_page(alice):
    _, secret = make_token(alice)

    response = Client().get("/account/", headers=with_token(secret))

    assert b"alice" not in response.content
