"""Why this answer? Asked on the result page."""

import pytest
from playwright.sync_api import Locator, Page, expect

from recognizer.models import Prediction
from tests.browser.conftest import Complaints, sign_in
from tests.factories import make_prediction, make_user


@pytest.fixture(autouse=True)
def result_page(page: Page, complaints: Complaints, base_url: str) -> Prediction:
    """The result of something saved before is open."""
    user = make_user("ada")
    sign_in(page.context, user, base_url)
    prediction = make_prediction(owner=user)
    page.goto(prediction.get_absolute_url())
    return prediction


def ask(page: Page) -> Locator:
    return page.get_by_role("link", name="Why this answer?")


def answer(page: Page) -> Locator:
    return page.get_by_role("region", name="Why a")


def test_the_reasons_come_without_leaving_the_page(
    page: Page, result_page: Prediction
) -> None:
    ask(page).click()

    expect(answer(page)).to_be_visible()
    expect(page).to_have_url(result_page.get_absolute_url())


def test_two_heat_maps_are_shown(page: Page) -> None:
    ask(page).click()

    maps = answer(page).get_by_role("img", name="Heat map.")
    expect(maps).to_have_count(2)
    assert maps.first.evaluate("image => image.naturalWidth") > 28


def test_the_colours_are_explained_in_words(page: Page) -> None:
    ask(page).click()

    expect(answer(page)).to_contain_text("Red: without this the digit would lose.")
    expect(answer(page)).to_contain_text("Blue: this speaks against the digit.")


def test_the_keyboard_goes_on_where_the_link_was(page: Page) -> None:
    ask(page).press("Enter")

    expect(answer(page).get_by_role("heading")).to_be_focused()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_the_link_leads_to_the_reasons(page: Page) -> None:
    ask(page).click()

    expect(answer(page)).to_be_visible()


def test_a_server_that_fails_is_told_in_words_and_may_be_asked_again(
    page: Page, complaints: Complaints
) -> None:
    page.route("**/explanation/", lambda route: route.fulfill(status=503, body=""))
    ask(page).click()
    expect(page.get_by_role("alert")).to_contain_text("Wait a moment and ask again")
    complaints.forgive("503")
    page.unroute("**/explanation/")

    ask(page).click()

    expect(answer(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.browser_context_args(viewport={"width": 360, "height": 740})
def test_the_reasons_fit_a_narrow_phone(page: Page) -> None:
    ask(page).click()
    expect(answer(page)).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
