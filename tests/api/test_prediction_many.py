"""Several pictures in one request."""

import base64

import pytest

from recognizer import engine
from recognizer.api.serializers import PredictionOutput, PredictionsOutput
from recognizer.models import Prediction
from tests.api.shapes import assert_same_fields
from tests.factories import make_explanation, make_image, make_reading, make_upload

URL = "/api/predictions/"
IMAGES = [make_image(width=width) for width in (60, 70, 80)]


def post_form(client, images=IMAGES, url=URL, field="images"):
    files = [make_upload(each) for each in images]
    return client.post(url, {field: files}, format="multipart")


def post_json(client, images=IMAGES, url=URL):
    encoded = [base64.b64encode(each).decode() for each in images]
    return client.post(url, {"images": encoded}, format="json")


@pytest.mark.parametrize("post", [post_form, post_json])
def test_several_are_read_and_stored_in_their_order(db, api, stub_engine, post):
    response = post(api)

    assert response.status_code == 201
    ids = [each["prediction"]["id"] for each in response.json()["results"]]
    stored = Prediction.objects.order_by("pk").values_list("public_id", flat=True)
    assert ids == [str(each) for each in stored]
    assert stub_engine.asked == IMAGES


def test_a_form_may_repeat_the_field_for_one(db, api, stub_engine):
    response = post_form(api, field="image")

    assert len(response.json()["results"]) == 3


def test_a_list_of_one_is_answered_by_a_list(db, api, stub_engine):
    (entry,) = post_form(api, IMAGES[:1]).json()["results"]

    assert entry["prediction"]["digit"] == 7


def test_the_answer_has_the_fields_the_schema_promises(db, api, stub_engine):
    body = post_form(api).json()

    for entry in body["results"]:
        assert entry["error"] is None
        assert_same_fields(PredictionOutput(), entry["prediction"])
    assert set(body) == set(PredictionsOutput().fields)


def test_they_all_belong_to_the_one_who_sent_them(api, alice, stub_engine):
    api.force_authenticate(alice)

    post_form(api)

    assert alice.predictions.count() == 3


def test_a_newcomer_finds_them_all_again(db, api, stub_engine):
    post_form(api)

    assert len(api.get(URL).json()["results"]) == 3


def test_one_that_cannot_be_read_says_why_and_stops_no_other(db, api):
    results = post_form(api, [IMAGES[0], b"no picture", IMAGES[1]]).json()["results"]

    assert [entry["error"] is None for entry in results] == [True, False, True]
    assert results[1]["prediction"] is None
    assert results[1]["error"]["code"] == "unreadable_image"
    assert results[1]["error"]["message"]


def test_nothing_is_kept_where_it_shall_not_be(db, api, stub_engine):
    response = post_form(api, url=f"{URL}?store=false")

    assert response.status_code == 200
    assert [each["prediction"]["id"] for each in response.json()["results"]] == [
        None,
        None,
        None,
    ]
    assert not Prediction.objects.exists()


def test_blank_ones_are_answered_and_not_kept(db, api, stub_engine):
    stub_engine.reading = make_reading(outcome="blank")

    response = post_form(api)

    assert response.status_code == 200
    assert response.json()["results"][0]["prediction"]["outcome"] == "blank"


def test_more_than_64_are_refused(db, api, stub_engine):
    response = post_json(api, IMAGES[:1] * 65)

    assert response.status_code == 400
    assert "64" in response.json()["error"]["message"]
    assert stub_engine.asked == []


def test_64_fit_into_one_form(db, api, stub_engine):
    assert len(post_form(api, IMAGES[:1] * 64).json()["results"]) == 64


@pytest.mark.parametrize("images", [[], "one", None, {"0": "a"}, 7])
def test_what_is_no_list_of_pictures_is_refused(db, api, images):
    response = api.post(URL, {"images": images}, format="json")

    assert response.status_code == 400
    assert "images" in response.json()["error"]["fields"]


@pytest.mark.parametrize("image", ["", "!", None, 7, ["aGk="]])
def test_what_is_wrong_with_one_says_which(db, api, image):
    response = api.post(URL, {"images": ["aGk=", image]}, format="json")

    assert response.status_code == 400
    assert "Picture 1" in response.json()["error"]["fields"]["images"][0]


def test_without_a_model_none_is_answered(db, api, stub_engine):
    stub_engine.error = engine.RecognizerError(
        "No model.", code="artifact_damaged", status=503
    )

    assert post_form(api).status_code == 503


@pytest.mark.parametrize("store", ["true", "false"])
def test_each_is_explained_where_asked_for(db, api, stub_engine, monkeypatch, store):
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())

    body = post_form(api, url=f"{URL}?explain=true&store={store}").json()

    for entry in body["results"]:
        (digit,) = entry["prediction"]["explanation"]["digits"]
        assert digit["answer"]["digit"] == 7


def test_one_alone_is_explained_where_asked_for(db, api, stub_engine, monkeypatch):
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())

    body = api.post(
        f"{URL}?explain=1", {"image": make_upload()}, format="multipart"
    ).json()

    assert_same_fields(PredictionOutput(), body)
    assert body["explanation"]["digits"][0]["position"] == 0


def test_nothing_is_explained_unless_asked_for(db, api, stub_engine):
    body = api.post(URL, {"image": make_upload()}, format="multipart").json()

    assert "explanation" not in body


def test_whether_to_explain_is_true_or_false(db, api):
    response = post_form(api, url=f"{URL}?explain=maybe")

    assert response.status_code == 400
    assert "explain" in response.json()["error"]["fields"]


def test_each_picture_counts_against_the_limit(narrow, api, stub_engine):
    assert post_form(api).status_code == 201

    assert post_form(api, IMAGES[:1]).status_code == 429


@pytest.mark.parametrize("n", [4, 6])
def test_more_than_are_ever_allowed_at_once_are_refused(narrow, api, stub_engine, n):
    response = post_form(api, (IMAGES * 2)[:n])

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_much_at_once"
    assert f"{n} pictures" in response.json()["error"]["message"]
    assert stub_engine.asked == []
