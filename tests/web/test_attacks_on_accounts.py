"""How somebody might come to another one's account, or to rights that are not his."""

import logging

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from recognizer.models import User
from tests.factories import PASSWORD, make_token, make_user

LOGIN = "/accounts/login/"
SIGNUP = "/accounts/signup/"
NEWCOMER = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}


def log_in(client, username="alice", password=PASSWORD):
    return client.post(LOGIN, {"username": username, "password": password})


def session_key(client):
    return client.cookies["sessionid"].value


def test_a_session_from_before_the_log_in_is_not_the_one_after_it(alice, client):
    client.session.save()
    client.get("/")
    before = client.session.session_key

    log_in(client)

    assert session_key(client) != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert "alice" not in planted.get("/account/").content.decode()


def test_a_session_that_somebody_made_up_is_not_taken_over(alice, client):
    client.cookies["sessionid"] = "a" * 32

    log_in(client)

    assert session_key(client) != "a" * 32


def test_a_session_ends_with_the_log_out(alice, client):
    log_in(client)
    stolen = Client()
    stolen.cookies["sessionid"] = session_key(client)

    client.post("/accounts/logout/")

    assert "alice" not in stolen.get("/account/").content.decode()


def test_scripts_and_other_sites_do_not_get_at_the_session(alice, client):
    cookie = log_in(client).cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_token_against_other_sites_is_not_sent_to_us_by_them(db, client):
    cookie = client.get(LOGIN).cookies["csrftoken"]

    assert cookie["samesite"] == "Lax"


def test_a_log_in_does_not_say_which_names_there_are(alice, client):
    make_user("gone", is_active=False)

    answers = [
        log_in(client, name, "wrong").content.decode().replace(name, "NAME")
        for name in ("alice", "nobody", "gone")
    ]

    texts = {
        answer.partition('role="alert"')[2].partition("</")[0] for answer in answers
    }
    assert len(texts) == 1
    assert "correct username and password" in texts.pop()


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_log_in_takes_as_long_whether_there_is_the_name_or_not(
    alice, client, monkeypatch, name
):
    """Hashing takes half a second, which could be told from none."""
    hashed = []

    def note(password, *rest, **named):
        hashed.append(password)
        return check_password(password, *rest, **named)

    monkeypatch.setattr("django.contrib.auth.base_user.check_password", note)
    monkeypatch.setattr(
        User, "set_password", lambda _, password: hashed.append(password)
    )

    log_in(client, name, "wrong")

    assert hashed == ["wrong"]


def test_nobody_signs_up_with_rights(db, client):
    client.post(SIGNUP, NEWCOMER | {"is_staff": "on", "is_superuser": "on"})

    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_neither_tokens_nor_passwords_nor_pictures_are_in_the_log(
    alice, client, api, caplog, monkeypatch
):
    _, secret = make_token(alice)
    monkeypatch.setattr("recognizer.selectors.prediction_page", lambda **_: 1 / 0)
    api.raise_request_exception = False

    with caplog.at_level(logging.DEBUG):
        log_in(client)
        log_in(client, password="a wrong horse")
        answer = api.get("/api/predictions/", HTTP_AUTHORIZATION=f"Token {secret}")

    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    for kept_to_oneself in (secret, PASSWORD, "a wrong horse"):
        assert kept_to_oneself not in caplog.text
