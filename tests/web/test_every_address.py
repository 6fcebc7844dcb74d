"""What holds for all addresses of the site, those of later pages included.

A new address is found here by itself. If it is to be open to everybody, it is named.
"""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import make_token, make_upload

# Whoever has no account must be able to log in, to get one, and to learn what there is.
PUBLIC = {
    "/accounts/login/",
    "/accounts/signup/",
    "/admin/login/",
    "/api/schema/",
    "/api/docs/",
}
# The administration asks for itself.
LOG_IN = ("/accounts/login/?next=", "/admin/login/?next=")
SAMPLES = {
    "int": "1",
    "uuid": str(UUID(int=1)),
    "str": "x",
    "slug": "x",
    "path": "x",
}


def addresses(patterns=None, before="/"):
    """Every address that the patterns lead to, with samples for their variables."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = before + sample_of(str(each.pattern))
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield path


def sample_of(pattern):
    named = re.sub(r"<(?:(\w+):)?\w+>", lambda at: SAMPLES[at[1] or "str"], pattern)
    if "(?P" not in pattern:
        return named
    # A regular expression of the administration's: the first of the words it takes.
    return re.sub(r"\(\?P<\w+>(\w*)[^)]*\)", r"\1", pattern).strip("^$")


ALL = sorted(set(addresses()))
OF_THE_API = [path for path in ALL if path.startswith("/api/") and path not in PUBLIC]
PAGES = [path for path in ALL if not path.startswith("/api/") and path not in PUBLIC]


def test_the_walk_finds_the_site():
    assert len(OF_THE_API) > 20
    assert len(PAGES) > 60
    assert {"/", "/predictions/", "/admin/recognizer/digit/"} <= set(PAGES)
    assert set(ALL) >= PUBLIC


@pytest.mark.parametrize("path", PAGES)
def test_without_an_account_no_page_opens_where_one_is_needed(
    db, client, settings, path
):
    settings.DIGITS_ANONYMOUS = False

    for method in (client.get, client.post):
        response = method(path)

        assert response.status_code == 302
        assert response["Location"].startswith(LOG_IN)


@pytest.mark.parametrize("path", OF_THE_API)
def test_without_an_account_the_api_is_closed_where_one_is_needed(
    db, client, settings, path
):
    settings.DIGITS_ANONYMOUS = False

    answers = [ask(path) for ask in (client.get, client.post, client.delete)]

    # Which methods there are is no secret.
    closed = [response for response in answers if response.status_code != 405]
    assert closed
    for response in closed:
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"
        assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_the_way_in_stays_open(db, client, settings, path):
    settings.DIGITS_ANONYMOUS = False

    assert client.get(path).status_code == 200


def test_a_preview_needs_an_account_where_all_does(db, client, settings, stub_engine):
    settings.DIGITS_ANONYMOUS = False

    response = client.post(
        "/api/predictions/?store=false", {"image": make_upload()}, format="multipart"
    )

    assert response.status_code == 401
    assert stub_engine.asked == []


def test_with_an_account_the_site_is_open(alice, client, settings):
    settings.DIGITS_ANONYMOUS = False
    client.force_login(alice)

    codes = {client.get(path).status_code for path in ("/", "/api/predictions/")}

    assert codes == {200}


def test_with_a_token_the_api_is_open(alice, api, settings, stub_engine):
    settings.DIGITS_ANONYMOUS = False
    _, secret = make_token(alice)

    response = api.post(
        "/api/predictions/?store=false",
        {"image": make_upload()},
        format="multipart",
        headers={"Authorization": f"Token {secret}"},
    )

    assert response.status_code == 200


@pytest.mark.parametrize("path", OF_THE_API)
def test_a_token_of_an_inactive_user_is_refused(alice, path):
    _, secret = make_token(alice)
    alice.is_active = False
    alice.save()
    headers = {"Authorization": f"Token {secret}"}

    for method in (Client().get, Client().post, Client().delete):
        response = method(path, headers=headers)

        assert response.status_code == 401
        assert response.json()["error"]["code"] == "authentication_failed"
