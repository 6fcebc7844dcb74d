"""The way in: signing up, logging in, and where that leads."""

import pytest

from recognizer.models import Prediction, User
from tests.factories import PASSWORD, make_prediction

ACCOUNT = "/account/"
SIGNUP = "/accounts/signup/"
LOGIN = "/accounts/login/"
NEWCOMER = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}


def test_signing_up_signs_in_and_leads_to_the_history(db, client):
    response = client.post(SIGNUP, NEWCOMER, follow=True)

    assert response.redirect_chain == [("/predictions/", 303)]
    assert response.context["user"].username == "carol"
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_signing_up_takes_along_what_the_visitor_kept(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    client.post(SIGNUP, NEWCOMER)

    assert Prediction.objects.get(owner__username="carol") == prediction


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "alice"}, "already exists"),
        ({"username": "ALICE"}, "already exists"),
        ({"username": ""}, "This field is required"),
        ({"username": "a b"}, "valid username"),
        ({"username": "a\x00b"}, "Null characters"),
        ({"password2": "another horse yet"}, "didn’t match"),
        ({"password1": "12345678", "password2": "12345678"}, "entirely numeric"),
        ({"password1": "short", "password2": "short"}, "too short"),
        (
            {
                "username": "caroline7",
                "password1": "caroline7",
                "password2": "caroline7",
            },
            "too similar",
        ),
    ],
)
def test_what_is_wrong_is_said_and_no_account_made(alice, client, change, words):
    response = client.post(SIGNUP, NEWCOMER | change)

    assert response.status_code == 200
    assert words in response.content.decode()
    assert User.objects.count() == 1


def test_of_two_who_want_a_name_at_once_the_second_is_told(db, client, monkeypatch):
    def be_first(form):
        User.objects.create_user("carol")
        return form.cleaned_data["username"]

    monkeypatch.setattr(
        "recognizer.web.account_forms.SignUpForm.clean_username", be_first
    )
    monkeypatch.setattr(
        "recognizer.web.account_forms.SignUpForm.validate_unique", lambda _: None
    )

    response = client.post(SIGNUP, NEWCOMER)

    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    assert User.objects.count() == 1


def test_whoever_is_signed_in_needs_no_other_account(alice, client):
    client.force_login(alice)

    assert client.get(SIGNUP)["Location"] == ACCOUNT
    assert client.post(SIGNUP, NEWCOMER)["Location"] == ACCOUNT
    assert User.objects.count() == 1


def test_sign_up_can_be_closed(db, client, settings):
    settings.DIGITS_SIGNUP = False

    assert client.get(SIGNUP).status_code == 404
    assert client.post(SIGNUP, NEWCOMER).status_code == 404
    assert SIGNUP not in client.get(LOGIN).content.decode()
    assert SIGNUP not in client.get(ACCOUNT).content.decode()
    assert not User.objects.exists()


def test_the_log_in_page_leads_to_the_sign_up(db, client):
    response = client.get(f"{LOGIN}?next=/predictions/%3Fa=b%26c=d")

    assert (
        f'href="{SIGNUP}?next=%2Fpredictions%2F%3Fa%3Db%26c%3Dd"'
        in response.content.decode()
    )


@pytest.mark.parametrize("url", [SIGNUP, LOGIN])
@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/upload/", "/upload/"),
        ("https://evil.example/", "/predictions/"),
        ("//evil.example/", "/predictions/"),
        ("/\\evil.example", "/predictions/"),
        ("javascript:alert(1)", "/predictions/"),
    ],
)
def test_nobody_is_led_to_another_site(alice, client, url, asked, location):
    given = NEWCOMER | {"username": "carol", "next": asked}
    if url == LOGIN:
        given = {"username": "alice", "password": PASSWORD, "next": asked}

    assert client.post(url, given)["Location"] == location


@pytest.mark.parametrize("url", [SIGNUP, LOGIN])
def test_pages_that_take_a_password_are_not_kept_by_browsers(db, client, url):
    assert "no-store" in client.get(url)["Cache-Control"]


def test_the_passwords_are_left_out_of_error_reports(db, client, monkeypatch, caplog):
    monkeypatch.setattr(
        "recognizer.web.account_forms.account_create", lambda **_: 1 / 0
    )
    client.raise_request_exception = False

    client.post(SIGNUP, NEWCOMER)

    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.request.sensitive_post_parameters == "__ALL__"
