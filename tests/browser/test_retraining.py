"""The training page, while a worker trains somewhere else."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recognizer.models import TrainingRun, User
from recognizer.services.training_runs import training_run_claim
from recognizer.viewers import Viewer
from tests.browser.conftest import Complaints, sign_in
from tests.factories import make_labelled, make_user

EPOCH = {
    "epoch": 1,
    "epochs": 2,
    "loss": 0.3,
    "train_accuracy": 0.95,
    "kept_aside_accuracy": 0.99,
    "seconds": 12.0,
}


@pytest.fixture(autouse=True)
def reviewer(page: Page, complaints: Complaints, base_url: str) -> User:
    user = make_user("rita", is_staff=True)
    sign_in(page.context, user, base_url)
    make_labelled(10, reviewer=Viewer(user=user))
    return user


def start(page: Page) -> TrainingRun:
    page.goto("/training/")
    page.get_by_role("button", name="Retrain").click()
    expect(page.get_by_text("It waits for the worker.")).to_be_visible()
    return TrainingRun.objects.get()


def test_what_the_worker_does_is_seen_without_asking(page: Page) -> None:
    run = start(page)

    assert training_run_claim(run=run)
    TrainingRun.objects.update(
        phase="Learning", step=159, steps=318, seconds_left=41, epochs=[EPOCH]
    )

    expect(page.get_by_text("Learning …")).to_be_visible()
    expect(page.get_by_text("Step 159 of 318, about 41 s left")).to_be_visible()
    expect(page.get_by_role("img", name="Accuracy by epoch")).to_be_visible()


def test_once_it_has_ended_the_page_says_how(page: Page) -> None:
    run = start(page)
    training_run_claim(run=run)

    note = "Model 2 is kept as a candidate."
    TrainingRun.objects.update(
        status="succeeded", note=note, finished_at=timezone.now()
    )

    expect(page.get_by_text(note)).to_be_visible()
    expect(page.get_by_role("button", name="Retrain")).to_be_visible()


def test_a_training_is_cancelled_by_a_press(page: Page) -> None:
    run = start(page)

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("It was cancelled.")).to_be_visible()
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_while_the_site_is_away_the_page_says_so_once(
    page: Page, complaints: Complaints
) -> None:
    start(page)

    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("cannot be asked just now")
    page.context.set_offline(False)

    expect(page.get_by_role("alert")).to_be_empty()
    complaints.forgive("ERR_INTERNET_DISCONNECTED")
