from http import HTTPStatus
from uuid import uuid4

import pytest

from recognizer import engine
from tests.factories import make_explanation, make_heat_map, make_prediction


@pytest.fixture(autouse=True)
def explain(monkeypatch):
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())


def url_of(prediction):
    return f"/api/predictions/{prediction.public_id}/explanation/"


def test_a_prediction_is_explained(db, api, visitor):
    (entry,) = api.get(url_of(make_prediction(visitor=visitor))).json()["digits"]

    assert entry["position"] == 0
    assert (entry["answer"]["digit"], entry["answer"]["place"]) == (7, "upper left")
    assert entry["runner_up"]["digit"] == 1
    assert entry["without_place"] == {"digit": 1, "probability": 0.875}
    assert entry["model_version"] == 1


def test_an_answer_without_a_place_has_nothing_to_tell_without_it(
    db, api, visitor, monkeypatch
):
    found = make_explanation(answer=make_heat_map(place=None))
    monkeypatch.setattr(engine, "explain", lambda _glyph: found)

    (entry,) = api.get(url_of(make_prediction(visitor=visitor))).json()["digits"]

    assert entry["answer"]["place"] is None
    assert entry["without_place"] is None


def test_the_heat_maps_come_as_pictures(db, api, visitor):
    (entry,) = api.get(url_of(make_prediction(visitor=visitor))).json()["digits"]

    for each in (entry["answer"], entry["runner_up"]):
        assert each["heat_map"].startswith("data:image/png;base64,")


def test_every_digit_is_explained_in_order(db, api, visitor):
    entries = api.get(url_of(make_prediction(visitor=visitor, text="26"))).json()

    assert [entry["position"] for entry in entries["digits"]] == [0, 1]


def test_another_users_prediction_is_not_explained(alice, bob, api):
    prediction = make_prediction(owner=bob)
    api.force_authenticate(alice)

    assert api.get(url_of(prediction)).status_code == 404


def test_another_visitors_prediction_is_not_explained(db, api, visitor):
    assert api.get(url_of(make_prediction(visitor=uuid4()))).status_code == 404


def test_a_newcomer_is_explained_nothing(db, api):
    assert api.get(url_of(make_prediction(visitor=uuid4()))).status_code == 404


def test_without_a_model_the_answer_is_an_error_in_words(db, api, visitor, monkeypatch):
    def fail(_glyph):
        raise engine.RecognizerError(
            "No model can read this at the moment.",
            code="artifact_damaged",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )

    monkeypatch.setattr(engine, "explain", fail)

    response = api.get(url_of(make_prediction(visitor=visitor)))

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "artifact_damaged"
