"""Reviewing digits by keyboard, by touch and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from recognizer.models import NOT_A_DIGIT, Digit, User, glyph_fingerprint
from tests.browser.conftest import Complaints, sign_in
from tests.browser.hands import PHONE
from tests.factories import make_prediction, make_user


@pytest.fixture(autouse=True)
def reviewer(page: Page, complaints: Complaints, base_url: str) -> User:
    user = make_user("rita", is_staff=True)
    sign_in(page.context, user, base_url)
    return user


@pytest.fixture
def digits(reviewer: User) -> list[Digit]:
    """Three that wait, in this order, each with a glyph of its own."""
    waiting = []
    for confidence in (0.4, 0.5, 0.6):
        digit = make_prediction(confidence=confidence).digits.get()
        digit.glyph = bytes([0, 255, 255, digit.pk % 255]) * 196
        digit.fingerprint = glyph_fingerprint(digit.glyph)
        digit.save()
        waiting.append(digit)
    return waiting


def label_of(digit: Digit) -> int | None:
    return Digit.objects.get(pk=digit.pk).label


def expect_shown(page: Page, digit: Digit) -> None:
    picture = page.locator(".review-image image")
    expect(picture).to_have_attribute("href", f"/review/{digit.pk}/image/")
    expect(page.locator("#review-keys")).to_be_visible()  # The keys are listened to.


def test_keys_label_and_go_on(page: Page, digits: list[Digit]) -> None:
    page.goto("/review/")

    expect_shown(page, digits[0])
    page.keyboard.press("4")
    expect_shown(page, digits[1])
    page.keyboard.press("x")
    expect_shown(page, digits[2])
    page.keyboard.press("Space")

    expect(page.get_by_role("heading", name="All reviewed")).to_be_visible()
    assert [label_of(each) for each in digits] == [4, NOT_A_DIGIT, 7]


def test_a_key_takes_the_last_label_back_and_shows_the_digit_again(
    page: Page, digits: list[Digit]
) -> None:
    page.goto("/review/")
    page.keyboard.press("4")
    expect_shown(page, digits[1])

    page.keyboard.press("z")

    expect_shown(page, digits[0])
    assert label_of(digits[0]) is None


def test_arrows_skip_and_go_back_to_change_a_label(
    page: Page, digits: list[Digit]
) -> None:
    page.goto("/review/")
    page.keyboard.press("4")
    expect_shown(page, digits[1])

    page.keyboard.press("ArrowRight")
    expect_shown(page, digits[2])
    page.keyboard.press("ArrowLeft")
    expect_shown(page, digits[0])
    page.keyboard.press("5")

    expect_shown(page, digits[2])
    assert [label_of(each) for each in digits] == [5, None, None]


@pytest.mark.parametrize("key", ["Control+4", "Alt+4", "Meta+4"])
def test_the_browsers_own_keys_label_nothing(
    page: Page, digits: list[Digit], key: str
) -> None:
    page.goto("/review/")
    expect_shown(page, digits[0])

    page.keyboard.press(key)
    page.wait_for_timeout(300)

    assert label_of(digits[0]) is None


def test_typing_into_a_field_labels_nothing(page: Page, digits: list[Digit]) -> None:
    page.goto("/review/")
    expect_shown(page, digits[0])
    page.evaluate(
        "document.querySelector('main').append(document.createElement('input'))"
    )
    page.locator("main > input").focus()

    page.keyboard.press("4")

    expect(page.locator("main > input")).to_have_value("4")
    assert label_of(digits[0]) is None


def test_space_presses_the_button_that_has_the_focus(
    page: Page, digits: list[Digit]
) -> None:
    page.goto("/review/")
    expect_shown(page, digits[0])

    page.get_by_role("button", name="Skip").focus()
    page.keyboard.press("Space")

    expect_shown(page, digits[1])
    assert label_of(digits[0]) is None


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_buttons_do_the_same(page: Page, digits: list[Digit]) -> None:
    page.goto("/review/")

    page.get_by_role("button", name="It is 4").click()
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Not a digit").click()

    expect(page.locator("#review-keys")).to_be_hidden()
    assert [label_of(each) for each in digits] == [NOT_A_DIGIT, None, None]


@pytest.mark.browser_context_args(**PHONE)
def test_tapping_takes_one_out_of_the_grid_and_the_rest_are_confirmed(
    page: Page, digits: list[Digit]
) -> None:
    page.goto("/review/grid/?digit=7")

    page.locator(".tile").nth(1).tap()
    expect(page.locator(".tile-wrong").nth(1)).to_be_visible()
    page.get_by_role("button", name="The rest are all 7s").tap()

    expect(page.get_by_text(re.compile("Confirmed: 2"))).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)
    assert [label_of(each) for each in digits] == [7, None, 7]

    page.get_by_role("link", name="One by one").first.tap()
    page.get_by_role("button", name="It is 4").tap()

    expect(page.get_by_role("heading", name="All reviewed")).to_be_visible()
    assert [label_of(each) for each in digits] == [7, 4, 7]
