from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIRequestFactory

from recognizer.api.digits import ReviewOutput
from recognizer.api.reviews import review_data
from recognizer.models import Correction, ReviewClaim, Via
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.api.shapes import assert_same_fields
from tests.factories import PASSWORD, make_prediction

URL = "/api/reviews/"


@pytest.fixture
def reviewer(rita, api):
    api.force_authenticate(rita.user)
    return rita.user


@pytest.fixture
def digit(db):
    return make_prediction(visitor=uuid4()).digits.get()


def test_a_reviewer_is_given_a_digit(api, reviewer, digit):
    response = api.post(URL)

    assert response.status_code == 200
    body = response.json()
    assert body["digit"]["id"] == digit.pk
    assert body["prediction"] == str(digit.prediction.public_id)
    assert body["is_random"] is False
    age = datetime.fromisoformat(body["expires_at"]) - timezone.now()
    assert timedelta(minutes=9) < age <= timedelta(minutes=10)


def test_the_picture_can_be_fetched(api, reviewer, digit):
    url = api.post(URL).json()["image"]

    response = api.get(url)

    assert response["Content-Type"] == "image/png"
    assert response.getvalue().startswith(b"\x89PNG")


def test_a_random_one_is_marked(api, reviewer, digit):
    api.post(URL)
    ReviewClaim.objects.update(via=Via.RANDOM)

    assert api.post(URL).json()["is_random"] is True


def test_a_label_ends_the_claim_and_is_of_the_queue(api, reviewer, digit):
    api.post(URL)

    api.post(f"/api/digits/{digit.pk}/corrections/", {"label": 1}, format="json")

    assert Correction.objects.get().via == Via.QUEUE
    assert not ReviewClaim.objects.exists()


def test_a_label_without_a_claim_is_of_the_api(api, reviewer, digit):
    api.post(f"/api/digits/{digit.pk}/corrections/", {"label": 1}, format="json")

    assert Correction.objects.get().via == Via.API


def test_nothing_is_left(api, reviewer):
    response = api.post(URL)

    assert (response.status_code, response.content) == (204, b"")


def test_skip_gives_another_one(api, reviewer, digit):
    following = make_prediction(visitor=uuid4()).digits.get()
    api.post(URL)

    assert api.post(f"{URL}skip/").json()["digit"]["id"] == following.pk


def test_after_the_last_skip_nothing_is_left(api, reviewer, digit):
    api.post(URL)

    assert api.post(f"{URL}skip/").status_code == 204


@pytest.mark.parametrize("url", [URL, f"{URL}skip/"])
def test_users_may_not(api, alice, digit, url):
    api.force_authenticate(alice)

    response = api.post(url)

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert not ReviewClaim.objects.exists()


@pytest.mark.parametrize("url", [URL, f"{URL}skip/"])
def test_visitors_may_not(api, visitor, digit, url):
    response = api.post(url)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["error"]["code"] == "not_authenticated"


def test_a_browser_needs_its_token(api, rita, digit):
    api.login(username="rita", password=PASSWORD)

    response = api.post(URL)

    assert response.status_code == 403
    assert not ReviewClaim.objects.exists()


def test_the_picture_of_somebody_elses_digit_is_not_found(api, alice, digit):
    api.force_authenticate(alice)

    assert api.get(f"/api/digits/{digit.pk}/image/").status_code == 404


def test_it_has_the_fields_the_schema_promises(reviewer, digit):
    claim = review_claim(viewer=Viewer(user=reviewer))

    assert_same_fields(ReviewOutput(), review_data(claim, APIRequestFactory().get("/")))
