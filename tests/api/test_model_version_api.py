import pytest

from recognizer import selectors
from recognizer.api.versions import (
    ModelVersionDetailOutput,
    ModelVersionOutput,
    version_data,
    version_detail_data,
)
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from tests.api.shapes import assert_same_fields
from tests.factories import make_artifact, make_confirmed, make_scores, make_user

GET = ["/api/models/", "/api/models/1/"]
POST = ["/api/models/2/promotion/", "/api/models/rollback/"]


@pytest.fixture
def staff(db, api):
    api.force_authenticate(make_user(is_staff=True))
    return api


@pytest.fixture
def candidate(db, settings, tmp_path) -> ModelVersion:
    settings.MODELS_ROOT = tmp_path
    manifest = make_artifact(tmp_path / "two", sure_threshold=0.6)
    version = model_version_register(
        folder=tmp_path / "two",
        manifest=manifest,
        parent=selectors.model_version_live(),
    )
    epoch = {
        "epoch": 1,
        "epochs": 1,
        "loss": 0.4,
        "train_accuracy": 0.97,
        "kept_aside_accuracy": 0.99,
        "seconds": 60.0,
    }
    test = {
        "name": "held-out labels",
        "rule": "may not fall",
        "before": None,
        "after": None,
        "is_passed": True,
    }
    TrainingRun.objects.create(
        status="succeeded", version=version, gate=[test], epochs=[epoch]
    )
    return version


def live():
    return selectors.model_version_live().number


@pytest.mark.parametrize("url", GET)
def test_whoever_is_not_signed_in_sees_nothing(api, candidate, url):
    response = api.get(url)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("url", POST)
def test_whoever_is_not_signed_in_decides_nothing(api, candidate, url):
    model_version_promote(version=candidate)

    assert api.post(url).status_code == 401
    assert live() == 2


@pytest.mark.parametrize("url", GET)
def test_users_see_nothing(api, alice, candidate, url):
    api.force_authenticate(alice)

    response = api.get(url)

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"


def test_users_promote_nothing(api, alice, candidate):
    api.force_authenticate(alice)

    assert api.post("/api/models/2/promotion/").status_code == 403
    assert live() == 1


def test_users_roll_nothing_back(api, alice, candidate):
    model_version_promote(version=candidate)
    api.force_authenticate(alice)

    assert api.post("/api/models/rollback/").status_code == 403
    assert live() == 2


def test_a_signed_in_browser_needs_its_csrf_token(api, candidate):
    api.force_login(make_user(is_staff=True))

    assert api.post("/api/models/2/promotion/").status_code == 403
    assert live() == 1


def test_all_versions_are_listed_the_newest_first(staff, candidate):
    results = staff.get("/api/models/").json()["results"]

    assert [(each["number"], each["state"]) for each in results] == [
        (2, "candidate"),
        (1, "live"),
    ]
    assert results[0]["parent"] == 1


def test_a_version_says_how_it_was_made(staff, candidate):
    version = staff.get("/api/models/2/").json()

    assert version["training"]["epochs"][0]["loss"] == 0.4
    assert version["training"]["gate"][0]["name"] == "held-out labels"
    assert version["labels_learnt"] == 0
    assert version["held_out"] is None


def test_a_version_says_how_well_it_answers_what_is_held_out(staff, candidate):
    make_scores(make_confirmed(label=7), {2: 7})
    make_scores(make_confirmed(label=7), {2: 10})
    make_scores(make_confirmed(label=7, is_held_out=False), {2: 1})

    held_out = staff.get("/api/models/2/").json()["held_out"]

    assert (held_out["n"], held_out["accuracy"]) == (2, 0.5)
    assert held_out["confusion"] == {"7": {"7": 1, "not_a_digit": 1}}
    assert held_out["calibration_error"] == pytest.approx(0.4)


def test_a_version_whose_files_are_gone_says_what_is_known(staff, candidate, settings):
    settings.MODELS_ROOT = "/nowhere"

    assert staff.get("/api/models/2/").json()["labels_learnt"] is None


def test_a_version_is_let_answer(staff, candidate):
    response = staff.post("/api/models/2/promotion/")

    assert (response.status_code, response.json()["state"]) == (200, "live")
    assert live() == 2


def test_a_damaged_version_is_not_let_answer(staff, candidate, tmp_path):
    (tmp_path / "two" / "model.tflite").write_bytes(b"damaged")

    response = staff.post("/api/models/2/promotion/")

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "artifact_damaged"
    assert live() == 1


def test_the_one_before_is_gone_back_to(staff, candidate):
    before = ModelVersion.objects.get(number=1)
    model_version_promote(version=candidate)

    response = staff.post("/api/models/rollback/")

    answer = response.json()
    assert (response.status_code, answer["number"], answer["state"]) == (200, 1, "live")
    assert answer["promoted_at"].startswith(f"{before.promoted_at:%Y-%m-%dT%H:%M:%S}")
    assert live() == 1


def test_without_one_before_there_is_a_conflict(staff):
    response = staff.post("/api/models/rollback/")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "nothing_before"


@pytest.mark.parametrize("number", [9, 10**30])
def test_an_unknown_version_is_not_found(staff, number):
    assert staff.get(f"/api/models/{number}/").status_code == 404
    assert staff.post(f"/api/models/{number}/promotion/").status_code == 404


def test_versions_have_the_fields_the_schema_promises(candidate):
    make_scores(make_confirmed(label=7), {2: 7})

    assert_same_fields(ModelVersionOutput(), version_data(candidate))
    assert_same_fields(ModelVersionDetailOutput(), version_detail_data(candidate))
