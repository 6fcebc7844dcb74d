"""Tokens: how programs get them, sign in with them, and lose them."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer.answers import token_data
from recognizer.api.tokens import NewTokenOutput, TokenListOutput
from recognizer.models import ApiToken
from recognizer.services.tokens import MOST_TOKENS, token_create
from tests.api.shapes import assert_same_fields
from tests.factories import PASSWORD, make_token

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


def test_a_signed_in_browser_makes_a_token(alice, api):
    api.force_login(alice)
    csrf = api.get("/accounts/login/").cookies["csrftoken"].value

    response = api.post(
        URL, {"name": "scanner"}, format="json", headers={"X-CSRFToken": csrf}
    )

    token = ApiToken.objects.get()
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    assert_same_fields(NewTokenOutput(), response.json())
    assert token.name == "scanner"
    lifetime = token.expiry - timezone.now()
    assert timedelta(days=89) < lifetime <= timedelta(days=90)
    made = api.get(ACCOUNT, headers=with_token(response.json()["secret"]))
    assert made.json()["username"] == "alice"


def test_a_signed_in_browser_needs_its_csrf_token(alice, api):
    api.force_login(alice)

    response = api.post(URL, {"name": "scanner"}, format="json")

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert not ApiToken.objects.exists()


def test_username_and_password_make_a_token(alice, api):
    response = api.post(
        URL,
        {"name": "scanner", "expires_in_days": 366},
        format="json",
        headers=with_password("alice", PASSWORD),
    )

    assert response.status_code == 201
    assert ApiToken.objects.get().user == alice


@pytest.mark.parametrize(
    "header",
    [
        with_password("alice", "wrong")["Authorization"],
        with_password("nobody", PASSWORD)["Authorization"],
        with_password("al\x00ice", PASSWORD)["Authorization"],
        with_password("al\ud7ffice", PASSWORD)["Authorization"],
        "Basic",
        "Basic %%%",
        "Basic /////w==",
        "Basic YWxpY2U=",
    ],
)
def test_a_wrong_password_makes_none(alice, api, header):
    response = api.post(
        URL, {"name": "x"}, format="json", headers={"Authorization": header}
    )

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "authentication_failed"
    assert not ApiToken.objects.exists()


def test_the_password_of_an_inactive_user_makes_none(alice, api):
    alice.is_active = False
    alice.save()

    response = api.post(
        URL, {"name": "x"}, format="json", headers=with_password("alice", PASSWORD)
    )

    assert response.status_code == 401


def test_a_token_makes_no_others(alice, api):
    _, secret = make_token(alice)

    response = api.post(URL, {"name": "x"}, format="json", headers=with_token(secret))

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "token_not_allowed"
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x", "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "expires_in_days": 367}, "expires_in_days"),
        ({"name": "x", "expires_in_days": "soon"}, "expires_in_days"),
        ({"name": "x", "expires_in_days": None}, "expires_in_days"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(alice, api, given, field):
    response = api.post(
        URL, given, format="json", headers=with_password("alice", PASSWORD)
    )

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [field]


def test_half_a_character_is_no_name(alice, api):
    response = api.post(
        URL,
        '{"name": "\\ud800"}',
        content_type="application/json",
        headers=with_password("alice", PASSWORD),
    )

    assert response.status_code == 400


def test_there_are_fifty_at_most(alice, api):
    for _ in range(MOST_TOKENS):
        make_token(alice)

    response = api.post(
        URL, {"name": "x"}, format="json", headers=with_password("alice", PASSWORD)
    )

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "too_many_tokens"
    assert ApiToken.objects.count() == MOST_TOKENS


def test_expired_ones_are_in_nobodys_way(alice, api):
    for _ in range(MOST_TOKENS):
        make_token(alice)
    ApiToken.objects.update(expiry=timezone.now())

    response = api.post(
        URL, {"name": "x"}, format="json", headers=with_password("alice", PASSWORD)
    )

    assert response.status_code == 201
    assert ApiToken.objects.count() == 1


def test_one_sees_ones_own_and_no_secret(alice, bob, api):
    token, secret = make_token(alice)
    make_token(bob)

    response = api.get(URL, headers=with_token(secret))

    assert [entry["id"] for entry in response.json()["results"]] == [str(token.pk)]
    assert secret not in response.content.decode()
    assert_same_fields(TokenListOutput(), {"results": [token_data(token)]})


def test_expired_ones_are_not_listed(alice, api):
    token, _ = make_token(alice)
    age(token, expiry=timezone.now())
    api.force_authenticate(alice)

    assert api.get(URL).json() == {"results": []}


def test_a_revoked_token_ends_at_once(alice, api):
    token, secret = make_token(alice)

    response = api.delete(f"{URL}{token.pk}/", headers=with_token(secret))

    assert response.status_code == 204
    assert api.get(ACCOUNT, headers=with_token(secret)).status_code == 401


def test_somebody_elses_token_is_not_found(alice, bob, api):
    token, _ = make_token(bob)
    _, secret = make_token(alice)

    response = api.delete(f"{URL}{token.pk}/", headers=with_token(secret))

    assert response.status_code == 404
    assert ApiToken.objects.filter(user=bob).exists()


def test_not_even_the_staff_revokes_others_here(bob, rita, api):
    token, _ = make_token(bob)
    api.force_authenticate(rita.user)

    assert api.delete(f"{URL}{token.pk}/").status_code == 404


def test_a_token_that_never_was_is_not_found(alice, api):
    api.force_authenticate(alice)

    assert api.delete(f"{URL}{uuid4()}/").status_code == 404


def test_nobody_revokes_without_an_account(alice, api):
    token, _ = make_token(alice)

    assert api.delete(f"{URL}{token.pk}/").status_code == 401


def test_a_token_of_no_days_is_not_made(alice):
    with pytest.raises(ValueError, match="Expected 1 to 366 days"):
        token_create(user=alice, name="x", days=0)
