from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from recognizer.models import Digit, Prediction
from tests.factories import make_image, make_prediction


def url_of(prediction, suffix=""):
    return f"/api/predictions/{prediction.public_id}/{suffix}"


def test_a_prediction_is_answered_as_when_it_was_made(db, api, visitor):
    prediction = make_prediction(visitor=visitor, text="26")

    body = api.get(url_of(prediction)).json()

    assert body["id"] == str(prediction.public_id)
    assert [entry["digit"] for entry in body["digits"]] == [2, 6]
    assert body["model_version"] == 1
    assert body["image"] == {"width": 60, "height": 40}


def test_the_links_are_whole_addresses(db, api, visitor):
    prediction = make_prediction(visitor=visitor)

    links = api.get(url_of(prediction)).json()["links"]

    assert links == {
        "self": f"http://testserver/api/predictions/{prediction.public_id}/",
        "page": f"http://testserver/predictions/{prediction.public_id}/",
        "image": f"http://testserver/api/predictions/{prediction.public_id}/image/",
        "explanation": (
            f"http://testserver/api/predictions/{prediction.public_id}/explanation/"
        ),
    }


def test_the_picture_is_served_as_what_we_stored(db, api, visitor):
    prediction = make_prediction(visitor=visitor)

    response = api.get(url_of(prediction, "image/"))

    assert b"".join(response.streaming_content) == make_image()
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"


def test_a_picture_is_not_sent_again(db, api, visitor):
    url = url_of(make_prediction(visitor=visitor), "image/")
    tag = api.get(url)["ETag"]

    response = api.get(url, headers={"If-None-Match": tag})

    assert (response.status_code, response.content) == (304, b"")


def test_a_lost_picture_is_not_found(db, api, visitor):
    prediction = make_prediction(visitor=visitor)
    default_storage.delete(prediction.image.name)

    response = api.get(url_of(prediction, "image/"))

    assert response.status_code == 404
    assert "is gone" in response.json()["error"]["message"]


def test_deleting_takes_rows_and_picture(
    db, api, visitor, django_capture_on_commit_callbacks
):
    prediction = make_prediction(visitor=visitor)

    with django_capture_on_commit_callbacks(execute=True):
        response = api.delete(url_of(prediction))

    assert response.status_code == 204
    assert not Prediction.objects.exists()
    assert not Digit.objects.exists()
    assert not default_storage.exists(prediction.image.name)


@pytest.mark.parametrize("suffix", ["", "image/", "explanation/"])
def test_another_persons_prediction_is_not_found(alice, bob, api, suffix):
    prediction = make_prediction(owner=bob)
    api.force_authenticate(alice)

    assert api.get(url_of(prediction, suffix)).status_code == 404


def test_another_persons_prediction_cannot_be_deleted(alice, bob, api):
    prediction = make_prediction(owner=bob)
    api.force_authenticate(alice)

    assert api.delete(url_of(prediction)).status_code == 404
    assert Prediction.objects.filter(pk=prediction.pk).exists()


def test_another_visitors_prediction_is_not_found(db, api, visitor):
    prediction = make_prediction(visitor=uuid4())

    assert api.get(url_of(prediction)).status_code == 404


def test_a_signed_in_browser_needs_its_csrf_token_to_delete(alice, api):
    prediction = make_prediction(owner=alice)
    api.force_login(alice)

    assert api.delete(url_of(prediction)).status_code == 403
    assert Prediction.objects.filter(pk=prediction.pk).exists()
