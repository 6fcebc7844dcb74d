"""The pages of batches: choosing, dropping, sending, and looking on."""

import base64
import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from recognizer.models import Batch
from tests.archives import make_zip, read_all
from tests.browser.conftest import Complaints
from tests.factories import make_image

DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carrier = new DataTransfer();
  for (const each of [name, `2-${name}`]) carrier.items.add(new File([bytes], each));
  document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: carrier, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(autouse=True)
def batches_page(page: Page, complaints: Complaints) -> None:
    page.goto("/batches/")


def make_file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def send(page: Page) -> Batch:
    page.get_by_role("button", name="Read them all").click()
    page.wait_for_url(re.compile(r"/batches/.+/"))
    return Batch.objects.get()


def test_files_are_chosen_sent_and_read_while_one_looks_on(page: Page) -> None:
    page.set_input_files(
        "#files",
        [make_file("a.png", make_image()), make_file("notes.txt", b"no picture")],
    )
    expect(page.locator("#chosen")).to_have_text("2 files")

    batch = send(page)
    expect(page.get_by_text("It waits for the worker.")).to_be_visible()
    read_all(batch)

    expect(page.get_by_text("All 2 done.")).to_be_visible()
    first = page.locator(".batch-item").first
    expect(first).to_contain_text("notes.txt")
    expect(first).to_contain_text("not a picture that can be read here")


def test_an_archive_is_sent_by_the_same_form(page: Page) -> None:
    page.set_input_files("#files", make_file("scans.zip", make_zip()))
    expect(page.locator("#chosen")).to_have_text("scans.zip")

    assert send(page).total == 2


def test_files_are_dropped(page: Page) -> None:
    page.evaluate(DROP, ["7.png", base64.b64encode(make_image()).decode()])

    assert send(page).total == 2


def test_what_is_not_taken_is_said_and_can_be_mended(
    page: Page, complaints: Complaints
) -> None:
    page.set_input_files("#files", make_file("scans.zip", b"no archive"))
    page.get_by_role("button", name="Read them all").click()

    expect(page.get_by_role("alert")).to_contain_text("This ZIP cannot be read")
    complaints.forgive("400")
    page.set_input_files("#files", make_file("scans.zip", make_zip()))
    assert send(page).total == 2


def test_nothing_can_be_sent_before_something_is_chosen(page: Page) -> None:
    expect(page.get_by_role("button", name="Read them all")).to_be_disabled()


def test_a_batch_is_cancelled_and_deleted(page: Page) -> None:
    page.set_input_files("#files", make_file("scans.zip", make_zip()))
    send(page)

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled with 0 of 2 done.")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()

    expect(page.get_by_role("alert")).to_contain_text("The batch is deleted.")
    assert not Batch.objects.exists()


def test_results_are_downloaded_as_a_table(page: Page) -> None:
    page.set_input_files("#files", make_file("scans.zip", make_zip()))
    batch = send(page)
    read_all(batch)
    page.reload()

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()

    assert download.value.suggested_filename == f"batch-{batch.public_id}.csv"
    assert "a.png,read" in download.value.path().read_text("utf-8")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_it_works_all_the_same(page: Page) -> None:
    page.set_input_files("#files", make_file("scans.zip", make_zip()))
    batch = send(page)
    read_all(batch)

    page.get_by_role("link", name="Look again").click()

    expect(page.get_by_text("All 2 done.")).to_be_visible()


@pytest.mark.browser_context_args(
    java_script_enabled=False, viewport={"width": 360, "height": 740}
)
def test_without_scripts_nothing_is_cut_off_on_a_narrow_phone(page: Page) -> None:
    right = page.locator("#drop").bounding_box()

    assert right is not None
    assert right["x"] + right["width"] <= 360
