"""The upload page: every way in, and what it says to what is no picture."""

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

from recognizer.models import Prediction
from tests.browser.conftest import Complaints
from tests.browser.hands import PHONE, REST_MS, SEVEN

HAND_OVER = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carrier = new DataTransfer();
  carrier.items.add(new File([bytes], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: carrier, bubbles: true })
    : new DragEvent("drop", { dataTransfer: carrier, bubbles: true, cancelable: true });
  document.getElementById("drop").dispatchEvent(event);
}"""
HAND_OVER_LARGE = """() => {
  const carrier = new DataTransfer();
  const bytes = new Uint8Array(26 * 1024 * 1024);
  carrier.items.add(new File([bytes], "wall.png", { type: "image/png" }));
  const event = new DragEvent("drop", { dataTransfer: carrier, bubbles: true });
  document.getElementById("drop").dispatchEvent(event);
}"""


@pytest.fixture(autouse=True)
def upload_page(page: Page, complaints: Complaints) -> None:
    page.goto("/upload/")


def make_seven(side_px: int = 320) -> bytes:
    """A PNG of a seven, blue on white."""
    image = Image.new("RGB", (side_px, side_px), "white")
    way = [(x * side_px, y * side_px) for x, y in SEVEN[0]]
    width_px = side_px // 16
    ImageDraw.Draw(image).line(way, fill="navy", width=width_px, joint="curve")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def make_file(
    data: bytes | None = None, *, name: str = "seven.png", mime: str = "image/png"
) -> FilePayload:
    content = make_seven() if data is None else data
    return {"name": name, "mimeType": mime, "buffer": content}


def hand_over(page: Page, kind: str) -> None:
    data = base64.b64encode(make_seven()).decode()
    page.evaluate(HAND_OVER, [kind, "seven.png", "image/png", data])


def picture(page: Page) -> Any:
    return page.get_by_alt_text("The picture you chose")


def alert(page: Page) -> Any:
    return page.get_by_role("alert")


def test_a_chosen_picture_is_shown_before_it_is_sent(page: Page) -> None:
    page.set_input_files("#image", make_file())

    expect(picture(page)).to_be_visible()
    assert picture(page).evaluate("image => image.naturalWidth") == 320
    assert Prediction.objects.count() == 0


def test_a_chosen_picture_is_read(page: Page) -> None:
    page.set_input_files("#image", make_file())

    page.get_by_role("button", name="Read this picture").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")
    assert Prediction.objects.get().source == "upload"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_handed_over_is_read(page: Page, kind: str) -> None:
    hand_over(page, kind)
    expect(picture(page)).to_be_visible()

    page.get_by_role("button", name="Read this picture").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")


def test_another_picture_takes_the_place_of_the_first(page: Page) -> None:
    page.set_input_files("#image", make_file(name="first.png"))

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose another").click()
    chooser.value.set_files(make_file(name="second.png"))

    expect(page.locator("#chosen-name")).to_have_text("second.png")


def test_a_sending_that_was_cancelled_may_be_tried_again(page: Page) -> None:
    send = page.get_by_role("button", name="Read this picture")
    page.set_input_files("#image", make_file())
    page.clock.install()
    page.route("**/upload/", lambda route: route.fulfill(status=204))
    send.click()
    expect(send).to_be_disabled()

    page.clock.fast_forward(REST_MS)

    expect(send).to_be_enabled()


def test_nothing_can_be_sent_before_a_picture_is_chosen(page: Page) -> None:
    expect(page.get_by_role("button", name="Read this picture")).to_be_disabled()


def test_a_text_file_named_png_is_answered_in_words(
    page: Page, complaints: Complaints
) -> None:
    page.set_input_files("#image", make_file(b"Dear diary, no picture today."))

    page.get_by_role("button", name="Read this picture").click()

    expect(alert(page)).not_to_be_empty()
    expect(page).to_have_url("/upload/")
    assert Prediction.objects.count() == 0
    complaints.forgive("status of 4")


def test_a_file_that_is_no_picture_is_refused_at_once(page: Page) -> None:
    file = make_file(b"Dear diary", name="diary.txt", mime="text/plain")

    page.set_input_files("#image", file)

    expect(alert(page)).to_contain_text("“diary.txt” is not a picture we can read")


def test_a_file_that_is_too_large_is_refused_at_once(page: Page) -> None:
    page.evaluate(HAND_OVER_LARGE)

    expect(alert(page)).to_contain_text("“wall.png” is 26.0 MB; the most we take is 25")


def test_the_words_of_a_refusal_go_when_a_good_picture_comes(page: Page) -> None:
    page.set_input_files("#image", make_file(b"x", name="a.txt", mime="text/plain"))
    expect(alert(page)).not_to_be_empty()

    page.set_input_files("#image", make_file())

    expect(alert(page)).to_be_empty()


def test_a_picture_the_browser_cannot_show_may_still_be_sent(page: Page) -> None:
    file = make_file(b"\0\0\0\x18ftypheic", name="phone.heic", mime="image/heic")

    page.set_input_files("#image", file)

    expect(page.get_by_text("This browser cannot show the picture")).to_be_visible()
    expect(page.locator("#chosen-name")).to_have_text("phone.heic")
    expect(page.get_by_role("button", name="Read this picture")).to_be_enabled()


@pytest.mark.browser_context_args(**PHONE)
def test_a_phone_offers_its_camera(page: Page) -> None:
    expect(page.get_by_text("Take a photo")).to_be_visible()
    assert page.locator("#camera").get_attribute("capture") == "environment"


@pytest.mark.browser_context_args(**PHONE)
def test_a_photo_taken_is_shown_before_it_is_sent(page: Page) -> None:
    page.set_input_files("#camera", make_file(name="photo.jpg"))

    expect(picture(page)).to_be_visible()


def test_a_picture_can_be_chosen_by_keyboard_alone(page: Page) -> None:
    # From the start, because Playwright listens only some time after it was asked to.
    with page.expect_file_chooser() as chooser:
        page.get_by_role("link", name="Skip to the page").press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#image")).to_be_focused()
        page.keyboard.press("Enter")
    chooser.value.set_files(make_file())

    expect(picture(page)).to_be_visible()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_a_picture_is_chosen_sent_and_read(page: Page) -> None:
    page.set_input_files("#image", make_file())

    page.get_by_role("button", name="Read this picture").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("7")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_the_browsers_own_control_shows_what_was_chosen(
    page: Page,
) -> None:
    box = page.locator("#image").bounding_box()

    assert box is not None
    assert box["width"] > 150
    assert box["height"] >= 44


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_nobody_is_told_to_drop_or_paste(page: Page) -> None:
    expect(page.get_by_text("or drop it here")).to_be_hidden()
