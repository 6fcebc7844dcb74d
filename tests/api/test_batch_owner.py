"""Whose batches are whose: owner, other users, visitors, staff."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from recognizer import viewers
from recognizer.models import Batch, Prediction
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_admin, make_upload

URL = "/api/batches/"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What comes after a commit comes at once: the test's own transaction has none."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda then, **_: then())


@pytest.fixture
def batch(alice):
    return make_batch(viewer=Viewer(user=alice))


def ask(client, batch, what):
    url = f"{URL}{batch.public_id}/"
    match what:
        case "get":
            return client.get(url)
        case "results":
            return client.get(f"{url}results/")
        case "csv":
            return client.get(f"{url}results/?format=csv")
        case "cancel":
            return client.post(f"{url}cancel/")
        case _:
            return client.delete(url)


everything = pytest.mark.parametrize(
    "what", ["get", "results", "csv", "cancel", "delete"]
)


@everything
def test_an_owner_may_do_it_all(alice, api, batch, what):
    api.force_authenticate(alice)

    assert ask(api, batch, what).status_code in {200, 204}


@everything
def test_to_another_user_it_is_not_there(bob, api, batch, what):
    api.force_authenticate(bob)

    response = ask(api, batch, what)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/json"
    assert response.json()["error"]["code"] == "not_found"
    assert Batch.objects.get().status == "queued"


@everything
def test_to_the_staff_it_is_not_there(api, batch, what):
    api.force_authenticate(make_admin())

    assert ask(api, batch, what).status_code == 404


@everything
def test_to_a_visitor_it_is_not_there(api, batch, visitor, what):
    assert ask(api, batch, what).status_code == 404


@everything
def test_to_nobody_in_particular_it_is_not_there(api, batch, what):
    assert ask(api, batch, what).status_code == 404


@everything
def test_a_visitor_may_do_it_all_with_his_own(db, api, visitor, what):
    batch = make_batch(viewer=Viewer(visitor=visitor))

    assert ask(api, batch, what).status_code in {200, 204}


@everything
def test_a_batch_of_a_newcomer_is_not_everybodys(db, api, what):
    assert ask(api, make_batch(), what).status_code == 404


@everything
def test_what_does_not_exist_is_not_there(alice, api, what):
    api.force_authenticate(alice)

    assert ask(api, Batch(public_id=uuid4()), what).status_code == 404


@pytest.mark.parametrize("what", ["cancel", "delete"])
def test_a_signed_in_browser_needs_its_csrf_token(alice, api, batch, what):
    api.force_login(alice)

    assert ask(api, batch, what).status_code == 403
    assert Batch.objects.get().status == "queued"


def test_the_list_holds_ones_own_newest_first(alice, bob, api):
    mine = [make_batch(viewer=Viewer(user=alice)) for _ in range(2)]
    make_batch(viewer=Viewer(user=bob))
    api.force_authenticate(alice)

    data = api.get(URL).json()

    ids = [each["id"] for each in data["results"]]
    assert ids == [str(batch.public_id) for batch in reversed(mine)]
    assert (data["next"], data["previous"]) == (None, None)
    assert data["results"][0]["waiting"] == 2


def test_nobody_in_particular_has_no_batches(db, api):
    make_batch()

    assert api.get(URL).json() == {"next": None, "previous": None, "results": []}


def test_the_list_is_walked_there_and_back(alice, api):
    batches = [make_batch(viewer=Viewer(user=alice)) for _ in range(3)]
    api.force_authenticate(alice)

    first = api.get(f"{URL}?size=2").json()
    second = api.get(first["next"]).json()
    back = api.get(second["previous"]).json()

    assert [each["id"] for each in second["results"]] == [str(batches[0].public_id)]
    assert second["next"] is None
    assert back["results"] == first["results"]


@pytest.mark.parametrize("query", ["before=x", "after=!", "size=0", "size=101"])
def test_a_cursor_or_a_size_that_is_not_ours_is_refused(alice, api, query):
    api.force_authenticate(alice)

    assert api.get(f"{URL}?{query}").json()["error"]["code"] == "invalid"


def test_a_list_of_batches_takes_few_queries(alice, api, django_assert_max_num_queries):
    for _ in range(5):
        make_batch(viewer=Viewer(user=alice))
    api.force_authenticate(alice)

    with django_assert_max_num_queries(4):
        api.get(URL)


def test_cancelling_is_said_and_done_once(alice, api, batch):
    api.force_authenticate(alice)

    first, second = (ask(api, batch, "cancel") for _ in range(2))

    assert first.json()["status"] == "cancelled"
    assert first.json()["finished_at"] is not None
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "not_active"


def test_deleting_keeps_what_was_read(alice, api, batch, stub_engine, media_root):
    read_all(batch)
    api.force_authenticate(alice)

    assert api.delete(f"{URL}{batch.public_id}/").status_code == 204

    assert not Batch.objects.exists()
    assert Prediction.objects.count() == 2


def test_deleting_takes_what_was_read_along_if_asked(
    alice, api, batch, stub_engine, media_root
):
    read_all(batch)
    api.force_authenticate(alice)

    assert api.delete(f"{URL}{batch.public_id}/?predictions=true").status_code == 204

    assert not Batch.objects.exists()
    assert not Prediction.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_deleting_with_nonsense_deletes_nothing(alice, api, batch):
    api.force_authenticate(alice)

    response = api.delete(f"{URL}{batch.public_id}/?predictions=perhaps")

    assert response.json()["error"]["code"] == "invalid"
    assert Batch.objects.exists()


def test_what_a_visitor_sent_is_his_accounts_when_he_logs_in(alice, client):
    sent = client.post(URL, {"files": [make_upload()]})
    client.post(
        "/accounts/login/",
        {"username": alice.username, "password": "correct horse"},
    )

    assert client.get(sent["Location"]).status_code == 200
    batch = Batch.objects.get()
    assert (batch.owner, batch.visitor) == (alice, None)
    other = APIClient()
    other.cookies[viewers.COOKIE] = client.cookies[viewers.COOKIE].value
    assert other.get(sent["Location"]).status_code == 404
