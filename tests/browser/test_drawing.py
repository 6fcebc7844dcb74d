"""The draw page, as a hand meets it."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from recognizer.models import Prediction
from tests.browser.conftest import Complaints
from tests.browser.hands import (
    FOUR,
    ONE,
    PHONE,
    QUIET_MS,
    SEVEN,
    draw_by_touch,
    draw_with_mouse,
    draw_with_pen,
    ink,
    wait_until,
)
from tests.conftest import StubEngine
from tests.factories import make_reading

PREVIEW = re.compile(r"/api/predictions/\?store=false$")


@pytest.fixture(autouse=True)
def draw_page(page: Page, complaints: Complaints) -> None:
    page.goto("/")


def words(page: Page) -> Any:
    return page.locator("#answer [data-words]")


def test_a_digit_drawn_with_the_mouse_is_answered(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    expect(words(page)).to_contain_text("a 7")


@pytest.mark.browser_context_args(**PHONE)
def test_a_digit_drawn_by_touch_is_answered(page: Page) -> None:
    draw_by_touch(page, SEVEN)

    expect(words(page)).to_contain_text("a 7")


def test_the_answer_comes_before_the_hand_is_lifted(page: Page) -> None:
    box = page.locator("#paper").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 300, steps=20)

    expect(words(page)).not_to_have_text("Nothing drawn yet.")
    page.mouse.up()


@pytest.mark.browser_context_args(**PHONE)
def test_the_page_stands_still_while_a_finger_draws(page: Page) -> None:
    draw_by_touch(page, [[(0.5, 0.9), (0.5, 0.1)]])

    assert page.evaluate("scrollY") == 0


@pytest.mark.browser_context_args(**PHONE)
def test_the_page_scrolls_under_a_finger_beside_the_paper(page: Page) -> None:
    draw_by_touch(page, [[(0.5, 1.7), (0.5, 1.1)]])

    wait_until(page, "scrollY > 0")


def test_the_glyph_the_model_saw_is_shown(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    glyph = page.get_by_alt_text("Your drawing in 28 by 28 pixels")
    expect(glyph).to_be_visible()
    assert glyph.evaluate("image => image.naturalWidth") == 28


def test_the_bars_name_the_most_likely_digit_in_words(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    row = page.get_by_role("row", name=re.compile(r"most likely"))
    expect(row).to_have_count(1)
    expect(row.get_by_role("rowheader")).to_have_text("7")


def test_previews_store_nothing(page: Page) -> None:
    draw_with_mouse(page, SEVEN)
    expect(words(page)).to_contain_text("a 7")

    assert Prediction.objects.count() == 0


def test_undo_takes_back_the_last_stroke(page: Page) -> None:
    draw_with_mouse(page, FOUR[:1])
    before = ink(page)
    draw_with_mouse(page, FOUR[1:])

    page.get_by_role("button", name="Undo").click()

    assert ink(page) == before


def test_ctrl_z_takes_back_the_last_stroke(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    page.keyboard.press("Control+z")

    assert ink(page) == 0


def test_redo_brings_back_what_undo_took(page: Page) -> None:
    draw_with_mouse(page, SEVEN)
    before = ink(page)
    page.get_by_role("button", name="Undo").click()

    page.get_by_role("button", name="Redo").click()

    assert ink(page) == before


def test_clear_empties_paper_and_answer(page: Page) -> None:
    draw_with_mouse(page, FOUR)
    expect(words(page)).not_to_have_text("Nothing drawn yet.")

    page.get_by_role("button", name="Clear").click()

    expect(words(page)).to_have_text("Nothing drawn yet.")
    assert ink(page) == 0


def test_undo_brings_back_what_clear_took(page: Page) -> None:
    draw_with_mouse(page, FOUR)
    before = ink(page)
    page.get_by_role("button", name="Clear").click()

    page.get_by_role("button", name="Undo").click()

    assert ink(page) == before


def test_a_thicker_pen_leaves_more_ink(page: Page) -> None:
    draw_with_mouse(page, ONE)
    thin = ink(page)
    page.get_by_role("button", name="Clear").click()

    page.get_by_role("slider", name="Pen").fill("12")
    draw_with_mouse(page, ONE)

    assert ink(page) > 1.5 * thin


def test_a_pen_pressed_harder_draws_a_thicker_line(page: Page) -> None:
    draw_with_pen(page, ONE, pressure=0.2)
    light = ink(page)
    page.get_by_role("button", name="Clear").click()

    draw_with_pen(page, ONE, pressure=0.9)

    assert ink(page) > 1.5 * light


def test_a_drawing_survives_turning_the_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    draw_with_mouse(page, FOUR)
    before = ink(page)

    page.set_viewport_size({"width": 844, "height": 390})

    assert ink(page) == pytest.approx(before, rel=0.03)


def test_a_digit_can_be_drawn_and_saved_by_keyboard_alone(page: Page) -> None:
    page.get_by_role("link", name="Skip to the page").press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Drawing paper")).to_be_focused()
    page.keyboard.press("Space")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    expect(words(page)).to_contain_text("a 1")

    save = page.get_by_role("button", name="Save this digit")
    for _ in range(5):
        page.keyboard.press("Tab")
        if save.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("1")


def test_a_busy_server_is_told_in_words_and_asked_again(
    page: Page, complaints: Complaints
) -> None:
    page.route(PREVIEW, lambda route: route.fulfill(status=503, body="{}"))
    draw_with_mouse(page, SEVEN)
    expect(page.locator("#answer")).to_contain_text("The reader is busy just now")

    page.unroute(PREVIEW)

    expect(words(page)).to_contain_text("a 7")
    complaints.forgive("503")


def test_a_lost_connection_is_told_in_words_and_recovers(
    page: Page, complaints: Complaints
) -> None:
    page.context.set_offline(True)
    draw_with_mouse(page, SEVEN)
    expect(page.locator("#answer")).to_contain_text("No connection just now")

    page.context.set_offline(False)

    expect(words(page)).to_contain_text("a 7")
    complaints.forgive("ERR_INTERNET_DISCONNECTED")


def test_an_answer_to_an_older_drawing_is_dropped(page: Page) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(PREVIEW, hold_the_first)
    draw_with_mouse(page, FOUR[:1])
    page.wait_for_timeout(QUIET_MS)
    draw_with_mouse(page, FOUR[1:])
    expect(words(page)).to_contain_text("a 4")
    page.wait_for_timeout(QUIET_MS)

    held[0].fulfill(status=200, body=json.dumps(LATE_ANSWER))

    page.wait_for_timeout(200)
    expect(words(page)).to_contain_text("a 4")


LATE_ANSWER = {
    "outcome": "sure",
    "digit": 9,
    "text": "9",
    "confidence": 1.0,
    "digits": [],
}


COUNT_FETCHES = """() => {
  const fetchTruly = window.fetch;
  let underWay = 0;
  window.fetched = 0;
  window.mostUnderWay = 0;
  window.fetch = async (...given) => {
    window.fetched += 1;
    window.mostUnderWay = Math.max(window.mostUnderWay, (underWay += 1));
    try {
      return await fetchTruly(...given);
    } finally {
      underWay -= 1;
    }
  };
}"""


def test_one_preview_at_most_is_under_way(page: Page) -> None:
    page.evaluate(COUNT_FETCHES)
    page.route(PREVIEW, lambda _: None)  # never answered

    for stroke in (FOUR[:1], FOUR[1:], SEVEN):
        draw_with_mouse(page, stroke)
        page.wait_for_timeout(QUIET_MS)

    assert page.evaluate("fetched") >= 3
    assert page.evaluate("mostUnderWay") == 1
    page.unroute_all(behavior="ignoreErrors")


DRAW_ON_DURING_THE_ANSWER = """() => {
  const fetchTruly = window.fetch;
  window.fetch = async (...given) => {
    window.fetch = () => new Promise(() => {}); // The next question is never answered.
    const response = await fetchTruly(...given);
    const further = new KeyboardEvent("keydown", { key: "ArrowDown", shiftKey: true });
    document.getElementById("paper").dispatchEvent(further);
    return response;
  };
}"""


def test_an_answer_to_what_was_drawn_a_moment_ago_is_not_shown_as_current(
    page: Page,
) -> None:
    page.route(PREVIEW, lambda route: route.fulfill(body=json.dumps(LATE_ANSWER)))
    page.evaluate(DRAW_ON_DURING_THE_ANSWER)

    page.get_by_label("Drawing paper").press("Space")

    expect(words(page)).to_contain_text("a 9")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")


def test_the_answer_to_what_is_drawn_is_shown_as_current(page: Page) -> None:
    draw_with_mouse(page, SEVEN)

    expect(words(page)).to_contain_text("a 7")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def test_only_certainty_is_called_a_hundred_percent(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(confidence=0.99951)

    draw_with_mouse(page, SEVEN)

    expect(page.locator("#answer [data-detail]")).to_have_text(
        "The model is 99.9% sure."
    )


def test_what_is_not_a_digit_is_not_called_one(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(
        digit=3, outcome="not_a_digit", confidence=0.05, not_a_digit=0.9
    )

    draw_with_mouse(page, SEVEN)

    expect(words(page)).to_have_text("This does not look like a digit. Closest: 3.")
    expect(page.locator("#answer [data-big]")).to_have_text("?")


def test_the_last_row_says_how_likely_it_is_no_digit(
    page: Page, stub_engine: StubEngine
) -> None:
    stub_engine.reading = make_reading(
        digit=3, outcome="not_a_digit", confidence=0.05, not_a_digit=0.9
    )

    draw_with_mouse(page, SEVEN)

    row = page.get_by_role("row", name=re.compile(r"most likely"))
    expect(row.get_by_role("rowheader")).to_have_text("not a digit")
    expect(row).to_contain_text("90.0%")


def test_who_is_unsure_names_the_runner_up(page: Page, stub_engine: StubEngine) -> None:
    stub_engine.reading = make_reading(
        outcome="unsure", confidence=0.55, not_a_digit=0.36
    )

    draw_with_mouse(page, SEVEN)

    expect(words(page)).to_have_text("Probably a 7, but look twice.")
    expect(page.locator("#answer [data-detail]")).to_have_text(
        "The model says a 7 (55.0%) or no digit at all (36.0%)."
    )


@pytest.mark.browser_context_args(**PHONE)
def test_nothing_below_the_answer_moves_with_its_words(
    page: Page, stub_engine: StubEngine
) -> None:
    draw_with_mouse(page, ONE)
    expect(words(page)).to_have_text("It is a 7.")
    save = page.get_by_role("button", name="Save this digit")
    before = save.bounding_box()
    stub_engine.reading = make_reading(
        outcome="unsure", confidence=0.45, not_a_digit=0.46
    )

    draw_with_mouse(page, SEVEN)

    expect(words(page)).to_have_text("Perhaps a 7, but look twice.")
    assert save.bounding_box() == before


def test_the_columns_read_aloud_are_the_columns_with_words(page: Page) -> None:
    headers = page.locator("#answer").get_by_role("columnheader")

    expect(headers).to_have_text(["Digit", "Probability"])
