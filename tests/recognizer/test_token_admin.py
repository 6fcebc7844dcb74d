"""Tokens in the administration."""

import pytest

from recognizer.models import ApiToken
from tests.factories import make_admin, make_token

URL = "/admin/recognizer/apitoken/"


@pytest.fixture
def admin(db, client):
    client.force_login(make_admin())
    return client


def test_tokens_are_listed_with_their_users_and_no_secret(admin, alice):
    token, secret = make_token(alice, name="the scanner")

    pages = [admin.get(URL), admin.get(f"{URL}{token.pk}/change/")]

    for page in pages:
        text = page.content.decode()
        assert "the scanner" in text
        assert "alice" in text
        assert secret not in text
        assert token.digest not in text
        assert secret[:15] not in text


def test_deleting_one_revokes_it(admin, alice, api):
    token, secret = make_token(alice)

    admin.post(f"{URL}{token.pk}/delete/", {"post": "yes"})

    headers = {"Authorization": f"Token {secret}"}
    assert api.get("/api/account/", headers=headers).status_code == 401


def test_none_is_made_or_changed_there(admin, alice):
    token, _ = make_token(alice)

    assert admin.get(f"{URL}add/").status_code == 403
    assert admin.post(f"{URL}{token.pk}/change/", {"name": "x"}).status_code == 403
    assert ApiToken.objects.get().name == token.name


def test_they_are_found_by_name_and_user(admin, alice, bob):
    make_token(alice, name="one")
    make_token(bob, name="two")

    text = admin.get(f"{URL}?q=bob").content.decode()

    assert "two" in text
    assert ">one<" not in text
