from datetime import date, timedelta

import pytest

from recognizer.reports.charts import label_matrix
from recognizer.reports.lines import (
    epoch_accuracy_chart,
    loss_chart,
    version_chart,
    week_chart,
)
from recognizer.selectors import WeekAccuracy
from recognizer.selectors.reviews import wilson

LEFT, RIGHT, TOP, BOTTOM = 52.0, 330.0, 28.0, 258.0


def epochs(*losses):
    return [
        {
            "epoch": at,
            "loss": loss,
            "train_accuracy": 0.96,
            "kept_aside_accuracy": 0.98,
        }
        for at, loss in enumerate(losses, 1)
    ]


def places(line):
    return [(float(dot.x), float(dot.y)) for dot in line.dots]


def test_the_loss_falls_from_left_to_right():
    chart = loss_chart(epochs(0.4, 0.2))

    assert places(chart.lines[0]) == [(LEFT, TOP), (RIGHT, (TOP + BOTTOM) / 2)]
    assert [tick.label for tick in chart.ticks_up] == ["0", "0.1", "0.2", "0.3", "0.4"]
    assert chart.rows == [["1", "0.4000"], ["2", "0.2000"]]


@pytest.mark.parametrize("chart", [loss_chart, epoch_accuracy_chart])
def test_without_an_epoch_nothing_is_drawn(chart):
    assert chart([]) is None


def test_a_single_epoch_stands_in_the_middle():
    ((x, _),) = places(loss_chart(epochs(0.4)).lines[0])

    assert x == (LEFT + RIGHT) / 2


def test_the_accuracies_of_a_training_share_a_scale():
    taught, aside = epoch_accuracy_chart(epochs(0.4)).lines

    # From 95 to 100 %: 96 is a fifth of the way up, 98 three fifths.
    assert [each.name for each in (taught, aside)] == ["taught", "kept aside"]
    assert places(taught)[0][1] == BOTTOM - (BOTTOM - TOP) / 5
    assert places(aside)[0][1] == BOTTOM - (BOTTOM - TOP) * 3 / 5


def week(number, weeks_later, right, n=10):
    monday = date(2026, 11, 2) + timedelta(weeks=weeks_later)
    return WeekAccuracy(number, monday, wilson(right=right, n=n))


def test_each_version_has_its_line_of_weeks():
    chart = week_chart([week(1, 0, 9), week(1, 1, 8), week(2, 3, 10)])

    assert [line.name for line in chart.lines] == ["model 1", "model 2"]
    assert [x for line in chart.lines for x, _ in places(line)] == pytest.approx(
        [LEFT, LEFT + (RIGHT - LEFT) / 3, RIGHT], abs=0.1
    )
    assert chart.rows[0][:4] == ["23 Nov 2026", "2", "10", "100.00%"]


def test_an_interval_does_not_leave_the_plane():
    one, few = week_chart([week(1, 0, 9900, n=10000), week(1, 1, 1, n=1)]).lines[0].dots

    assert TOP < float(one.high) < float(one.y) < float(one.low) < BOTTOM
    assert (float(few.high), float(few.low)) == (TOP, BOTTOM)


def test_of_many_weeks_some_are_named():
    chart = week_chart([week(1, at, 9) for at in range(26)])

    named = [tick.label for tick in chart.ticks_across]
    assert (len(named), named[0], named[-1]) == (4, "2 Nov", "26 Apr")


def test_versions_stand_in_their_order():
    chart = version_chart({7: wilson(right=9, n=10), 2: wilson(right=8, n=10)})

    assert [tick.label for tick in chart.ticks_across] == ["2", "7"]
    assert [x for x, _ in places(chart.lines[0])] == [LEFT, RIGHT]
    assert [row[0] for row in chart.rows] == ["7", "2"]


def test_without_accuracies_nothing_is_drawn():
    assert week_chart([]) is None
    assert version_chart({}) is None


def test_a_cell_of_the_matrix_leads_to_its_pictures():
    matrix = label_matrix(
        {(7, 1): 1, (7, 7): 19, (10, 10): 1},
        url_of=lambda label, answer: f"/{label}/{answer}/",
    )

    assert [row.label for row in matrix.rows] == ["7", "none"]
    seven, none = matrix.rows
    assert (seven.n, seven.accuracy, none.accuracy) == (20, "95.00%", "100.00%")
    assert (seven.cells[1].url, seven.cells[0].url) == ("/7/1/", "")
    assert none.cells[10].words == "no digit read as no digit: 1"


def test_a_cell_is_as_strong_as_its_share_and_never_invisible():
    (row,) = label_matrix({(7, 1): 1, (7, 7): 999}, url_of=lambda *_pair: "").rows

    assert [row.cells[at].shade for at in (0, 1, 7)] == [0, 1, 10]
