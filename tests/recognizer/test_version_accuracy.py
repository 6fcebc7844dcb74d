from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from django.utils import timezone

from ml import metrics
from recognizer import selectors
from recognizer.models import Digit, Review, Source
from recognizer.selectors import Labels
from tests.factories import (
    make_confirmed,
    make_digit,
    make_prediction,
    make_scores,
)

SHIPPED = 1


# How well a version answers


def test_the_confusion_matrix_counts_held_out_labels_unless_asked(live):
    make_scores(make_confirmed(label=7), {SHIPPED: 1})
    make_scores(make_confirmed(label=10), {SHIPPED: 10})
    make_scores(make_confirmed(label=7, is_held_out=False), {SHIPPED: 7})
    make_scores(make_prediction().digits.get(), {SHIPPED: 7})

    held_out = selectors.confusion_counts(version=live)

    assert held_out == {(7, 1): 1, (10, 10): 1}
    everything = selectors.confusion_counts(version=live, labels=Labels.ALL)
    assert everything == held_out | {(7, 7): 1}


def test_the_digits_of_a_cell_are_those_that_were_counted(live):
    wanted = make_confirmed(label=7)
    make_scores(wanted, {SHIPPED: 1})
    make_scores(make_confirmed(label=7), {SHIPPED: 7})
    make_scores(make_confirmed(label=2), {SHIPPED: 1})
    make_scores(make_confirmed(label=7, is_held_out=False), {SHIPPED: 1})

    rows = selectors.digits_answered(version=live, label=7, answer=1)

    assert [row.digit for row in rows] == [wanted]


def test_accuracy_is_that_of_each_version(live, candidate):
    for label in (7, 7, 1):
        make_scores(make_confirmed(label=label), {1: 7, 2: 1})

    found = selectors.score_accuracies(versions=[live, candidate])

    assert {number: (each.n, each.share) for number, each in found.items()} == {
        1: (3, pytest.approx(2 / 3)),
        2: (3, pytest.approx(1 / 3)),
    }


def test_reliability_is_that_of_ml(live):
    rng = np.random.default_rng(1)
    confidence = np.append(rng.uniform(0, 1, 200).round(6), [0.0, 1.0])
    right = rng.uniform(0, 1, 202) < confidence
    prediction = make_prediction(text="")
    digits = Digit.objects.bulk_create(
        make_digit(
            prediction=prediction,
            position=position,
            label=7,
            review=Review.CONFIRMED,
            fingerprint=f"{position:032x}",
        )
        for position in range(202)
    )
    for digit, is_right, share in zip(digits, right, confidence, strict=True):
        make_scores(digit, {SHIPPED: 7 if is_right else 1}, confidence=share)

    found = selectors.score_reliability(version=live)

    expected = metrics.reliability(confidence, right)
    assert [(each.n, each.accuracy) for each in found.bins] == [
        (each.n, each.accuracy) for each in expected
    ]
    assert found.error == pytest.approx(
        metrics.expected_calibration_error(confidence, right)
    )


def test_without_scores_there_is_no_calibration_error(live):
    assert selectors.score_reliability(version=live).error is None


# How well it read while it was live


MONDAYS = [date(2026, 11, day) for day in (2, 9, 16)]


@pytest.fixture
def after_these_weeks(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at(MONDAYS[-1], days=6))


def at(monday, days=0):
    return datetime.combine(monday + timedelta(days=days), time(12), UTC)


def test_accuracy_by_week_is_of_what_was_read_then(live):
    make_confirmed(label=7, text="7", created_at=at(MONDAYS[0]))
    make_confirmed(label=7, text="1", created_at=at(MONDAYS[0], days=6))
    make_confirmed(label=10, outcome="not_a_digit", created_at=at(MONDAYS[1]))
    make_prediction(created_at=at(MONDAYS[1]))  # Nobody reviewed it.

    weeks = selectors.accuracy_by_week(version=live)

    assert [(each.week, each.accuracy.n, each.accuracy.share) for each in weeks] == [
        (MONDAYS[0], 2, 0.5),
        (MONDAYS[1], 1, 1.0),
    ]


def test_each_version_answers_for_what_it_read_itself(
    live, candidate, after_these_weeks
):
    make_confirmed(label=7, created_at=at(MONDAYS[1]))
    make_confirmed(label=1, created_at=at(MONDAYS[1]), model_version_id=2)

    weeks = selectors.accuracy_by_week()

    assert [(each.number, each.accuracy.share) for each in weeks] == [(1, 1), (2, 0)]
    assert len(selectors.accuracy_by_week(version=candidate)) == 1


def test_imports_do_not_say_how_well_people_were_served(live):
    make_confirmed(source=Source.IMPORT)

    assert selectors.accuracy_by_week() == []


def test_of_all_versions_only_the_latest_weeks_are_shown(live, after_these_weeks):
    for monday in MONDAYS:
        make_confirmed(created_at=at(monday))

    weeks = selectors.accuracy_by_week(weeks=2)

    assert [each.week for each in weeks] == MONDAYS[1:]


def test_of_a_version_the_latest_weeks_of_its_use_are_shown(live):
    for week in range(3):
        make_confirmed(created_at=at(date(2020, 1, 6) + timedelta(weeks=week)))

    weeks = selectors.accuracy_by_week(version=live, weeks=2)

    assert [each.week for each in weeks] == [date(2020, 1, 13), date(2020, 1, 20)]
