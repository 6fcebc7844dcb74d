"""Saying what a digit is, and taking it back."""

from playwright.sync_api import Page, expect

from recognizer.models import Digit, Prediction


def test_a_wrong_answer_is_corrected_with_one_click_and_taken_back(
    page: Page, saved: Prediction
) -> None:
    page.get_by_role("button", name="It is 1", exact=True).click()

    expect(page.get_by_text("You say it is a 1.").first).to_be_visible()
    assert Digit.objects.get().label == 1

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Wrong? Say what it is.")).to_be_visible()
    assert Digit.objects.get().label is None


def test_a_wrong_answer_is_corrected_in_the_history(
    page: Page, saved: Prediction
) -> None:
    page.goto("/predictions/")

    page.locator(".entry-fix summary").click()
    page.get_by_role("button", name="Not a digit").click()

    expect(page.locator(".entry-label")).to_have_text("You say it is not a digit.")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert Digit.objects.get().label == 10
