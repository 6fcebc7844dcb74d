"""Numbers of several digits: drawn, looked at and corrected."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from recognizer.models import Prediction
from recognizer.web.presentation import sentence
from tests.browser.conftest import Complaints, sign_in
from tests.browser.hands import PHONE, SEVEN, draw_with_mouse
from tests.conftest import StubEngine
from tests.factories import make_number, make_reading, make_user

LONG = "202601358947"
NARROW = {"viewport": {"width": 360, "height": 740}}
IN_SIGHT = """each => {
  const { top, bottom } = each.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}"""


@pytest.fixture
def number(page: Page, complaints: Complaints, base_url: str) -> Prediction:
    """The result of a long one, of which the fourth digit is doubtful, is open."""
    user = make_user("ada")
    sign_in(page.context, user, base_url)
    prediction = make_number(LONG, doubtful={3: {6: 0.6, 0: 0.3}}, owner=user)
    page.goto(prediction.get_absolute_url())
    return prediction


def draw(page: Page, stub: StubEngine, text: str, **fields: Any) -> None:
    """Draw something that is read so."""
    stub.reading = make_reading(text=text, **fields)
    draw_with_mouse(page, SEVEN)
    expect(page.locator("[data-big]")).to_have_text(text)
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def digit_of(page: Page, place: str) -> Locator:
    return page.locator("details.digit").filter(
        has=page.get_by_role("heading", name=re.compile(f"^{place} digit"))
    )


# Drawing


def test_a_drawn_number_is_answered_with_all_its_digits(
    page: Page, stub_engine: StubEngine, complaints: Complaints
) -> None:
    page.goto("/")

    draw(page, stub_engine, "2026")

    expect(page.locator("[data-words]")).to_have_text("It is 2026.")
    expect(page.locator("#answer .strip-read")).to_have_text(["2", "0", "2", "6"])
    expect(page.get_by_role("table")).to_be_hidden()
    expect(page.get_by_alt_text("Your drawing in 28 by 28 pixels")).to_be_hidden()


def test_one_digit_is_answered_with_its_bars_again(
    page: Page, stub_engine: StubEngine, complaints: Complaints
) -> None:
    page.goto("/")
    draw(page, stub_engine, "26")

    draw(page, stub_engine, "7")

    expect(page.locator("#answer .strip")).to_be_hidden()
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_alt_text("Your drawing in 28 by 28 pixels")).to_be_visible()


@pytest.mark.parametrize("confidence", [0.95, 0.6])
def test_a_doubtful_number_is_explained_as_on_its_page(
    page: Page, stub_engine: StubEngine, complaints: Complaints, confidence: float
) -> None:
    page.goto("/")
    kept = make_number("26", outcome="unsure", confidence=confidence)

    draw(page, stub_engine, "26", outcome="unsure", confidence=confidence)

    said = sentence(kept, list(kept.digits.all()))
    expect(page.locator("[data-detail]")).to_have_text(said)


def test_the_button_names_what_it_saves(
    page: Page, stub_engine: StubEngine, complaints: Complaints
) -> None:
    page.goto("/")

    draw(page, stub_engine, "26")
    expect(page.locator("#save")).to_have_text("Save this number")

    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#save")).to_have_text("Save this digit")


@pytest.mark.parametrize("text", ["26", "2026", LONG])
@pytest.mark.browser_context_args(**PHONE)
def test_nothing_below_the_answer_moves_when_a_digit_becomes_a_number(
    page: Page, stub_engine: StubEngine, complaints: Complaints, text: str
) -> None:
    page.goto("/")
    draw(page, stub_engine, "7")
    save = page.locator("#save")
    before = save.bounding_box()

    draw(page, stub_engine, text)

    assert before is not None
    assert save.bounding_box() == pytest.approx(before, abs=2)


# The result


def test_the_strip_leads_to_a_digit_and_opens_it(
    page: Page, number: Prediction
) -> None:
    digit = digit_of(page, "12th")
    expect(digit.get_by_role("table")).to_be_hidden()

    page.locator(".strip a").last.click()

    expect(digit.get_by_role("table")).to_be_visible()
    expect(digit.get_by_role("heading")).to_be_in_viewport()


def test_an_address_that_names_a_digit_opens_it(page: Page, number: Prediction) -> None:
    page.goto("about:blank")

    page.goto(f"{number.get_absolute_url()}#digit-12")

    expect(digit_of(page, "12th").get_by_role("table")).to_be_visible()


@pytest.mark.browser_context_args(**NARROW)
def test_a_corrected_digit_is_in_sight_and_the_number_says_it(
    page: Page, number: Prediction
) -> None:
    digit = digit_of(page, "12th")
    digit.locator("summary").click()

    digit.get_by_role("button", name="It is 1", exact=True).click()

    expect(page.locator(".verdict-label")).to_have_text("You say it is 202601358941.")
    expect(digit.get_by_role("button", name="Undo")).to_be_visible()
    assert digit.get_by_role("heading").evaluate(IN_SIGHT)

    digit.get_by_role("button", name="Undo").click()

    expect(page.locator(".verdict-label")).to_have_count(0)
    expect(digit.get_by_text("Wrong? Say what it is.")).to_be_in_viewport()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_a_digit_is_corrected_as_well(
    page: Page, number: Prediction
) -> None:
    digit = digit_of(page, "12th")
    digit.locator("summary").click()

    digit.get_by_role("button", name="It is 1", exact=True).click()

    expect(digit.get_by_text("You say it is a 1.").first).to_be_visible()


def test_each_reason_can_be_told_from_the_others(
    page: Page, number: Prediction
) -> None:
    page.get_by_role("link", name="Why this answer?").click()

    reasons = page.get_by_role("region", name=re.compile(r"^\d+\w\w digit: why"))
    expect(reasons).to_have_count(len(LONG))


def test_the_history_leads_to_the_digits(page: Page, number: Prediction) -> None:
    page.goto("/predictions/")

    page.get_by_role("link", name="Wrong?").click()

    expect(digit_of(page, "1st")).to_be_in_viewport()
