"""Accounts, for people: the way in, tokens, the password, the export, the way out."""

import io
import re
from zipfile import ZipFile

import pytest
from django.test import Client

from recognizer.models import ApiToken, Prediction, User
from recognizer.services.tokens import MOST_TOKENS
from recognizer.viewers import COOKIE
from recognizer.web.shown_once import HALF
from tests.factories import (
    PASSWORD,
    make_admin,
    make_prediction,
    make_token,
    make_user,
    make_webhook,
)

NEW_PASSWORD = "a quite different horse"
ACCOUNT = "/account/"
SIGNUP = "/accounts/signup/"
LOGIN = "/accounts/login/"
PASSWORD_PAGE = "/account/password/"
DELETE = "/account/delete/"
TOKENS = "/account/tokens/"
EXPORT = "/account/export/"
CHANGE = {
    "old_password": PASSWORD,
    "new_password1": NEW_PASSWORD,
    "new_password2": NEW_PASSWORD,
}
SECRET = re.compile(r"digits_[0-9a-f]{57,}")


@pytest.fixture
def as_alice(alice, client):
    client.force_login(alice)
    return client


def make(client, **options):
    given = {"name": "the scanner", "days": "30"}
    return client.post(TOKENS, given, **options)


def test_the_account_page_says_who_is_signed_in(as_alice, alice):
    make_prediction(owner=alice)
    make_token(alice, name="the scanner")

    text = as_alice.get(ACCOUNT).content.decode()

    assert "alice" in text
    assert "the scanner" in text
    assert "never used" in text
    assert "1 prediction with its picture" in text


def test_a_token_is_shown_once(as_alice, api):
    response = make(as_alice, follow=True)

    (secret,) = set(SECRET.findall(response.content.decode()))
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Token {secret}"}
    assert api.get("/api/account/", headers=headers).json()["username"] == "alice"
    again = as_alice.get(ACCOUNT).content.decode()
    assert "the scanner" in again
    assert not SECRET.search(again)


def test_a_page_with_a_new_token_makes_no_other_when_it_is_loaded_anew(as_alice):
    shown = make(as_alice, follow=True)

    again = as_alice.get(shown.request["PATH_INFO"])

    assert shown.redirect_chain == [(ACCOUNT, 303)]
    assert not SECRET.search(again.content.decode())
    assert ApiToken.objects.count() == 1


def test_on_its_way_a_new_token_is_readable_nowhere(as_alice):
    made = make(as_alice)

    halves = bytes.fromhex(as_alice.session[HALF]["half"]), as_alice.cookies[HALF]
    secret = SECRET.search(as_alice.get(ACCOUNT).content.decode()).group().encode()
    assert not SECRET.search(made.content.decode())
    assert secret not in halves
    assert secret.hex() != halves[1].value
    assert (halves[1]["httponly"], halves[1]["samesite"]) == (True, "Strict")
    assert halves[1]["path"] == ACCOUNT
    assert HALF not in as_alice.session
    assert as_alice.cookies[HALF].value == ""


@pytest.mark.parametrize("pad", [None, "", "no", "00"])
def test_without_the_browsers_half_a_new_token_is_not_shown(as_alice, pad):
    make(as_alice)
    del as_alice.cookies[HALF]
    if pad is not None:
        as_alice.cookies[HALF] = pad

    page = as_alice.get(ACCOUNT)

    assert page.status_code == 200
    assert not SECRET.search(page.content.decode())
    assert HALF not in as_alice.session


def test_who_looks_at_the_headers_alone_uses_up_no_secret(as_alice):
    make(as_alice)

    as_alice.head(ACCOUNT)

    assert SECRET.search(as_alice.get(ACCOUNT).content.decode())


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "days": "30"},
        {"name": "x" * 101, "days": "30"},
        {"name": "a\x00b", "days": "30"},
        {"name": "x", "days": "31"},
        {"name": "x"},
    ],
)
def test_what_is_no_token_is_said(as_alice, given):
    response = as_alice.post(TOKENS, given)

    assert response.status_code == 400
    assert "field-error" in response.content.decode()
    assert not ApiToken.objects.exists()


def test_too_many_tokens_are_refused_in_words(as_alice, alice):
    for _ in range(MOST_TOKENS):
        make_token(alice)

    response = as_alice.post(TOKENS, {"name": "x", "days": "30"})

    assert response.status_code == 409
    assert "Revoke one" in response.content.decode()


def test_a_token_is_revoked_on_the_page(as_alice, alice):
    token, _ = make_token(alice)

    response = as_alice.post(f"{TOKENS}{token.pk}/end/")

    assert response.status_code == 303
    assert not ApiToken.objects.exists()


def test_somebody_elses_token_is_not_found(as_alice, bob):
    token, _ = make_token(bob)

    assert as_alice.post(f"{TOKENS}{token.pk}/end/").status_code == 404
    assert ApiToken.objects.exists()


def test_a_visitor_who_would_make_or_revoke_one_is_led_to_the_log_in(bob, client):
    token, _ = make_token(bob)

    for url in (TOKENS, f"{TOKENS}{token.pk}/end/"):
        response = client.post(url, {"name": "x", "days": "30"})

        assert response["Location"] == f"{LOGIN}?next={ACCOUNT}"
    assert ApiToken.objects.count() == 1


def test_a_new_password_ends_the_other_sessions_and_not_this_one(as_alice, alice):
    other = Client()
    other.force_login(alice)
    token, _ = make_token(alice)

    response = as_alice.post(PASSWORD_PAGE, CHANGE)

    alice.refresh_from_db()
    assert response["Location"] == ACCOUNT
    assert alice.check_password(NEW_PASSWORD)
    assert "alice" in as_alice.get(ACCOUNT).content.decode()
    assert "alice" not in other.get(ACCOUNT).content.decode()
    assert ApiToken.objects.get() == token


@pytest.mark.parametrize(
    "change", [{"old_password": "wrong"}, {"new_password1": "1", "new_password2": "1"}]
)
def test_a_password_is_not_changed_wrongly(as_alice, alice, change):
    response = as_alice.post(PASSWORD_PAGE, CHANGE | change)

    alice.refresh_from_db()
    assert response.status_code == 200
    assert alice.check_password(PASSWORD)


def test_only_whoever_is_signed_in_changes_a_password(db, client):
    assert client.get(PASSWORD_PAGE)["Location"] == f"{LOGIN}?next={PASSWORD_PAGE}"


def test_the_export_is_ones_own(as_alice, alice, bob):
    own = make_prediction(owner=alice)
    make_prediction(owner=bob)

    response = as_alice.get(EXPORT)

    archive = ZipFile(io.BytesIO(response.getvalue()))
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert pictures == [f"pictures/{own.public_id}.png"]
    assert response["Cache-Control"] == "no-store"


def test_the_deletion_says_what_would_be_gone(as_alice, alice):
    make_prediction(owner=alice)
    make_token(alice)

    text = as_alice.get(DELETE).content.decode()

    assert "1 prediction, with its picture" in text
    assert "1 token:" in text
    assert User.objects.exists()


def test_the_password_deletes_the_account(as_alice, alice, bob):
    make_prediction(owner=alice)

    response = as_alice.post(DELETE, {"password": PASSWORD}, follow=True)

    assert list(User.objects.all()) == [bob]
    assert not Prediction.objects.exists()
    assert "is deleted" in response.content.decode()
    assert "Log in" in response.content.decode()
    assert "_auth_user_id" not in as_alice.session


@pytest.mark.parametrize("given", [{}, {"password": "wrong"}])
def test_without_the_password_nothing_is_deleted(as_alice, given):
    response = as_alice.post(DELETE, given)

    assert response.status_code == 400
    assert "othing is deleted" in response.content.decode()
    assert User.objects.exists()


def test_the_last_superuser_is_told_why_he_stays(db, client):
    client.force_login(make_admin())

    for response in (client.get(DELETE), client.post(DELETE, {"password": PASSWORD})):
        assert "Make another superuser first" in response.content.decode()
    assert User.objects.exists()


def test_a_visitor_sees_what_his_browser_kept(db, client, visitor):
    make_prediction(visitor=visitor)

    text = client.get(ACCOUNT).content.decode()

    assert "1 prediction" in text
    assert EXPORT in text
    assert DELETE in text
    assert SIGNUP in text


def test_a_visitor_takes_his_pictures_along(db, client, visitor):
    prediction = make_prediction(visitor=visitor)
    make_prediction()

    archive = ZipFile(io.BytesIO(client.get(EXPORT).getvalue()))

    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert pictures == [f"pictures/{prediction.public_id}.png"]


def test_a_visitor_deletes_what_his_browser_kept(alice, client, visitor):
    make_prediction(visitor=visitor)
    kept = make_prediction(owner=alice)

    assert "Delete all of it" in client.get(DELETE).content.decode()
    response = client.post(DELETE)

    assert response.status_code == 303
    assert list(Prediction.objects.all()) == [kept]
    assert response.cookies[COOKIE].value == ""


@pytest.mark.parametrize("url", [SIGNUP, LOGIN, TOKENS, PASSWORD_PAGE, DELETE])
def test_nothing_happens_without_a_csrf_token(alice, url):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    assert strict.post(url, CHANGE).status_code == 403


@pytest.mark.parametrize(
    "url", [TOKENS, f"{TOKENS}{'0' * 8}-0000-0000-0000-{'0' * 12}/end/"]
)
def test_a_link_makes_and_revokes_no_token(as_alice, url):
    assert as_alice.get(url).status_code == 405


def test_the_password_is_left_out_of_error_reports(db, client, monkeypatch, caplog):
    client.force_login(make_user())
    monkeypatch.setattr("recognizer.web.accounts.account_delete", lambda **_: 1 / 0)
    client.raise_request_exception = False

    client.post(DELETE, {"password": PASSWORD})

    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.request.sensitive_post_parameters == "__ALL__"


def test_whoever_deletes_an_account_is_told_that_its_webhooks_go(as_alice, alice):
    make_webhook(owner=alice)

    text = as_alice.get(DELETE).content.decode()

    assert "1 webhook: its address is told nothing more" in text


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_one_says_on_the_page_whether_pictures_may_teach(alice, client, is_signed_in):
    if is_signed_in:
        client.force_login(alice)
    assert "Your pictures may teach the model" in client.get(ACCOUNT).content.decode()

    response = client.post(f"{ACCOUNT}consent/", {"may_train": "no"})

    assert (response.status_code, response["Location"]) == (303, ACCOUNT)
    page = client.get(ACCOUNT).content.decode()
    assert "Your pictures teach nothing" in page
    assert "nor is it given to reviewers" in page
    client.post(f"{ACCOUNT}consent/", {"may_train": "yes"})
    assert "Your pictures may teach the model" in client.get(ACCOUNT).content.decode()


@pytest.mark.parametrize("given", [{}, {"may_train": "perhaps"}])
def test_a_word_on_teaching_that_is_none_is_refused(alice, client, given):
    client.force_login(alice)

    assert client.post(f"{ACCOUNT}consent/", given).status_code == 400

    alice.refresh_from_db()
    assert alice.may_train is None


def test_words_on_teaching_are_counted(narrow, client):
    for _ in range(3):
        client.post(f"{ACCOUNT}consent/", {"may_train": "no"})

    assert client.post(f"{ACCOUNT}consent/", {"may_train": "no"}).status_code == 429
