"""A real Chromium against the real server, engine and model."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
)
from pytest_django.live_server_helper import LiveServer

from recognizer.models import Prediction, User
from tests.browser.hands import SEVEN, draw_with_mouse

# The names under which distributions install it.
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 15_000
CHROMIUM_FLAGS = [
    "--no-sandbox",  # containers run tests as root, where the sandbox cannot start
    "--disable-gpu",
    # No traffic but ours: the tests need no network, and none should notice one.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium(playwright: Playwright) -> str:
    """The browser named by CHROMIUM, else an installed one, else Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        if not (found := shutil.which(named)):
            pytest.fail(f"Expected CHROMIUM to name a program. Received: {named}")
        return found
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    if not Path(own).is_file():
        pytest.fail(
            "The browser tests need Chromium, and none was found. Install it with "
            "`apt install chromium` or `.venv/bin/playwright install chromium`, or "
            "set CHROMIUM to its path."
        )
    return own


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright
) -> dict[str, Any]:
    return browser_type_launch_args | {
        "executable_path": find_chromium(playwright),
        "args": CHROMIUM_FLAGS,
    }


@pytest.fixture(autouse=True, scope="session")
def orm_beside_playwright() -> Iterator[None]:
    """Let tests use the ORM: Playwright keeps an event loop running in their thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    return live_server.url


@pytest.fixture(autouse=True, scope="session")
def patience() -> None:
    """Wait longer than Playwright would: test machines may be small and busy."""
    expect.set_options(timeout=PATIENCE_MS)


class Complaints(list[str]):
    """What the browser's console had to complain about, CSP violations included."""

    def forgive(self, words: str) -> None:
        """Drop what a test provoked; it must be there."""
        provoked = [each for each in self if words in each]
        assert provoked, f"Expected a complaint with {words!r}. Received: {self}"
        self[:] = [each for each in self if each not in provoked]

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[Complaints]:
    """Fail every test during which a page complained."""
    heard = Complaints()
    page.on("console", heard.hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    # By name, and not as lists: the message is then the complaint itself.
    assert not heard, "\n".join(heard)


def sign_in(context: BrowserContext, user: User, base_url: str) -> None:
    """Give the browser a session of this user's."""
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])


@pytest.fixture
def saved(page: Page, complaints: Complaints) -> Prediction:
    """A seven this browser has drawn and saved; its result is open."""
    page.goto("/")
    draw_with_mouse(page, SEVEN)
    page.get_by_role("button", name="Save this digit").click()
    page.wait_for_url(re.compile(r"/predictions/"))
    return Prediction.objects.get()
