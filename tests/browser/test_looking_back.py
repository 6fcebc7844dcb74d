"""History, result and deletion."""

import re

import pytest
from playwright.sync_api import Page, expect

from recognizer.models import Prediction
from tests.browser.conftest import sign_in
from tests.browser.hands import wait_until
from tests.factories import make_prediction, make_user

HISTORY_PAGE_SIZE = 24


def test_an_empty_history_invites_to_draw(page: Page) -> None:
    page.goto("/predictions/")

    page.get_by_role("link", name="Draw a digit").click()

    expect(page).to_have_url("/")


def test_a_saved_digit_is_found_in_the_history(page: Page, saved: Prediction) -> None:
    page.get_by_role("link", name="History").click()

    entry = page.get_by_role("listitem").filter(has_text="Drawn")
    expect(entry).to_contain_text("7")
    expect(entry).to_contain_text(f"{saved.confidence_percent}%")


def test_the_history_shows_the_picture(page: Page, saved: Prediction) -> None:
    page.goto("/predictions/")

    thumbnail = page.locator(".entry img")
    expect(thumbnail).to_be_visible()
    wait_until(page, "document.querySelector('.entry img').naturalWidth > 0")


def test_a_digit_in_the_history_can_be_opened(page: Page, saved: Prediction) -> None:
    page.goto("/predictions/")

    page.locator(".entry-open").click()

    expect(page).to_have_url(saved.get_absolute_url())


def test_the_result_shows_the_glyph_and_the_steps_to_it(
    page: Page, saved: Prediction
) -> None:
    glyph = page.get_by_alt_text("The digit in 28 by 28 pixels")
    expect(glyph).to_be_visible()
    assert glyph.evaluate("image => image.naturalWidth") == 28
    steps = page.get_by_role("heading", name="From your picture to the answer")
    expect(steps).to_be_visible()
    assert page.locator(".steps figure").count() >= 2


def test_the_result_has_eleven_probabilities_as_a_table(
    page: Page, saved: Prediction
) -> None:
    table = page.get_by_role("table", name="How likely each digit is")

    expect(table.get_by_role("rowheader")).to_have_text([*"0123456789", "not a digit"])
    expect(table.get_by_role("row", name=re.compile("most likely"))).to_have_count(1)


def test_a_deletion_asked_for_is_confirmed_first(page: Page, saved: Prediction) -> None:
    page.get_by_role("link", name="Delete").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Delete this picture?")
    assert Prediction.objects.count() == 1


def test_a_deleted_digit_is_gone_from_the_history(
    page: Page, saved: Prediction
) -> None:
    page.get_by_role("link", name="Delete").click()

    page.get_by_role("button", name="Delete it").click()

    expect(page.get_by_role("heading", name="Nothing saved yet")).to_be_visible()
    assert Prediction.objects.count() == 0


def test_a_digit_kept_after_all_is_still_there(page: Page, saved: Prediction) -> None:
    page.get_by_role("link", name="Delete").click()

    page.get_by_role("link", name="Keep it").click()

    expect(page).to_have_url(saved.get_absolute_url())
    assert Prediction.objects.count() == 1


def test_the_history_is_turned_page_by_page(page: Page, base_url: str) -> None:
    user = make_user("ada")
    for _ in range(HISTORY_PAGE_SIZE + 1):
        make_prediction(owner=user)
    sign_in(page.context, user, base_url)
    page.goto("/predictions/")
    expect(page.locator(".entry")).to_have_count(HISTORY_PAGE_SIZE)

    page.get_by_role("link", name="Older").click()

    expect(page.locator(".entry")).to_have_count(1)
    expect(page.get_by_role("link", name="Newer")).to_be_visible()


@pytest.mark.browser_context_args(timezone_id="Pacific/Auckland")
def test_times_are_shown_in_the_readers_zone(page: Page, saved: Prediction) -> None:
    shown = page.locator("time")

    expected = shown.evaluate(
        """time => new Intl.DateTimeFormat("en-GB", {
          dateStyle: "medium", timeStyle: "short", timeZone: "Pacific/Auckland",
        }).format(new Date(time.dateTime))"""
    )
    expect(shown).to_have_text(expected)
