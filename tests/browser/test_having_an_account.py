"""An account from its first day to its last, as one person lives it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from recognizer.models import ApiToken, Prediction, User
from tests.browser.hands import SEVEN, draw_with_mouse

PASSWORD = "a quite correct horse"


def sign_up(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("carol")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url(re.compile("/predictions/"))


def make_token(page: Page) -> str:
    page.goto("/account/")
    page.get_by_label("What it is for").fill("the scanner")
    page.get_by_role("button", name="Make a token").click()
    return page.get_by_label("The secret").input_value()


def who_is(playwright: Playwright, base_url: str, secret: str) -> Any:
    """What a program hears that sends this token, without the browser's cookies."""
    program = playwright.request.new_context(
        base_url=base_url, extra_http_headers={"Authorization": f"Token {secret}"}
    )
    answer = program.get("/api/account/").json()
    program.dispose()
    return answer["username"]


def test_an_account_from_its_first_day_to_its_last(
    page: Page, saved: Prediction, playwright: Playwright, base_url: str
) -> None:
    sign_up(page)
    expect(page.locator(f"#entry-{saved.pk}")).to_be_visible()

    secret = make_token(page)
    assert who_is(playwright, base_url, secret) == "carol"

    # What was sent to make it is not sent once more.
    page.reload()
    expect(page.locator(".token-name")).to_have_text("the scanner")
    expect(page.get_by_label("The secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke the scanner").click()
    expect(page.get_by_role("alert")).to_contain_text("revoked")
    assert not ApiToken.objects.exists()

    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("alert")).to_contain_text("is deleted")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert not User.objects.exists()
    assert not Prediction.objects.exists()


@pytest.mark.browser_context_args(permissions=["clipboard-read", "clipboard-write"])
def test_one_press_copies_a_token(page: Page) -> None:
    sign_up(page)
    secret = make_token(page)

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret


def test_where_nothing_may_be_copied_the_token_is_selected(page: Page) -> None:
    sign_up(page)
    secret = make_token(page)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_text("It is selected")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == secret


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_a_token_is_there_to_be_copied_by_hand(page: Page) -> None:
    sign_up(page)

    secret = make_token(page)

    assert secret.startswith("digits_")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()


def test_the_export_is_a_file_to_keep(page: Page, saved: Prediction) -> None:
    page.goto("/account/")

    with page.expect_download() as download:
        page.get_by_role("link", name="Export my data").click()

    assert re.fullmatch(r"digitsite-[-0-9]+\.zip", download.value.suggested_filename)


def test_where_an_account_is_needed_one_signs_up_and_draws(
    page: Page, settings: Any
) -> None:
    settings.DIGITS_ANONYMOUS = False
    page.goto("/upload/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()

    sign_up(page)
    page.goto("/")
    draw_with_mouse(page, SEVEN)

    expect(page.locator("#answer [data-words]")).to_contain_text("7")
