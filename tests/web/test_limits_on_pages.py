"""Limits, as people meet them: drawing, uploading, logging in."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from recognizer.models import Prediction, RequestAllowance, User
from recognizer.uploads import BatchUploadHandler
from tests.factories import PASSWORD, make_admin, make_upload

LOGIN = "/accounts/login/"
NEW = "a quite different horse"
NEW_PASSWORDS = {"new_password1": NEW, "new_password2": NEW}
# How a wrong password is answered.
GUESSED = {"/account/delete/": 400, "/account/password/": 200}


def save(client, url="/"):
    return client.post(url, {"image": make_upload()})


def log_in(client, username="alice", password="no", url=LOGIN, **more):
    return client.post(url, {"username": username, "password": password}, **more)


def sign_up(client, username):
    given = {"username": username, "password1": NEW, "password2": NEW}
    return client.post("/accounts/signup/", given)


@pytest.mark.parametrize("url", ["/", "/upload/"])
def test_who_saves_too_often_is_asked_to_wait(narrow, client, stub_engine, url):
    for _ in range(3):
        save(client, url)

    response = save(client, url)

    words = response.content.decode()
    assert response.status_code == 429
    assert response["Retry-After"] == "1200"
    assert "Wait 20 minutes, then go back" in words
    assert "<title>" in words
    assert Prediction.objects.count() == 3


def test_who_has_to_wait_is_led_back_to_the_form(narrow, alice, client):
    form = f"http://testserver{LOGIN}?next=/account/"
    for _ in range(2):
        log_in(client)

    response = log_in(client, HTTP_REFERER=form)

    assert response.status_code == 429
    assert f'href="{form}">Back to the form' in response.content.decode()


@pytest.mark.parametrize(
    "came_from", ["", "https://elsewhere.example/", "javascript:alert(1)"]
)
def test_who_has_to_wait_is_led_to_no_other_site(narrow, alice, client, came_from):
    for _ in range(2):
        log_in(client)

    response = log_in(client, HTTP_REFERER=came_from)

    assert response.status_code == 429
    assert "Back to the form" not in response.content.decode()
    assert "elsewhere" not in response.content.decode()


def test_drawing_uploading_and_programs_are_counted_together(
    narrow, client, stub_engine
):
    save(client, "/")
    save(client, "/upload/")
    save(client, "/api/predictions/")

    assert save(client, "/").status_code == 429


def test_looking_at_pages_is_not_counted(narrow, client):
    for url in ["/", "/upload/", "/predictions/"] * 3:
        assert client.get(url).status_code == 200

    assert not RequestAllowance.objects.exists()


def test_who_guesses_a_password_is_stopped(narrow, alice, client):
    answers = [log_in(client).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_then_the_right_password_is_not_looked_at_either(narrow, alice, client):
    for _ in range(2):
        log_in(client)

    response = log_in(client, password=PASSWORD)

    assert response.status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_name_is_protected_from_guesses_of_many_addresses(narrow, alice, client):
    log_in(client, REMOTE_ADDR="192.0.2.1")
    log_in(client, username=" ALICE", REMOTE_ADDR="192.0.2.2")

    assert log_in(client, REMOTE_ADDR="192.0.2.3").status_code == 429


def test_an_address_may_guess_at_few_names(narrow, client):
    answers = [log_in(client, username=f"name{n}").status_code for n in range(11)]

    assert answers == [200] * 10 + [429]


def test_a_whole_class_logs_in_from_one_address(narrow, alice):
    narrow.DIGITS_RATE_LOGIN = (1, 60 * 60)

    answers = [log_in(Client(), password=PASSWORD).status_code for _ in range(30)]

    assert answers == [302] * 30


def test_the_administration_has_no_log_in_of_its_own_to_guess_at(narrow, client):
    make_admin("admin")

    answers = [
        log_in(client, username="admin", url="/admin/login/").status_code
        for _ in range(3)
    ]

    assert answers == [200, 200, 429]


def test_commands_are_not_counted(narrow, alice):
    answers = [authenticate(username="alice", password=PASSWORD) for _ in range(9)]

    assert answers == [alice] * 9


def test_switched_off_nobody_who_logs_in_is_counted(narrow, alice, client):
    narrow.DIGITS_THROTTLE = False

    assert [log_in(client).status_code for _ in range(9)] == [200] * 9


def test_batches_are_counted_with_them(narrow, client):
    for _ in range(3):
        assert client.post("/batches/", {"files": make_upload()}).status_code == 303

    assert client.post("/batches/", {"files": make_upload()}).status_code == 429


def test_batches_without_a_csrf_token_are_counted_before_they_are_taken_in(
    narrow, monkeypatch
):
    read = []
    take_in = BatchUploadHandler.handle_raw_input

    def note(handler, *given, **named):
        read.append(handler)
        return take_in(handler, *given, **named)

    monkeypatch.setattr(BatchUploadHandler, "handle_raw_input", note)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32

    answers = [browser.post("/batches/", {"files": make_upload()}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 429, 429]
    assert len(read) == 3


def test_batches_of_programs_are_counted_with_them(narrow, api):
    for _ in range(3):
        sent = api.post("/api/batches/", {"files": make_upload()}, format="multipart")
        assert sent.status_code == 202

    sent = api.post("/api/batches/", {"files": make_upload()}, format="multipart")
    assert sent.status_code == 429


@pytest.mark.parametrize("url", ["/account/delete/", "/account/password/"])
def test_who_guesses_the_password_in_a_browser_left_open_is_stopped(
    narrow, alice, client, url
):
    client.force_login(alice)
    wrong, right = (
        {"password": old, "old_password": old} | NEW_PASSWORDS
        for old in ("no", PASSWORD)
    )

    guesses = [client.post(url, wrong).status_code for _ in range(3)]
    response = client.post(url, right)

    assert guesses == [GUESSED[url], GUESSED[url], 429]
    assert response.status_code == 429
    assert "then go back" in response.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_guesses_at_an_open_account_and_at_the_log_in_are_counted_together(
    narrow, alice, client
):
    client.force_login(alice)
    for _ in range(2):
        client.post("/account/delete/", {"password": "no"})

    assert log_in(Client(), password=PASSWORD).status_code == 429


def test_the_right_password_is_not_counted_when_it_is_changed(narrow, alice, client):
    client.force_login(alice)
    too_short = {
        "old_password": PASSWORD,
        "new_password1": "x",
        "new_password2": "x",
    }

    answers = [client.post("/account/password/", too_short) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4


def test_one_address_makes_few_accounts(narrow):
    answers = [sign_up(Client(), f"visitor{n}").status_code for n in range(4)]

    assert answers == [303, 303, 303, 429]
    assert User.objects.count() == 3


def test_names_are_not_tried_by_signing_up(narrow, alice, client):
    for _ in range(3):
        sign_up(client, "alice")

    assert sign_up(client, "alice").status_code == 429
