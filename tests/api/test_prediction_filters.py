from datetime import UTC, datetime

import pytest

from recognizer.services.corrections import correction_record, correction_undo
from recognizer.viewers import Viewer
from tests.factories import make_model_version, make_prediction

URL = "/api/predictions/"


def at(day):
    return datetime(2026, 11, day, 12, tzinfo=UTC)


@pytest.fixture
def history(db, visitor):
    """One prediction of each kind, by name."""
    make_model_version(number=2)
    return {
        name: make_prediction(visitor=visitor, created_at=at(day), **fields)
        for day, (name, fields) in enumerate(
            {
                "drawn": {"text": "1", "source": "draw"},
                "doubtful": {"text": "7", "outcome": "unsure", "confidence": 0.5},
                "letter": {"text": "7", "outcome": "not_a_digit", "confidence": 0.2},
                "newer": {"text": "7", "model_version_id": 2, "confidence": 0.75},
            }.items(),
            start=1,
        )
    }


def label(prediction, label):
    viewer = Viewer(visitor=prediction.visitor)
    correction_record(digit=prediction.digits.get(), label=label, viewer=viewer)


def names(api, history, **query):
    response = api.get(URL, query)
    assert response.status_code == 200
    by_id = {str(row.public_id): name for name, row in history.items()}
    return [by_id[row["id"]] for row in response.json()["results"]]


def test_numbers_are_not_read_as_one_of_their_digits(api, visitor, history):
    history["number"] = make_prediction(visitor=visitor, text="77")

    assert names(api, history, digit=7) == ["newer", "doubtful"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["newer", "letter", "doubtful", "drawn"]),
        ({"outcome": "unsure"}, ["doubtful"]),
        ({"outcome": "not_a_digit"}, ["letter"]),
        ({"digit": 7}, ["newer", "doubtful"]),
        ({"digit": 0}, []),
        ({"source": "draw"}, ["drawn"]),
        ({"model_version": 2}, ["newer"]),
        ({"confidence_min": 0.75}, ["newer", "drawn"]),
        ({"confidence_max": 0.5}, ["letter", "doubtful"]),
        ({"confidence_min": 0.5, "confidence_max": 0.75}, ["newer", "doubtful"]),
        ({"created_from": "2026-11-03T12:00:00Z"}, ["newer", "letter"]),
        ({"created_before": "2026-11-03T12:00:00Z"}, ["doubtful", "drawn"]),
        ({"created_before": "2026-11-02T15:00:00+05:00"}, ["drawn"]),
        ({"digit": 7, "outcome": "sure", "confidence_min": 0.7}, ["newer"]),
        ({"is_corrected": "false"}, ["newer", "letter", "doubtful", "drawn"]),
        ({"is_corrected": "true"}, []),
    ],
)
def test_all_that_is_asked_for_must_hold(api, history, query, expected):
    assert names(api, history, **query) == expected


def test_corrected_is_what_is_something_else_than_was_read(api, history):
    label(history["drawn"], 7)
    label(history["doubtful"], 7)  # As it was read.
    label(history["letter"], 10)  # It was called no digit.
    label(history["newer"], 10)

    assert names(api, history, is_corrected="true") == ["newer", "drawn"]
    assert names(api, history, is_corrected="false") == ["letter", "doubtful"]


def test_a_refused_digit_is_corrected_by_naming_its_closest(api, history):
    label(history["letter"], 7)

    assert names(api, history, is_corrected="true") == ["letter"]


def test_the_links_lead_through_what_is_left(api, visitor, history):
    more = make_prediction(visitor=visitor, text="7", outcome="unsure", confidence=0.6)

    first = api.get(URL, {"outcome": "unsure", "confidence_max": "0.9", "size": 1})
    second = api.get(first.json()["next"])
    back = api.get(second.json()["previous"])

    ids = [answer.json()["results"][0]["id"] for answer in (first, second, back)]
    others = str(more.public_id), str(history["doubtful"].public_id)
    assert ids == [others[0], others[1], others[0]]
    assert second.json()["next"] is None
    assert back.json()["previous"] is None


def test_nobody_finds_what_is_another_ones(api, alice, history):
    make_prediction(owner=alice, outcome="unsure")

    assert names(api, history, outcome="unsure") == ["doubtful"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outcome", "certain"),
        ("digit", "10"),
        ("digit", "seven"),
        ("source", "fax"),
        ("model_version", "0"),
        ("model_version", "9" * 30),
        ("confidence_min", "-0.1"),
        ("confidence_max", "1.1"),
        ("confidence_max", "nan"),
        ("created_from", "yesterday"),
        ("created_before", "0000-01-01"),
        ("is_corrected", "perhaps"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_by_name(api, history, name, value):
    response = api.get(URL, {name: value})

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [name]


def test_what_is_taken_back_is_corrected_no_more(api, history):
    label(history["drawn"], 7)
    drawn = history["drawn"]

    correction_undo(digit=drawn.digits.get(), viewer=Viewer(visitor=drawn.visitor))

    assert names(api, history, is_corrected=True) == []
