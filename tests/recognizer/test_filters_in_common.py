"""Filters that each leave many, and little together, or for long nothing."""

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from recognizer.models import Prediction
from recognizer.selectors import Filters, Ordering, cursors, filters, prediction_page
from recognizer.viewers import Viewer
from tests.factories import make_model_version

START = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = 80
on_sqlite = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="SQLite alone says how much it works."
)


def make_history(owner, rows):
    """Nothing but rows, each with what is asked of it; the first is the oldest."""
    plain = {
        "owner": owner,
        "source": "api",
        "text": "7",
        "outcome": "sure",
        "confidence": 0.9,
        "model_version_id": 1,
        "width": 60,
        "height": 40,
        "preprocessing_version": 1,
        "took_ms": 1.0,
    }
    return Prediction.objects.bulk_create(
        Prediction(**plain | {"created_at": START + timedelta(days=place)} | row)
        for place, row in enumerate(rows)
    )


def in_blocks(rng, values):
    """One of the values for each row, most of them as in the row before."""
    value = values[0]
    for _ in range(ROWS):
        if rng.random() < 0.1:
            value = rng.choice(values)
        yield value


@pytest.fixture
def history(alice):
    """Blocks of everything, by time and by confidence, and many at the same place."""
    make_model_version(number=2)
    rng = random.Random(0)
    kinds = zip(
        in_blocks(rng, ["api", "draw"]),
        in_blocks(rng, ["sure", "unsure", "not_a_digit"]),
        in_blocks(rng, [1, 2]),
        in_blocks(rng, ["1", "7"]),
        in_blocks(rng, [False, True]),
        strict=True,
    )
    names = ("source", "outcome", "model_version_id", "text", "is_corrected")
    return make_history(
        alice,
        [
            {
                **dict(zip(names, kind, strict=True)),
                "created_at": START + timedelta(days=place // 4),
                "confidence": place // 3 / ROWS,
            }
            for place, kind in enumerate(kinds)
        ],
    )


ASKED = [
    {"source": "api", "model_version": 1},
    {"source": "draw", "outcome": "unsure"},
    {"model_version": 2, "digit": 7},
    {"is_corrected": True, "source": "api"},
    {"is_corrected": False, "outcome": "sure"},
    {"is_corrected": False, "outcome": "sure", "source": "api"},
    {"source": "api", "outcome": "sure", "model_version": 1, "digit": 1},
    {"source": "api", "model_version": 1, "confidence_min": 0.1, "confidence_max": 0.8},
    {
        "source": "draw",
        "model_version": 1,
        "created_from": START + timedelta(days=5),
        "created_before": START + timedelta(days=25),
    },
    {"source": "import", "model_version": 1},
    {"outcome": "not_a_digit", "digit": 7},
    {"outcome": "blank", "digit": 7},
]


def is_wanted(row, asked):
    """Whether a row is left, told one by one and without a database."""
    lowest, highest = asked.get("confidence_min", 0), asked.get("confidence_max", 1)
    begin = asked.get("created_from", START)
    end = asked.get("created_before", START + timedelta(days=ROWS))
    return (
        row.source == asked.get("source", row.source)
        and row.outcome == asked.get("outcome", row.outcome)
        and row.model_version_id == asked.get("model_version", row.model_version_id)
        and row.is_corrected == asked.get("is_corrected", row.is_corrected)
        and ("digit" not in asked or row.text == str(asked["digit"]))
        and ("digit" not in asked or row.outcome != "not_a_digit")
        and lowest <= row.confidence <= highest
        and begin <= row.created_at < end
    )


@pytest.fixture(params=[2, 500])
def stretch(request, monkeypatch):
    """How long stretches are; what is few is not, here."""
    monkeypatch.setattr(cursors, "STRETCH", request.param)
    monkeypatch.setattr(filters, "FEW", 0)


@pytest.mark.usefixtures("stretch")
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("ordering", list(Ordering))
def test_all_pages_there_and_back_hold_what_the_filters_leave(
    alice, history, asked, ordering
):
    def page(**cursor):
        return prediction_page(
            viewer=Viewer(user=alice),
            size=7,
            filters=Filters(**asked),
            ordering=ordering,
            **cursor,
        )

    there = [page()]
    while there[-1].older:
        there.append(page(before=there[-1].older))
    back = [there[-1]]
    while back[-1].newer:
        back.append(page(after=back[-1].newer))

    # They were made in the order in which they rise, by time and confidence alike.
    wanted = [row for row in history if is_wanted(row, asked)]
    if ordering.startswith("-"):
        wanted.reverse()
    assert [row for each in there for row in each.rows] == wanted
    assert [row for each in reversed(back) for row in each.rows] == wanted


@contextmanager
def counted_steps():
    """How many steps SQLite's machine takes, in a list of one number."""
    steps = [0]

    def step():
        steps[0] += 1

    connection.connection.set_progress_handler(step, 1)
    try:
        yield steps
    finally:
        connection.connection.set_progress_handler(None, 0)


def many(count, **row):
    return [row] * count


def taking_turns(length, *, times):
    pair = many(length, model_version_id=2) + many(length, source="draw")
    return many(60) + pair * times


# Of what lies together in long blocks; the newest stand last, and are asked for first.
BLOCKS = {
    "which of two filters begins late": lambda length: (
        many(60) + many(length, model_version_id=2)
    ),
    "the other one begins late": lambda length: many(60) + many(length, source="draw"),
    "one of them ends early": lambda length: many(length, source="draw") + many(5),
    "the other one ends early": lambda length: (
        many(length, model_version_id=2) + many(5)
    ),
    "nothing for long in the middle of a page": lambda length: (
        many(60) + many(length, model_version_id=2) + many(5)
    ),
    "they take turns twice": lambda length: taking_turns(length, times=2),
    "they take turns eight times": lambda length: taking_turns(length, times=8),
    "they take turns sixteen times": lambda length: taking_turns(length, times=16),
}


@on_sqlite
@pytest.mark.parametrize("case", BLOCKS)
@pytest.mark.parametrize(
    "asked",
    [{"source": "api", "model_version": 1}, {"source": "api", "outcome": "sure"}],
)
def test_how_much_lies_between_does_not_count(alice, monkeypatch, case, asked):
    make_model_version(number=2)
    monkeypatch.setattr(cursors, "STRETCH", 20)
    monkeypatch.setattr(filters, "FEW", 4)
    taken = []

    for length in (125, 500):
        Prediction.objects.all().delete()
        make_history(alice, BLOCKS[case](length))
        with counted_steps() as steps:
            page = prediction_page(
                viewer=Viewer(user=alice), size=20, filters=Filters(**asked)
            )
        taken.append(steps[0])
        assert page.rows

    assert taken[1] < 1.2 * taken[0]


@on_sqlite
@pytest.mark.parametrize("ordering", list(Ordering))
def test_how_deep_in_a_range_a_page_lies_does_not_count(alice, monkeypatch, ordering):
    monkeypatch.setattr(filters, "FEW", 4)
    history = make_history(
        alice, [{"confidence": place / 2_000} for place in range(2_000)]
    )
    asked = Filters(
        confidence_min=0.01,
        confidence_max=0.99,
        created_from=history[20].created_at,
        created_before=history[-20].created_at,
    )
    taken = []

    for place in (500, 1_500):
        with counted_steps() as steps:
            page = prediction_page(
                viewer=Viewer(user=alice),
                size=20,
                filters=asked,
                ordering=ordering,
                before=ordering.cursor(history[place]),
            )
        taken.append(steps[0])
        assert len(page.rows) == 20

    assert max(taken) < 1.2 * min(taken)


BOTH = Filters(source="api", model_version=1)


@on_sqlite
def test_to_look_back_takes_no_stretch(alice, monkeypatch):
    monkeypatch.setattr(cursors, "STRETCH", 500)
    monkeypatch.setattr(filters, "FEW", 4)
    history = make_history(alice, many(2_000))
    taken = []

    for place in (-10, -1_000):
        with counted_steps() as steps:
            page = prediction_page(
                viewer=Viewer(user=alice),
                size=20,
                filters=BOTH,
                before=Ordering.NEWEST.cursor(history[place]),
            )
        taken.append(steps[0])
        assert page.newer

    assert taken[1] < 1.2 * taken[0]


@pytest.mark.usefixtures("stretch")
@pytest.mark.parametrize(("left", "has_newer"), [(many(1), True), ([], False)])
def test_what_is_newer_is_found_when_the_row_at_the_cursor_is_gone(
    alice, left, has_newer
):
    make_model_version(number=2)
    turns = many(5, source="draw") + many(5, model_version_id=2)
    history = make_history(alice, many(3) + turns + many(1) + turns + left)
    gone = history[13]
    cursor = Ordering.NEWEST.cursor(gone)
    gone.delete()

    page = prediction_page(
        viewer=Viewer(user=alice), size=20, filters=BOTH, before=cursor
    )

    assert page.rows == history[2::-1]
    assert bool(page.newer) is has_newer


@on_sqlite
def test_how_many_were_corrected_in_a_row_does_not_count(alice, monkeypatch):
    monkeypatch.setattr(cursors, "STRETCH", 20)
    monkeypatch.setattr(filters, "FEW", 4)
    taken = []

    for length in (125, 500):
        Prediction.objects.all().delete()
        corrected = many(length, is_corrected=True, outcome="unsure")
        make_history(alice, many(60) + corrected + many(10))
        with counted_steps() as steps:
            page = prediction_page(
                viewer=Viewer(user=alice),
                size=20,
                filters=Filters(is_corrected=False, outcome="sure"),
            )
        taken.append(steps[0])
        assert len(page.rows) == 20

    assert taken[1] < 1.2 * taken[0]
