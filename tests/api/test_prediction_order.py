"""Histories in each of their orders, page by page and back."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories import make_prediction

URL = "/api/predictions/"
ORDERS = ("-created_at", "created_at", "-confidence", "confidence")
# Twice the same time, and twice the same confidence.
DAYS = (1, 3, 3, 2, 5, 4)
CONFIDENCES = (0.5, 0.75, 0.25, 0.5, 1.0, 0.0)


@pytest.fixture
def history(db, visitor):
    return [
        make_prediction(
            visitor=visitor,
            created_at=datetime(2026, 11, day, tzinfo=UTC),
            confidence=confidence,
        )
        for day, confidence in zip(DAYS, CONFIDENCES, strict=True)
    ]


def ids(body):
    return [row["id"] for row in body["results"]]


def expected(history, ordering):
    field = ordering.removeprefix("-")
    in_order = sorted(
        history,
        key=lambda row: (getattr(row, field), row.pk),
        reverse=ordering.startswith("-"),
    )
    return [str(row.public_id) for row in in_order]


@pytest.mark.parametrize("ordering", ORDERS)
def test_all_come_in_order(api, history, ordering):
    body = api.get(URL, {"ordering": ordering}).json()

    assert ids(body) == expected(history, ordering)


@pytest.mark.parametrize("ordering", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_lead_through_all_of_them_and_back(api, history, ordering, size):
    pages = [api.get(URL, {"ordering": ordering, "size": size}).json()]
    while pages[-1]["next"]:
        pages.append(api.get(pages[-1]["next"]).json())
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(api.get(back[-1]["previous"]).json())

    assert [each for page in pages for each in ids(page)] == expected(history, ordering)
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in pages]


def test_the_newest_come_first_unless_told_otherwise(api, history):
    assert ids(api.get(URL).json()) == expected(history, "-created_at")


def test_a_page_that_is_just_full_has_no_next_one(api, history):
    body = api.get(URL, {"size": len(history)}).json()

    assert (body["next"], body["previous"]) == (None, None)


def test_a_cursor_holds_while_others_arrive(api, history, visitor):
    first = api.get(URL, {"size": 3}).json()
    make_prediction(visitor=visitor)

    second = api.get(first["next"]).json()

    assert ids(first) + ids(second) == expected(history, "-created_at")


def test_filters_and_order_go_together(api, history):
    body = api.get(
        URL, {"ordering": "confidence", "confidence_min": 0.5, "size": 2}
    ).json()
    rest = api.get(body["next"]).json()

    sure = [row for row in history if row.confidence >= 0.5]
    assert ids(body) + ids(rest) == expected(sure, "confidence")


def test_an_order_that_there_is_not(api, history):
    response = api.get(URL, {"ordering": "text"})

    assert response.status_code == 400
    assert "ordering" in response.json()["error"]["fields"]


def test_a_cursor_of_another_order_is_refused(api, history):
    body = api.get(URL, {"size": 2}).json()
    cursor = parse_qs(urlsplit(body["next"]).query)["before"][0]

    response = api.get(URL, {"ordering": "confidence", "before": cursor})

    assert response.status_code == 400
    assert "before" in response.json()["error"]["fields"]


@pytest.mark.parametrize(
    "place",
    [
        ["-created_at", "0001-01-01T00:00:00+23:59", 1],
        ["-created_at", "yesterday", 1],
        ["-created_at", 1.0, 1],
        ["-created_at", "2026-11-02T00:00:00+00:00", "1"],
        ["-created_at", "2026-11-02T00:00:00+00:00", 2**63],
        ["-created_at", "2026-11-02T00:00:00+00:00", -1],
        ["-created_at", "2026-11-02T00:00:00+00:00"],
        {"a": 1},
        7,
        None,
    ],
)
def test_a_made_up_place_is_refused(api, history, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()

    response = api.get(URL, {"before": cursor})

    assert response.status_code == 400
    assert "before" in response.json()["error"]["fields"]
