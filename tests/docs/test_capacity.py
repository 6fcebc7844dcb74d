"""What is calculated in docs/scaling.md, from what was measured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import capacity, scaling_tables
from benchmarks.capacity import Measurement
from benchmarks.scaling_costs import Cost, Costs

DOC = Path(__file__).resolve().parents[2] / "docs/scaling.md"
FREE = Cost(site_ms=0, database_ms=0, redis_ms=0, log_bytes=0, transactions=0)


def make_measurement(**changed: float) -> Measurement:
    """A site where every answer costs 6 ms, and PostgreSQL 3 ms of it."""
    each = replace(FREE, site_ms=6, database_ms=3, redis_ms=0.06, log_bytes=1000)
    answers = dict.fromkeys(capacity.MIX, replace(each, **changed))
    costs = Costs(
        answers,
        tables={"predictions": 400, "digits": 1600},
        indexes={"key": 100, "time": 400},
        file_bytes=3000,
        file_blocks_bytes=4096,
    )
    return Measurement(costs, process_mb=150, picture=each)


def test_cores_are_never_planned_to_be_full():
    need = capacity.need(make_measurement(), 1000)

    # 1,000 answers of 6 ms are 6 s of work a second, on cores that are 60 % busy.
    assert need.cores == pytest.approx(10)
    assert need.database_cores == pytest.approx(5)
    assert need.processes == 10
    assert need.connections == 40
    assert need.memory_gb == pytest.approx(1.5)


def test_a_site_that_nobody_uses_has_one_process():
    assert capacity.need(make_measurement(), 0.1).processes == 1


def test_what_is_kept_in_a_day_is_the_stored_part_of_the_requests():
    need = capacity.need(make_measurement(), 100)

    assert need.predictions_per_day == pytest.approx(100 * 0.2 * 86_400)
    assert need.rows_gb_per_day == pytest.approx(1_728_000 * 2500 / 1e9)


def test_kinds_count_as_often_as_they_are_asked_for():
    measurement = make_measurement()
    answers = measurement.costs.answers
    answers["stored"] = replace(answers["stored"], site_ms=16)

    assert measurement.mean("site_ms") == pytest.approx(6 * 0.8 + 16 * 0.2)


def test_a_billion_predictions_take_a_thousand_times_a_million():
    costs = make_measurement().costs

    small, large = capacity.stock(costs, 1e6), capacity.stock(costs, 1e9)

    assert small.indexes_gb == pytest.approx(0.5)
    assert large.indexes_gb == pytest.approx(500)
    assert large.largest_index_gb == pytest.approx(400)


def test_limits_come_in_the_order_in_which_they_are_reached():
    reaches = [each.reaches for each in capacity.limits_of_rate(make_measurement())]

    assert reaches == sorted(reaches)


def test_a_costlier_database_is_full_earlier():
    def reaches(measurement: Measurement) -> dict[str, float]:
        limits = capacity.limits_of_rate(measurement)
        return {each.name: each.reaches for each in limits}

    cheap, dear = (reaches(make_measurement(database_ms=ms)) for ms in (1, 2))

    name = "a database of 64 cores"
    assert cheap[name] == pytest.approx(2 * dear[name])


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.001, "< 0.01"), (0.234, "0.23"), (9.96, "10"), (10, "10"), (38_471, "38,000")],
)
def test_figures_have_two_digits(value, words):
    assert capacity.figure(value) == words


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(capacity.MEASURED.read_text("utf-8"))
    return kept


def test_the_document_shows_what_was_measured(measured):
    doc = DOC.read_text("utf-8")

    for part in scaling_tables.as_markdown(measured).split("\n\n"):
        assert part in doc


def test_the_document_says_what_is_calculated_from_what_was_measured(measured):
    doc = DOC.read_text("utf-8")

    for part in capacity.as_markdown(Measurement.of(measured)).split("\n\n"):
        assert part in doc
