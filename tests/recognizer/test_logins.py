"""What the log says of those who guess passwords, and what it does not."""

import base64
import logging

import pytest

from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
GUESS = "hunter2 hunter2"


@pytest.fixture
def lines(caplog):
    def read():
        logger = "recognizer.services.logins"
        return [each.getMessage() for each in caplog.records if each.name == logger]

    with caplog.at_level(logging.INFO):
        yield read


def log_in(client, username="alice", password=GUESS):
    return client.post(
        LOGIN,
        {"username": username, "password": password},
        REMOTE_ADDR="192.0.2.7",
    )


def test_a_wrong_password_is_in_the_log_with_account_and_address(alice, client, lines):
    log_in(client)

    assert lines() == ["A wrong password for the account alice, from 192.0.2.7."]


def test_neither_passwords_nor_what_may_be_one_are_in_the_log(
    alice, client, lines, caplog
):
    log_in(client)
    log_in(client, username=GUESS, password="alice")

    assert lines()[1].startswith("A wrong password for an account that there is not")
    assert GUESS not in caplog.text


def test_who_knows_the_password_is_not_in_the_log(alice, client, lines):
    log_in(client, password=PASSWORD)

    assert lines() == []


def test_a_programs_wrong_password_is_in_the_log(alice, api, lines):
    words = base64.b64encode(f"alice:{GUESS}".encode()).decode()

    api.post("/api/tokens/", {"name": "x"}, headers={"Authorization": f"Basic {words}"})

    assert len(lines()) == 1


def test_a_wrong_password_in_a_browser_left_open_is_in_the_log(alice, client, lines):
    client.force_login(alice)

    client.post("/account/delete/", {"password": GUESS})

    assert len(lines()) == 1


def test_no_more_are_written_down_than_are_looked_at(narrow, alice, client, lines):
    for _ in range(5):
        log_in(client)

    assert len(lines()) == 2
