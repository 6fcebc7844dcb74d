import pytest
from django_tasks_db.models import DBTaskResult

from recognizer.api.trainings import TrainingRunOutput, training_run_data
from recognizer.models import TrainingRun
from recognizer.services.training_runs import TrainingOptions
from recognizer.tasks import training_enqueue
from recognizer.viewers import Viewer
from tests.api.shapes import assert_same_fields
from tests.factories import make_labelled, make_user

pytestmark = pytest.mark.usefixtures("tasks_in_database")

URL = "/api/training-runs/"


@pytest.fixture
def reviewer(db, api):
    user = make_user("rita", is_staff=True)
    api.force_authenticate(user)
    return user


@pytest.fixture
def labelled(reviewer):
    return make_labelled(10, reviewer=Viewer(user=reviewer))


@pytest.fixture
def run(labelled) -> TrainingRun:
    """One that waits for the worker."""
    return training_enqueue(options=TrainingOptions())


def test_a_training_is_asked_for_and_waits_for_the_worker(api, labelled, reviewer):
    response = api.post(URL)

    assert response.status_code == 202
    run = TrainingRun.objects.get()
    assert (run.status, run.requested_by) == ("queued", reviewer)
    assert response.json()["id"] == run.pk
    task = DBTaskResult.objects.get()
    assert (task.queue_name, task.args_kwargs["args"]) == ("training", [run.pk])


def test_what_is_asked_for_is_kept(api, labelled):
    asked = {"epochs": 5, "seed": 9, "promote": False, "force": "It is a trial."}

    api.post(URL, asked, format="json")

    kept = TrainingOptions.of(TrainingRun.objects.get())
    assert (kept.epochs, kept.seed, kept.promote, kept.force) == tuple(asked.values())


@pytest.mark.parametrize(
    ("field", "value"), [("epochs", 0), ("epochs", 51), ("seed", -1), ("promote", "?")]
)
def test_an_option_out_of_its_range_is_refused(api, labelled, field, value):
    response = api.post(URL, {field: value}, format="json")

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [field]
    assert not TrainingRun.objects.exists()


def test_without_labels_there_is_nothing_to_learn(api, reviewer):
    response = api.post(URL)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "nothing_to_learn"
    assert not DBTaskResult.objects.exists()


def test_a_second_training_is_refused(api, run):
    response = api.post(URL)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "in_progress"
    assert DBTaskResult.objects.count() == 1


def test_a_training_says_how_far_it_is(api, run):
    TrainingRun.objects.update(
        status="running", phase="Learning", step=40, steps=160, seconds_left=30
    )

    body = api.get(f"{URL}{run.pk}/").json()

    assert (body["status"], body["phase"]) == ("running", "Learning")
    assert (body["step"], body["steps"], body["seconds_left"]) == (40, 160, 30)


def test_the_newest_training_comes_first(api, run):
    api.post(f"{URL}{run.pk}/cancel/")
    api.post(URL)

    results = api.get(URL).json()["results"]

    assert [row["status"] for row in results] == ["queued", "cancelled"]


def test_a_training_is_cancelled(api, run):
    response = api.post(f"{URL}{run.pk}/cancel/")

    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    run.refresh_from_db()
    assert (run.status, run.note) == ("cancelled", "It was cancelled.")


def test_what_has_ended_is_not_cancelled(api, run):
    api.post(f"{URL}{run.pk}/cancel/")

    response = api.post(f"{URL}{run.pk}/cancel/")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "not_active"


@pytest.mark.parametrize("path", ["99/", "99/cancel/"])
def test_of_a_training_that_is_not_there_it_is_said(api, reviewer, path):
    response = api.post(URL + path) if "cancel" in path else api.get(URL + path)

    assert response.status_code == 404


@pytest.fixture(params=["get list", "post list", "get one", "post cancel"])
def request_of_a_run(request, run):
    """Each request there is: its method and address."""
    method, what = request.param.split()
    ends = {"list": "", "one": f"{run.pk}/", "cancel": f"{run.pk}/cancel/"}
    return method, URL + ends[what]


@pytest.mark.parametrize("status", [401, 403], ids=["nobody", "alice"])
def test_trainings_are_for_reviewers(api, alice, run, status, request_of_a_run):
    api.force_authenticate(alice if status == 403 else None)
    method, url = request_of_a_run

    response = getattr(api, method)(url)

    assert response.status_code == status
    run.refresh_from_db()
    assert run.status == "queued"


def test_the_schema_describes_what_is_answered(run):
    assert_same_fields(TrainingRunOutput(), training_run_data(run))


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", "5"), ("seed", True), ("promote", 0), ("promote", "yes"), ("force", 7)],
)
def test_an_option_of_another_type_is_refused(api, labelled, field, value):
    response = api.post(URL, {field: value}, format="json")

    assert response.status_code == 400
    assert "Expected" in response.json()["error"]["fields"][field][0]


def test_in_a_form_every_option_is_a_text(api, labelled):
    asked = {"epochs": "5", "seed": "9", "promote": "false", "force": "A trial."}

    response = api.post(URL, asked, format="multipart")

    assert response.status_code == 202
    kept = TrainingOptions.of(TrainingRun.objects.get())
    assert (kept.epochs, kept.seed, kept.promote) == (5, 9, False)
