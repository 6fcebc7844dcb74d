"""Filtered histories: what is found does not hang on how it is looked for."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.selectors import Filters, Ordering, filters, prediction_page
from recognizer.viewers import Viewer
from tests.factories import make_model_version, make_prediction
from tests.recognizer.reading_plans import plans_of

START = datetime(2026, 11, 1, tzinfo=UTC)
OUTCOMES, SOURCES = ("sure", "sure", "unsure", "not_a_digit"), ("draw", "api")
on_sqlite = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL knows how many there are."
)


def made(owner, place):
    return make_prediction(
        owner=owner,
        outcome=OUTCOMES[place % 4],
        source=SOURCES[place % 2],
        text=str(place % 3),
        confidence=place / 10,
        model_version_id=1 + place // 5,
        is_corrected=place == 3,
        created_at=START + timedelta(days=place),
    )


@pytest.fixture
def history(alice):
    """Ten predictions of all kinds, and others that nobody asks for."""
    make_model_version(number=2)
    make_prediction(outcome="unsure", source="api", text="1", is_corrected=True)
    return [made(alice, place) for place in range(10)]


def day(place):
    return START + timedelta(days=place)


ASKED = [
    ({"source": "import"}, lambda row: False),
    ({"source": "draw", "model_version": 1}, lambda row: row in (0, 2, 4)),
    ({"outcome": "unsure"}, lambda row: row in (2, 6)),
    ({"outcome": "blank", "digit": 1}, lambda row: False),
    ({"digit": 0}, lambda row: row in (0, 6, 9)),
    ({"digit": 1, "is_corrected": False}, lambda row: row in (1, 4)),
    ({"is_corrected": True}, lambda row: row == 3),
    ({"is_corrected": True, "outcome": "sure"}, lambda row: False),
    ({"confidence_min": 0.3, "confidence_max": 0.7}, lambda row: 3 <= row <= 7),
    ({"confidence_min": 0.5, "model_version": 1}, lambda row: False),
    ({"created_from": day(2), "created_before": day(8)}, lambda row: 2 <= row < 8),
    ({"created_from": day(7), "confidence_max": 0.8}, lambda row: row in (7, 8)),
]


@pytest.fixture(params=[0, 1, 2_000])
def few(request, monkeypatch):
    """How many are few, from which on the order's index is read."""
    monkeypatch.setattr(filters, "FEW", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("asked", "is_wanted"), ASKED)
@pytest.mark.parametrize("ordering", list(Ordering))
def test_the_same_is_found_whether_few_or_many_match(
    alice, history, asked, is_wanted, ordering
):
    page = prediction_page(
        viewer=Viewer(user=alice), size=9, filters=Filters(**asked), ordering=ordering
    )

    wanted = [row for place, row in enumerate(history) if is_wanted(place)]
    # They were made in the order in which they rise, by time and confidence alike.
    assert page.rows == (wanted[::-1] if ordering.startswith("-") else wanted)


@pytest.mark.usefixtures("few", "history")
@pytest.mark.parametrize("outcome", ["blank", "not_a_digit"])
def test_no_digit_is_searched_for_where_none_was_read(
    alice, django_assert_num_queries, outcome
):
    asked = Filters(outcome=outcome, digit=1)

    with django_assert_num_queries(0):
        page = prediction_page(viewer=Viewer(user=alice), size=9, filters=asked)

    assert page.rows == []


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "ordering"),
    [
        *product([{"confidence_min": 0.1}], list(Ordering)),
        *product([{"created_from": day(1)}], list(Ordering)),
        ({"confidence_min": 0.1, "confidence_max": 0.9}, Ordering.NEWEST),
        ({"source": "draw"}, Ordering.NEWEST),
        ({"digit": 1}, Ordering.NEWEST),
        ({"outcome": "sure"}, Ordering.SUREST),
        ({"is_corrected": True}, Ordering.NEWEST),
        ({"model_version": 1, "outcome": "sure"}, Ordering.NEWEST),
    ],
)
def test_where_many_match_they_are_not_all_sorted(
    alice, history, monkeypatch, asked, ordering
):
    monkeypatch.setattr(filters, "FEW", 0)

    with CaptureQueriesContext(connection) as captured:
        prediction_page(
            viewer=Viewer(user=alice),
            size=2,
            filters=Filters(**asked),
            ordering=ordering,
        )

    plans = plans_of(captured)
    assert plans
    for plan in plans:
        assert "(owner_id=?" in plan
        assert "TEMP B-TREE" not in plan
