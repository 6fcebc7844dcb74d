"""A request that comes again with its key is answered as the first time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from recognizer import engine
from recognizer.models import KeptAnswer, Prediction
from recognizer.services.accounts import account_delete
from recognizer.viewers import Viewer
from tests.factories import (
    PASSWORD,
    make_explanation,
    make_image,
    make_reading,
    make_upload,
)

URL = "/api/predictions/"
KEY = "0d7b6e3c"


def post(client, data=None, url=URL, key=KEY, **fields):
    body = {"image": make_upload(data), **fields}
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(url, body, format="multipart", headers=headers)


def post_many(client, images, key=KEY):
    files = [make_upload(each) for each in images]
    return client.post(
        URL, {"images": files}, format="multipart", headers={"Idempotency-Key": key}
    )


@pytest.fixture
def client(db, stub_engine) -> APIClient:
    """A visitor's browser, which may log in."""
    return APIClient()


def log_in(client):
    form = {"username": "alice", "password": PASSWORD}
    assert client.post("/accounts/login/", form).status_code == 302


@pytest.fixture
def program(api, alice):
    api.force_authenticate(alice)
    return api


def test_it_is_stored_once_and_answered_alike(program, stub_engine):
    first = post(program)

    again = post(program)

    assert again.json() == first.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Location"] == first["Location"]
    assert Prediction.objects.count() == 1


def test_only_the_repeated_answer_says_that_it_is_one(program, stub_engine):
    first, again = post(program), post(program)

    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


def test_the_picture_is_not_read_again(program, stub_engine):
    post(program)

    post(program)

    assert len(stub_engine.asked) == 1


def test_another_key_is_another_request(program, stub_engine):
    post(program)

    post(program, key="another")

    assert Prediction.objects.count() == 2


def test_without_a_key_each_is_a_request_of_its_own(program, stub_engine):
    post(program, key=None)

    post(program, key=None)

    assert Prediction.objects.count() == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"data": make_image(width=99)},
        {"source": "draw"},
        {"url": f"{URL}?explain=true"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_key_for_another_request_is_refused(
    program, stub_engine, monkeypatch, changed
):
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())
    post(program)

    response = post(program, **changed)

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "idempotency_key_reused"
    assert Prediction.objects.count() == 1


def test_the_same_key_of_somebody_else_is_another_request(
    program, alice, bob, stub_engine
):
    first = post(program)
    other = APIClient()
    other.force_authenticate(bob)

    second = post(other)

    assert first.json()["id"] != second.json()["id"]
    assert (alice.predictions.count(), bob.predictions.count()) == (1, 1)


def test_a_newcomer_may_repeat_it_with_and_without_the_cookie(db, api, stub_engine):
    first = post(api)

    with_cookie = post(api)
    without = post(APIClient())

    assert with_cookie.json() == without.json() == first.json()
    assert Prediction.objects.count() == 1


def test_who_repeats_it_without_the_cookie_is_given_none(db, api, stub_engine):
    post(api)

    again = post(APIClient())

    assert "visitor" not in again.cookies


def test_many_are_stored_once_and_answered_alike(program):
    images = [make_image(), b"no picture", make_image(width=80)]

    first, again = post_many(program, images), post_many(program, images)

    assert again.json() == first.json()
    assert again.status_code == first.status_code
    assert Prediction.objects.count() <= 2


def test_one_of_a_list_is_not_one_alone(program, stub_engine):
    post(program)

    assert post_many(program, [make_image()]).status_code == 422


def test_a_blank_picture_is_answered_alike(program, stub_engine):
    stub_engine.reading = make_reading(outcome="blank")

    first, again = post(program), post(program)

    assert again.json() == first.json()
    assert again.status_code == 200
    assert len(stub_engine.asked) == 1


def test_what_failed_may_be_tried_again(program, stub_engine):
    stub_engine.error = engine.RecognizerError(
        "No model.", code="artifact_damaged", status=503
    )
    post(program)
    stub_engine.error = None

    again = post(program)

    assert again.status_code == 201


def test_what_was_deleted_since_is_said_to_be(program, stub_engine):
    first = post(program)
    program.delete(first["Location"])

    again = post(program)

    assert again.status_code == 410
    assert again.json()["error"]["code"] == "deleted"


def test_of_many_only_the_deleted_one_is_gone(program, stub_engine):
    images = [make_image(), make_image(width=80)]
    first = post_many(program, images).json()["results"]
    program.delete(first[0]["prediction"]["links"]["self"])

    again = post_many(program, images).json()["results"]

    assert again[0]["error"]["code"] == "deleted"
    assert again[1] == first[1]


def test_nothing_of_the_picture_is_kept_with_the_key(program, stub_engine):
    post(program)

    (entry,) = KeptAnswer.objects.get().entries
    assert set(entry) == {"stored"}


def test_a_key_is_forgotten_after_a_day(program, stub_engine):
    post(program)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    again = post(program)

    assert again.status_code == 201
    assert Prediction.objects.count() == 2
    assert KeptAnswer.objects.count() == 1


@pytest.mark.parametrize("url", [URL, f"{URL}?store=false"])
@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "tab\there"])
def test_what_is_no_key_is_refused(program, stub_engine, key, url):
    response = post(program, key=key, url=url)

    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["error"]["fields"]
    assert stub_engine.asked == []


def test_a_preview_has_no_use_for_a_key(program, stub_engine):
    post(program, url=f"{URL}?store=false")

    assert not KeptAnswer.objects.exists()


def test_of_two_at_once_one_is_kept(program, stub_engine, monkeypatch, media_root):
    """The second comes while the first is being read: the moment is made here."""
    recognize = stub_engine.recognize
    answered = []

    def overtaken(data, **options):
        if not answered:
            answered.append(None)
            answered.append(post(program))
        return recognize(data, **options)

    monkeypatch.setattr(engine, "recognize", overtaken)

    response = post(program)

    assert response.json() == answered[1].json()
    assert Prediction.objects.count() == 1
    assert sum(path.is_file() for path in media_root.rglob("*")) == 1


def test_who_logs_in_may_repeat_what_he_asked_for_as_a_visitor(alice, client):
    first = post(client)
    log_in(client)

    again = post(client)

    assert again.json()["id"] == first.json()["id"]
    assert alice.predictions.count() == 1


def test_of_one_key_asked_for_as_a_visitor_and_as_a_user_the_users_stays(alice, client):
    program = APIClient()
    program.force_authenticate(alice)
    own = post(program)
    post(client)

    log_in(client)

    assert post(program).json()["id"] == own.json()["id"]
    assert KeptAnswer.objects.filter(asker=f"user {alice.pk}").count() == 1


def test_what_is_an_accounts_by_now_is_not_shown_to_its_address(alice, client):
    post(client)
    log_in(client)

    response = post(APIClient())

    assert response.status_code == 410
    assert response.json()["error"]["code"] == "deleted"


def test_a_deleted_account_leaves_no_key_behind(program, alice, stub_engine):
    post(program)

    account_delete(viewer=Viewer(user=alice))

    assert not KeptAnswer.objects.exists()


def test_no_address_can_be_read_from_a_key(db, api, stub_engine):
    post(api)

    assert not KeptAnswer.objects.filter(asker__contains="127.0.0.1").exists()
