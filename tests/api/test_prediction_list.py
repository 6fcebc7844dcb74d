from uuid import uuid4

import pytest

from tests.factories import make_prediction

URL = "/api/predictions/"


def ids(response):
    return [entry["id"] for entry in response.json()["results"]]


def make_history(count, **whose):
    """Predictions as they are listed: newest first."""
    rows = [make_prediction(**whose) for _ in range(count)]
    return [str(row.public_id) for row in reversed(rows)]


def test_the_newest_comes_first(db, api, visitor):
    history = make_history(3, visitor=visitor)

    assert ids(api.get(URL)) == history


def test_pages_follow_each_other_to_the_end(db, api, visitor):
    history = make_history(5, visitor=visitor)

    first = api.get(URL, {"size": 2})
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])

    assert ids(first) + ids(second) + ids(third) == history
    assert third.json()["next"] is None


def test_pages_lead_back_to_the_newest(db, api, visitor):
    history = make_history(4, visitor=visitor)
    second = api.get(api.get(URL, {"size": 2}).json()["next"])

    first = api.get(second.json()["previous"])

    assert ids(first) == history[:2]
    assert first.json()["previous"] is None


def test_a_new_prediction_shifts_nothing_onto_the_next_page(db, api, visitor):
    history = make_history(4, visitor=visitor)
    first = api.get(URL, {"size": 2})
    make_prediction(visitor=visitor)

    second = api.get(first.json()["next"])

    assert ids(second) == history[2:]


def test_a_newcomer_sees_an_empty_list(db, api):
    make_prediction(visitor=uuid4())

    assert api.get(URL).json() == {"next": None, "previous": None, "results": []}


def test_other_peoples_predictions_are_not_listed(alice, bob, api):
    make_prediction(owner=bob)
    mine = make_prediction(owner=alice)
    api.force_authenticate(alice)

    assert ids(api.get(URL)) == [str(mine.public_id)]


def test_what_belongs_to_a_user_is_not_the_visitors(alice, api, visitor):
    make_prediction(owner=alice)

    assert ids(api.get(URL)) == []


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("cursor", ["!", "bm9uZQ", "LTE", "ü", "9" * 40])
def test_a_made_up_cursor_is_refused(db, api, visitor, name, cursor):
    response = api.get(URL, {name: cursor})

    assert response.status_code == 400
    assert name in response.json()["error"]["fields"]


@pytest.mark.parametrize("size", ["0", "101", "many"])
def test_a_page_has_from_1_to_100_entries(db, api, size):
    response = api.get(URL, {"size": size})

    assert response.status_code == 400
    assert "size" in response.json()["error"]["fields"]


def test_a_longer_list_needs_no_more_queries(
    db, api, visitor, django_assert_num_queries
):
    make_history(6, visitor=visitor)

    # The predictions and their digits.
    with django_assert_num_queries(2):
        api.get(URL)
