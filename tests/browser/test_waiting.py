"""Asking for more than is allowed: one waits, and nothing is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from recognizer.models import Prediction
from tests.browser.conftest import Complaints
from tests.browser.hands import SEVEN, draw_with_mouse, ink
from tests.browser.test_every_page import OVERFLOW
from tests.conftest import StubEngine

TOO_MANY = "429"


@pytest.fixture
def spent(
    page: Page, narrow: Any, stub_engine: StubEngine, complaints: Complaints
) -> Any:
    """A drawing that came when all that is allowed had been saved; the settings."""
    narrow.DIGITS_RATE_PREVIEW = None
    narrow.DIGITS_RATE_ANONYMOUS = (1, 60)
    for heading in ("7", "That was a lot at once"):
        page.goto("/")
        draw_with_mouse(page, SEVEN)
        page.get_by_role("button", name="Save this digit").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    complaints.forgive(TOO_MANY)
    return narrow


def test_who_saves_too_often_is_told_how_long_to_wait(page: Page, spent: Any) -> None:
    expect(
        page.get_by_text(re.compile(r"Wait [0-9]+ seconds, then go"))
    ).to_be_visible()


def test_who_goes_back_finds_his_drawing_and_can_save_it(
    page: Page, spent: Any
) -> None:
    spent.DIGITS_THROTTLE = False

    page.go_back()
    expect(page.get_by_role("button", name="Save this digit")).to_be_enabled()
    drawn = ink(page)
    page.get_by_role("button", name="Save this digit").click()
    page.wait_for_url(re.compile(r"/predictions/"))

    assert drawn > 0
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits(page: Page, spent: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate(OVERFLOW) == []


def test_a_preview_that_comes_too_often_is_asked_again(
    page: Page, narrow: Any, complaints: Complaints
) -> None:
    narrow.DIGITS_RATE_PREVIEW = (1, 60)
    page.goto("/")
    draw_with_mouse(page, SEVEN)
    expect(page.get_by_text("the answer comes as soon as it may")).to_be_visible()

    narrow.DIGITS_THROTTLE = False

    expect(page.locator("#answer [data-words]")).to_contain_text("7")
    complaints.forgive(TOO_MANY)
