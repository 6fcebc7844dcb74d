"""One's own account: seen, taken along as a ZIP, and deleted."""

import io
from zipfile import ZipFile

import pytest
from django.test import Client

from recognizer.api.tokens import AccountOutput
from recognizer.models import ApiToken, Prediction, User
from tests.api.shapes import assert_same_fields
from tests.factories import PASSWORD, make_admin, make_prediction, make_token

URL = "/api/account/"
EXPORT = f"{URL}export/"


@pytest.fixture
def secret(alice):
    return make_token(alice)[1]


@pytest.fixture
def signed_in(api, secret):
    api.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return api


def test_one_sees_who_is_signed_in(alice, bob, signed_in):
    make_prediction(owner=alice)
    make_prediction(owner=bob)

    account = signed_in.get(URL).json()

    assert_same_fields(AccountOutput(), account)
    assert account["username"] == "alice"
    assert account["predictions"] == 1
    assert account["is_staff"] is False


def test_the_password_deletes_the_account(alice, bob, signed_in):
    make_prediction(owner=alice)
    kept = make_prediction(owner=bob)

    response = signed_in.delete(URL, {"password": PASSWORD}, format="json")

    assert response.status_code == 204
    assert list(User.objects.all()) == [bob]
    assert list(Prediction.objects.all()) == [kept]
    assert not ApiToken.objects.exists()
    assert signed_in.get(URL).status_code == 401


def test_a_browser_that_deletes_its_account_is_signed_out(alice, api):
    api.force_login(alice)
    csrf = api.get("/accounts/login/").cookies["csrftoken"].value

    response = api.delete(
        URL, {"password": PASSWORD}, format="json", headers={"X-CSRFToken": csrf}
    )

    assert response.status_code == 204
    assert response.cookies["sessionid"].value == ""
    assert not User.objects.exists()


def test_a_browser_needs_its_csrf_token(alice, api):
    api.force_login(alice)

    response = api.delete(URL, {"password": PASSWORD}, format="json")

    assert response.status_code == 403
    assert User.objects.exists()


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"password": ""}, 400, "invalid"),
        ({"password": ["x"]}, 400, "invalid"),
        ({"password": "wrong"}, 403, "wrong_password"),
        ({"password": f" {PASSWORD} "}, 403, "wrong_password"),
    ],
)
def test_without_the_password_nothing_is_deleted(signed_in, given, status, code):
    response = signed_in.delete(URL, given, format="json")

    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert User.objects.exists()


def test_the_last_superuser_stays(db, api):
    api.force_authenticate(make_admin())

    response = api.delete(URL, {"password": PASSWORD}, format="json")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "last_superuser"
    assert User.objects.exists()


def test_the_export_is_a_zip_of_ones_own(alice, bob, signed_in):
    own = make_prediction(owner=alice)
    make_prediction(owner=bob)

    response = signed_in.get(EXPORT)

    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Cache-Control"] == "no-store"
    archive = ZipFile(io.BytesIO(response.getvalue()))
    assert archive.testzip() is None
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert pictures == [f"pictures/{own.public_id}.png"]


def test_the_staff_exports_its_own_only(alice, rita, api):
    make_prediction(owner=alice)
    api.force_authenticate(rita.user)

    archive = ZipFile(io.BytesIO(api.get(EXPORT).getvalue()))

    assert archive.read("predictions.ndjson") == b""


def test_a_visitors_cookie_is_no_account(db, visitor, api):
    make_prediction(visitor=visitor)

    codes = {
        api.get(URL).status_code,
        api.get(EXPORT).status_code,
        api.delete(URL, {"password": ""}, format="json").status_code,
    }

    assert codes == {401}
    assert Prediction.objects.exists()


def test_the_schema_says_what_deletes_an_account(db):
    schema = Client().get("/api/schema/?format=json").json()

    body = schema["paths"][URL]["delete"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["required"] == ["password"]


def test_the_schema_says_how_to_sign_in_and_how_that_may_fail(db):
    schema = Client().get("/api/schema/?format=json").json()

    assert set(schema["components"]["securitySchemes"]) == {
        "token",
        "session",
        "password",
    }
    operations = [each for path in schema["paths"].values() for each in path.values()]
    assert all("401" in operation["responses"] for operation in operations)


def test_who_guesses_the_password_with_a_token_is_stopped(narrow, signed_in):
    guesses = [
        signed_in.delete(URL, {"password": "no"}, format="json").status_code
        for _ in range(3)
    ]

    response = signed_in.delete(URL, {"password": PASSWORD}, format="json")

    assert guesses == [403, 403, 429]
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "throttled"
    assert User.objects.exists()


def test_one_says_whether_pictures_may_teach(alice, api):
    api.force_authenticate(alice)

    response = api.patch(URL, {"may_train": False}, format="json")

    assert response.status_code == 200
    assert response.json()["may_train"] is False
    alice.refresh_from_db()
    assert alice.may_train is False
    assert api.get(URL).json()["may_train"] is False


@pytest.mark.parametrize("given", [{"may_train": "perhaps"}, {"may_train": None}])
def test_a_word_on_teaching_that_is_none_is_refused(alice, api, given):
    api.force_authenticate(alice)

    response = api.patch(URL, given, format="json")

    assert response.status_code == 400
    assert "may_train" in response.json()["error"]["fields"]
    alice.refresh_from_db()
    assert alice.may_train is None


def test_what_is_not_named_stays(alice, api):
    api.force_authenticate(alice)
    api.patch(URL, {"may_train": False}, format="json")

    response = api.patch(URL, {}, format="json")

    assert (response.status_code, response.json()["may_train"]) == (200, False)
