import pytest
from django.contrib.messages import get_messages

from recognizer import engine, selectors
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.training_execution import training_run_execute
from recognizer.services.training_runs import (
    TrainingOptions,
    training_run_claim,
    training_run_start,
)
from recognizer.tasks import training_enqueue
from recognizer.viewers import Viewer
from tests.factories import make_artifact, make_labelled, make_user

URL = "/training/"
EPOCH = engine.EpochProgress(
    epoch=1,
    epochs=2,
    loss=0.25,
    train_accuracy=0.9,
    kept_aside_accuracy=0.99,
    seconds=2.0,
)


@pytest.fixture
def reviewer(db, client):
    user = make_user("rita", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def labelled(reviewer):
    return make_labelled(10, reviewer=Viewer(user=reviewer))


@pytest.fixture
def run(labelled) -> TrainingRun:
    """One that waits for the worker."""
    return training_enqueue(options=TrainingOptions())


@pytest.fixture
def worse(labelled, monkeypatch, settings, tmp_path) -> TrainingRun:
    """One that made a worse version, which is a candidate."""
    settings.MODELS_ROOT = tmp_path / "models"

    def fine_tune(_version, _labelled, folder, *, progress, **_asked):
        progress.on_epoch(EPOCH)
        test = engine.GateTest("held-out labels", "may not fall", 0.9, 0.8, False)
        return engine.FineTuned(make_artifact(folder), [test])

    monkeypatch.setattr(engine, "fine_tune", fine_tune)
    return training_run_execute(run=training_run_start(options=TrainingOptions()))


def said(response) -> str:
    return " ".join(map(str, get_messages(response.wsgi_request)))


def test_the_page_says_what_there_is_to_learn(client, labelled):
    counts = selectors.label_counts()

    page = client.get(URL).content.decode()

    assert counts.training + counts.held_out == 10
    assert f"<dd>{counts.training}</dd>" in page
    assert f"<dd>{counts.held_out}</dd>" in page
    assert "disabled" not in page


def test_without_labels_the_page_says_what_to_do(client, reviewer):
    page = client.get(URL).content.decode()

    assert "Nothing is confirmed yet." in page
    assert 'type="submit" disabled' in page


def test_a_training_is_started(client, labelled, reviewer):
    response = client.post(f"{URL}start/", {"epochs": "3", "is_candidate": "on"})

    assert (response.status_code, response["Location"]) == (303, URL)
    run = TrainingRun.objects.get()
    options = TrainingOptions.of(run)
    assert (run.status, run.requested_by) == ("queued", reviewer)
    assert (options.epochs, options.promote, options.force) == (3, False, "")


def test_it_is_said_why_no_training_is_started(client, run):
    response = client.post(f"{URL}start/")

    assert "going on already" in said(response)
    assert TrainingRun.objects.count() == 1


def test_a_number_of_epochs_out_of_range_is_refused(client, labelled):
    response = client.post(f"{URL}start/", {"epochs": "0"})

    assert "1 to 50 epochs" in said(response)
    assert not TrainingRun.objects.exists()


def test_while_one_goes_on_the_page_shows_how_far_it_is(client, run):
    training_run_claim(run=run)
    TrainingRun.objects.update(
        phase="Learning", step=40, steps=160, seconds_left=100, epochs=[vars_of(EPOCH)]
    )

    page = client.get(URL).content.decode()

    assert "Learning …" in page
    assert "Step 40 of 160, about 2 min left" in page
    assert "99.00" in page  # of the digits kept aside, in the curve
    assert "Retrain" not in page


def vars_of(epoch: engine.EpochProgress) -> dict[str, float]:
    return {name: getattr(epoch, name) for name in epoch.__dataclass_fields__}


def test_the_progress_comes_by_itself(client, run):
    response = client.get(f"{URL}{run.pk}/progress/")

    assert response.status_code == 200
    assert "It waits for the worker." in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_training_that_has_ended_has_no_progress(client, run):
    client.post(f"{URL}{run.pk}/cancel/")

    assert client.get(f"{URL}{run.pk}/progress/").status_code == 204


def test_a_worker_that_is_missed_is_spoken_of(client, run):
    assert "No worker" not in client.get(URL).content.decode()

    TrainingRun.objects.update(requested_at="2026-01-01T00:00:00Z")

    assert "No worker has taken it yet." in client.get(URL).content.decode()


def test_a_training_is_cancelled(client, run):
    client.post(f"{URL}{run.pk}/cancel/")

    run.refresh_from_db()
    assert run.status == "cancelled"
    assert "It was cancelled." in client.get(URL).content.decode()


def test_what_has_ended_is_not_cancelled(client, worse):
    response = client.post(f"{URL}{worse.pk}/cancel/")

    assert "ended already" in said(response)


def test_the_page_says_which_test_failed(client, worse):
    page = client.get(URL).content.decode()

    assert "it is worse at held-out labels" in page
    assert "may not fall" in page


def test_a_worse_version_answers_for_a_reason_that_is_kept(client, worse, reviewer):
    client.post(f"{URL}{worse.pk}/promotion/", {"reason": "The old ones were wrong."})

    live = selectors.model_version_live()
    assert live == worse.version
    assert live.promotions.get().user == reviewer
    page = client.get(URL).content.decode()
    assert "The reason that was given: The old ones were wrong." in page
    assert "answer all the same" not in page


def test_without_a_reason_a_worse_version_does_not_answer(client, worse):
    response = client.post(f"{URL}{worse.pk}/promotion/", {"reason": " "})

    assert "Say why" in said(response)
    assert selectors.model_version_live() == ModelVersion.objects.get(number=1)


@pytest.fixture(params=["page", "start", "progress", "cancel", "promotion"])
def request_of_a_run(request, run):
    """Each request there is: its method and address."""
    match request.param:
        case "page":
            return "get", URL
        case "start":
            return "post", f"{URL}start/"
        case "progress":
            return "get", f"{URL}{run.pk}/progress/"
    return "post", f"{URL}{run.pk}/{request.param}/"


def test_others_do_not_find_the_page(client, alice, request_of_a_run, run):
    method, url = request_of_a_run
    client.force_login(alice)

    assert getattr(client, method)(url).status_code == 404
    run.refresh_from_db()
    assert run.status == "queued"


def test_who_is_not_signed_in_is_asked_to(client, request_of_a_run, run):
    method, url = request_of_a_run
    client.logout()

    response = getattr(client, method)(url)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    run.refresh_from_db()
    assert run.status == "queued"


def test_a_training_that_is_not_there(client, reviewer):
    assert client.get(f"{URL}99/progress/").status_code == 404
