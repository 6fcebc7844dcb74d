"""What holds on every page: quiet console, narrow phones, dark rooms, keyboards."""

import html

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recognizer.models import (
    Batch,
    ModelVersion,
    Prediction,
    Promotion,
    TrainingRun,
    User,
    Webhook,
)
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.browser.conftest import Complaints, sign_in
from tests.factories import (
    make_admin,
    make_confirmed,
    make_delivery,
    make_image,
    make_model_version,
    make_number,
    make_prediction,
    make_scores,
    make_token,
    make_webhook,
)

PAGES = {
    "draw": "/",
    "upload": "/upload/",
    "history": "/predictions/",
    "result": "/predictions/{id}/",
    "why": "/predictions/{id}/?explain=1",
    "number": "/predictions/{number}/",
    "why a number": "/predictions/{number}/?explain=1",
    "delete": "/predictions/{id}/delete/",
    "batches": "/batches/",
    "batch": "/batches/{batch}/",
    "batch delete": "/batches/{batch}/delete/",
    "review": "/review/",
    "reviewed": "/review/{digit}/",
    "grid": "/review/grid/?digit=7",
    "empty grid": "/review/grid/?digit=0",
    "models": "/models/",
    "model": "/models/2/",
    "cell": "/models/2/cell/?label=7&answer=1",
    "flips": "/models/2/flips/",
    "all flips": "/models/2/flips/?change=to-wrong",
    "compare": "/models/compare/",
    "promote": "/models/2/promote/",
    "rollback": "/models/rollback/",
    "training": "/training/",
    "webhooks": "/account/webhooks/",
    "webhook": "/account/webhooks/{webhook}/",
    "webhook delete": "/account/webhooks/{webhook}/delete/",
    "login": "/accounts/login/",
    "account": "/account/",
    "password": "/account/password/",
    "account deletion": "/account/delete/",
    "docs": "/api/docs/",
}
ADMIN_PAGES = {
    "index": "/admin/",
    "batches": "/admin/recognizer/batch/",
    "predictions": "/admin/recognizer/prediction/",
    "prediction": "/admin/recognizer/prediction/{pk}/change/",
    "digits": "/admin/recognizer/digit/",
    "digit": "/admin/recognizer/digit/{digit}/change/",
    "tokens": "/admin/recognizer/apitoken/",
    "versions": "/admin/recognizer/modelversion/",
    "version": "/admin/recognizer/modelversion/{version}/change/",
    "webhooks": "/admin/recognizer/webhook/",
    "deliveries": "/admin/recognizer/webhookdelivery/",
}
# As long as any that is likely to be on a form.
NUMBER = "202601358947"
CONTROLS = "main a.button, main button, main input:not([type=hidden]), nav a, header a"
SMALL_CONTROLS = """controls => controls
  .filter((each) => each.checkVisibility() && !each.matches(".unseen, .skip"))
  .filter((each) => each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)"""
# A wide table scrolls in a box of its own, which is not cut off itself.
OVERFLOW = """() => [...document.querySelectorAll("body *")]
  .filter((each) => !each.parentElement.closest(".wide"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))"""
LUMINANCE = """() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}"""


@pytest.fixture(autouse=True)
def prediction(page: Page, complaints: Complaints, base_url: str) -> Prediction:
    """One stored prediction of a signed-in member of staff."""
    user = make_admin("ada")
    make_token(user, name="the scanner")
    make_admin("another")  # The last superuser is asked for no password.
    sign_in(page.context, user, base_url)
    make_trained_version()
    make_long_batch(user)
    make_told_webhook(user)
    make_number(NUMBER, doubtful={3: {6: 0.6, 0: 0.3}}, owner=user, width=200)
    return make_prediction(owner=user)


def make_long_batch(user: User) -> None:
    """One that waits, with a name that has no end."""
    make_batch((f"{'n' * 250}.png", make_image()), viewer=Viewer(user=user))


def make_told_webhook(user: User) -> None:
    """One with a long address, whose last message was refused at length."""
    webhook = make_webhook(owner=user, url=f"https://example.org/{'long' * 50}")
    make_delivery(webhook=webhook, attempts=2, last_error=f"500 {'Oops' * 100}")


def make_trained_version() -> None:
    """A version that a training made, and one that answered before, with flips."""
    before = make_model_version(number=3, state="retired", promoted_at=timezone.now())
    Promotion.objects.create(version=before)
    version = make_model_version(number=2, parent_id=1)
    epoch = {"loss": 0.4, "train_accuracy": 0.97, "kept_aside_accuracy": 0.99}
    test = {"name": "held-out labels", "rule": "may not fall", "is_passed": False}
    TrainingRun.objects.create(
        status="succeeded",
        version=version,
        epochs=[{"epoch": at} | epoch for at in (1, 2)],
        gate=[test | {"before": 0.9, "after": 0.8}],
    )
    TrainingRun.objects.create(
        status="running",
        phase="Learning",
        options={"epochs": 2},
        step=40,
        steps=160,
        seconds_left=30,
        epochs=[{"epoch": 1} | epoch],
    )
    make_scores(make_confirmed(label=7), {1: 7, 2: 1})
    make_scores(make_confirmed(label=7, is_held_out=False), {1: 1, 2: 7})
    make_scores(make_prediction().digits.get(), {1: 7, 2: 1})


def open_page(page: Page, path: str, prediction: Prediction) -> None:
    places = {
        "id": prediction.public_id,
        "pk": prediction.pk,
        "number": Prediction.objects.get(text=NUMBER).public_id,
        "digit": prediction.digits.get().pk,
        "batch": Batch.objects.get().public_id,
        "version": ModelVersion.objects.get(number=2).pk,
        "webhook": Webhook.objects.get().public_id,
    }
    page.goto(path.format(**places))
    if path == PAGES["docs"]:  # swagger-ui builds its page after it has loaded.
        expect(page.locator("#swagger-ui .info")).to_be_visible()


every_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
# The inside of the API page is swagger-ui's.
every_page_of_ours = pytest.mark.parametrize(
    "path", [path for name, path in PAGES.items() if name != "docs"]
)
every_admin_page = pytest.mark.parametrize(
    "path", ADMIN_PAGES.values(), ids=ADMIN_PAGES
)


@every_page
def test_a_page_opens_without_a_complaint(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    expect(page.get_by_role("heading").first).to_be_visible()


@every_admin_page
def test_an_admin_page_opens_without_a_complaint(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    expect(page.get_by_role("heading", level=1)).to_be_visible()


@every_page
def test_a_page_has_one_place_for_alerts(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    expect(page.locator("[role=alert]")).to_have_count(1)


@every_page
@pytest.mark.browser_context_args(viewport={"width": 360, "height": 740})
def test_a_page_does_not_scroll_sideways_on_a_narrow_phone(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@every_page_of_ours
@pytest.mark.browser_context_args(viewport={"width": 360, "height": 740})
def test_nothing_is_cut_off_on_a_narrow_phone(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    assert page.evaluate(OVERFLOW) == []


@every_page_of_ours
@pytest.mark.browser_context_args(viewport={"width": 360, "height": 740})
def test_controls_are_large_enough_for_a_finger(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    assert page.locator(CONTROLS).evaluate_all(SMALL_CONTROLS) == []


@every_page
@pytest.mark.browser_context_args(color_scheme="dark")
def test_a_page_is_dark_in_a_dark_room(
    page: Page, prediction: Prediction, path: str
) -> None:
    open_page(page, path, prediction)

    assert page.evaluate(LUMINANCE) < 0.1


@pytest.mark.browser_context_args(color_scheme="light")
def test_the_site_is_light_in_a_light_room(page: Page) -> None:
    page.goto("/")

    assert page.evaluate(LUMINANCE) > 0.9


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "Draw"),
        ("/upload/", "Upload"),
        ("/batches/", "Batches"),
        ("/predictions/", "History"),
        ("/review/", "Review"),
        ("/models/", "Models"),
    ],
)
def test_the_navigation_marks_the_current_page(
    page: Page, path: str, name: str
) -> None:
    page.goto(path)

    current = page.locator("nav [aria-current=page]")
    expect(current).to_have_text(name)


def test_an_unknown_address_is_answered_with_a_way_home(
    page: Page, complaints: Complaints
) -> None:
    page.goto("/nowhere/")
    complaints.forgive("404")

    page.get_by_role("link", name="Draw a digit").click()

    expect(page).to_have_url("/")


def test_the_api_page_lists_what_can_be_asked(page: Page) -> None:
    page.goto("/api/docs/")

    expect(page.get_by_text("/api/predictions/", exact=True).first).to_be_visible()


def test_the_first_stop_of_the_tab_key_skips_to_the_page(page: Page) -> None:
    page.goto("/predictions/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_logging_out_is_one_press(page: Page) -> None:
    page.goto("/")

    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("link", name="Log in")).to_be_visible()


@pytest.mark.parametrize("path", ["/account/", "/accounts/signup/"])
@pytest.mark.browser_context_args(viewport={"width": 360, "height": 740})
def test_pages_of_visitors_fit_a_narrow_phone(page: Page, path: str) -> None:
    page.context.clear_cookies()

    page.goto(path)

    assert page.locator(CONTROLS).evaluate_all(SMALL_CONTROLS) == []
    assert page.evaluate(OVERFLOW) == []


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_the_draw_page_points_to_upload(page: Page) -> None:
    page.goto("/")

    # Playwright's switch leaves its content as text; browsers without scripts show it.
    words = page.locator("noscript").inner_html()
    assert 'href="/upload/"' in html.unescape(words)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_a_picture_can_still_be_sent(page: Page) -> None:
    page.goto("/upload/")

    expect(page.get_by_role("button", name="Read this picture")).to_be_enabled()
