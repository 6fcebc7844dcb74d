"""Saving on the draw page: what becomes of a drawing, also when it fails."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from recognizer.models import Prediction
from tests.browser.conftest import Complaints
from tests.browser.hands import (
    ONE,
    QUIET_MS,
    REST_MS,
    SEVEN,
    draw_with_mouse,
    ink,
)
from tests.conftest import StubEngine
from tests.factories import make_reading

SAVE = re.compile(r":[0-9]+/$")


@pytest.fixture(autouse=True)
def draw_page(page: Page, complaints: Complaints) -> None:
    page.goto("/")


def save_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Save this digit")


def break_down(route: Route) -> None:
    # Without an icon of its own the browser would ask for one, and complain.
    body = '<link rel="icon" href="data:,">Broken'
    route.fulfill(status=500, content_type="text/html", body=body)


def words(page: Page) -> Any:
    return page.locator("#answer [data-words]")


def test_an_empty_paper_cannot_be_saved_and_says_why(page: Page) -> None:
    expect(page.get_by_role("button", name="Save this digit")).to_be_disabled()
    expect(page.get_by_text("Draw something first")).to_be_visible()


def test_saving_opens_the_result(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    page.get_by_role("button", name="Save this digit").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")
    assert Prediction.objects.get().source == "draw"


def test_what_is_saved_is_what_was_previewed(
    page: Page, stub_engine: StubEngine
) -> None:
    draw_with_mouse(page, SEVEN)
    expect(words(page)).to_contain_text("a 7")
    page.wait_for_timeout(QUIET_MS)

    page.get_by_role("button", name="Save this digit").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")
    previewed, saved = stub_engine.asked[-2:]
    assert saved == previewed


def test_a_drawing_found_blank_is_told_and_comes_back(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(outcome="blank")
    draw_with_mouse(page, SEVEN)

    page.get_by_role("button", name="Save this digit").click()

    expect(page.get_by_role("alert")).to_contain_text("nothing to read")
    assert ink(page) > 0


def test_a_drawing_the_server_failed_to_save_is_there_again(
    page: Page, complaints: Complaints
) -> None:
    draw_with_mouse(page, SEVEN)
    page.route(SAVE, break_down)
    save_button(page).click()
    expect(page.get_by_text("Broken")).to_be_visible()
    complaints.forgive("500")
    page.unroute(SAVE)

    page.goto("/")

    assert ink(page) > 0


def test_a_drawing_that_came_back_survives_a_reload(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(outcome="blank")
    draw_with_mouse(page, SEVEN)
    save_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("nothing to read")

    page.goto("/")

    assert ink(page) > 0


def test_a_drawing_that_came_back_is_gone_once_cleared(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(outcome="blank")
    draw_with_mouse(page, SEVEN)
    save_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("nothing to read")

    page.get_by_role("button", name="Clear").click()

    page.goto("/")
    assert ink(page) == 0


def test_a_saved_drawing_does_not_come_back(page: Page) -> None:
    draw_with_mouse(page, SEVEN)
    save_button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("7")

    page.get_by_role("link", name="Draw another").click()

    expect(page.get_by_text("Draw here")).to_be_visible()
    assert ink(page) == 0


def test_an_older_result_looked_at_leaves_an_unsaved_drawing_alone(
    page: Page, complaints: Complaints
) -> None:
    draw_with_mouse(page, ONE)
    save_button(page).click()
    page.get_by_role("link", name="Draw another").click()
    draw_with_mouse(page, SEVEN)
    page.route(SAVE, break_down)
    save_button(page).click()
    expect(page.get_by_text("Broken")).to_be_visible()
    complaints.forgive("500")
    page.unroute(SAVE)
    page.goto("/predictions/")
    page.locator(".entry-open").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1")

    page.goto("/")

    assert ink(page) > 0


def test_a_picture_the_browser_cannot_make_is_told_and_may_be_tried_again(
    page: Page, complaints: Complaints
) -> None:
    draw_with_mouse(page, SEVEN)
    page.evaluate(
        "() => { HTMLCanvasElement.prototype.toBlob = (answer) => answer(null); }"
    )

    with page.expect_event("pageerror"):
        save_button(page).click()

    expect(page.get_by_role("alert")).to_contain_text("Press Save to try again")
    expect(save_button(page)).to_be_enabled()
    complaints.forgive("The canvas gave no PNG")


def test_a_drawing_is_saved_where_the_browser_may_keep_nothing(page: Page) -> None:
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }"
    )
    draw_with_mouse(page, SEVEN)

    save_button(page).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")


def test_a_save_that_was_cancelled_may_be_tried_again(page: Page) -> None:
    draw_with_mouse(page, SEVEN)
    page.clock.install()
    page.route(SAVE, lambda route: route.fulfill(status=204))
    save_button(page).click()
    expect(save_button(page)).to_be_disabled()

    page.clock.fast_forward(REST_MS)

    expect(save_button(page)).to_be_enabled()
