import pytest

from recognizer.web import models
from tests.factories import (
    make_confirmed,
    make_model_version,
    make_scores,
)
from tests.web.pages import shown


def test_flips_are_shown_in_figures_and_pictures(staff, flips):
    page = shown(staff, "/models/2/flips/")

    assert "What Model 2 changes against Model 1" in page
    assert (
        '<th scope="row">held out</th><td>2</td><td>1</td><td>1</td>'
        "<td>50.00%</td><td>50.00%</td>"
    ) in page
    assert '<th scope="row">the others</th><td>1</td><td>1</td><td>0</td>' in page
    assert "Of 1 digit without a confirmed label, 1 is answered otherwise." in page
    assert "7 → none" in page
    assert 'alt="a 7 before, not a digit now; it is a 7"' in page
    assert page.count('alt="a 1 before, a 7 now') == 3


def test_more_flips_than_fit_have_pages_of_their_own(staff, flips, monkeypatch):
    monkeypatch.setattr(models, "FIRST_TILES", 1)

    first = shown(staff, "/models/2/flips/")
    everything = shown(staff, "/models/2/flips/?against=1&change=to-right")

    assert 'href="?against=1&amp;change=to-right">All 2</a>' in first
    assert everything.count('class="thumb"') == 2


def test_flips_are_told_against_the_version_that_is_asked_for(staff, flips):
    make_model_version(number=3)

    page = shown(staff, "/models/2/flips/?against=3")

    assert "What Model 2 changes against Model 3" in page
    assert "manage.py rescore" in page


@pytest.mark.parametrize("against", ["2", "9", "x", "²", "9" * 5000])
def test_a_version_is_held_against_none_that_there_is_not(staff, flips, against):
    url = f"/models/2/flips/?against={against}"

    assert staff.get(url).status_code == 404


def test_a_few_flips_are_said_to_show_nothing(staff, flips):
    page = shown(staff, "/models/2/flips/")

    assert "(p = 1.00): it does not show which one is better." in page


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (1, 7, "That is better, and more than chance (p = 0.004)."),
        (7, 1, "That is worse, and more than chance (p = 0.004)."),
    ],
)
def test_many_flips_one_way_are_said_to_show_it(staff, candidate, before, after, words):
    for _ in range(9):
        make_scores(make_confirmed(label=7), {1: before, 2: after})

    assert words in shown(staff, "/models/2/flips/")


# Side by side


def test_two_versions_stand_side_by_side(staff, flips, run):
    page = shown(staff, "/models/compare/?a=1&b=2")

    assert "Model 1 and Model 2 side by side" in page
    assert page.count('<table class="confusion">') == 2
    assert page.count("Reliability diagram") == 2
    assert 'href="/models/2/flips/?against=1"' in page


def test_the_live_and_the_newest_are_compared_unless_asked(staff, candidate):
    assert "Model 1 and Model 2 side by side" in shown(staff, "/models/compare/")


def test_a_version_is_not_compared_with_itself(staff):
    assert "There is only one so far" in shown(staff, "/models/compare/")
