"""What the pages show of a number of several digits."""

import re

import pytest

from recognizer import engine
from recognizer.models import NOT_A_DIGIT
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from recognizer.web.explanations import explanation_cards
from recognizer.web.presentation import digit_cards, step_cards, verdict
from tests.factories import (
    make_explanation,
    make_image,
    make_number,
    make_prediction,
)
from tests.web.pages import shown

LONG = "202601358947"
TWO_OR_SEVEN = {2: 0.61, 7: 0.302}
STEPS = ["grey", "ink", "digit", "glyph"]


@pytest.fixture(autouse=True)
def steps_and_reasons(stub_engine, monkeypatch):
    """The steps by their names, and a reason for whatever it is."""

    def explain_steps(_data, _glyph):
        return tuple(
            engine.Step(name, f"The step {name}.", make_image()) for name in STEPS
        )

    monkeypatch.setattr(engine, "explain_steps", explain_steps)
    monkeypatch.setattr(engine, "explain", lambda _glyph: make_explanation())


@pytest.fixture
def year(db, visitor):
    """2026, of which the third digit may be a 7."""
    return make_number("2026", doubtful={2: TWO_OR_SEVEN}, visitor=visitor)


def sentence_of(prediction):
    return verdict(prediction, list(prediction.digits.all())).sentence


def label(prediction, position, label, viewer=None):
    viewer = viewer or Viewer(visitor=prediction.visitor)
    digit = prediction.digits.get(position=position)
    correction_record(digit=digit, label=label, viewer=viewer)
    return digit


def part(page, opening):
    """From an element to the end of its kind."""
    name = opening.partition(" ")[0].removeprefix("<")
    return page.partition(opening)[2].partition(f"</{name}>")[0]


# How sure is it?


def test_who_is_sure_is_sure_of_all_digits(db):
    assert sentence_of(make_number("26", confidence=0.98)) == (
        "The model is 98.0% sure of the whole number."
    )


def test_the_one_digit_that_is_doubted_is_named(year):
    assert sentence_of(year) == (
        "The model doubts the 3rd digit: a 2 (61.0%) or a 7 (30.2%)."
    )


def test_of_several_doubtful_digits_the_least_certain_is_named(db):
    number = make_number(LONG, doubtful={3: {6: 0.8, 0: 0.2}, 10: {4: 0.5, 9: 0.4}})

    assert sentence_of(number) == (
        "The model doubts 2 of 12 digits, most of all the 11th: "
        "a 4 (50.0%) or a 9 (40.0%)."
    )


def test_where_no_digit_is_doubtful_none_is_called_so(db):
    number = make_number("26", doubtful={1: {6: 0.95, 8: 0.04}})

    assert sentence_of(number) == (
        "Each digit is clear by itself. Where they begin and end, or whether these are "
        "all, is not."
    )


def test_no_digit_of_a_sure_number_is_pointed_out(db):
    number = make_number("26", confidence=0.5)

    assert not any(card.is_doubtful for card in digit_cards(number.digits.all()))


def test_who_is_refused_is_told_how_numbers_are_read(db):
    refused = make_prediction(text="3", outcome="not_a_digit", confidence=0.1)

    says = sentence_of(refused)

    assert "Of a number, all digits must stand in one line." in says
    assert "one digit at a time" not in says


# The result page


def test_all_digits_stand_at_its_top_and_lead_to_more(client, year):
    page = shown(client, year.get_absolute_url())

    strip = part(page, '<ol class="strip"')
    assert re.findall(r'href="#(digit-\d)"', strip) == [
        f"digit-{number}" for number in range(1, 5)
    ]
    assert "3rd digit: </span>2" in strip
    assert re.findall(r'"strip-sure">([^<]+)<', strip)[2] == "61.0%"
    assert strip.count("is-doubtful") == 1
    for number in range(1, 5):
        assert f'<details class="digit card" id="digit-{number}"' in page


def test_each_digit_is_named_and_can_be_labelled(client, year):
    page = shown(client, year.get_absolute_url())

    assert re.findall(r"<h2>(\w+ digit: \d)</h2>", page) == [
        "1st digit: 2",
        "2nd digit: 0",
        "3rd digit: 2",
        "4th digit: 6",
    ]
    for digit in year.digits.all():
        assert f'action="/digits/{digit.pk}/label/"' in page


def test_of_a_long_number_those_are_open_that_are_worth_a_look(client, visitor, db):
    number = make_number(LONG, doubtful={3: {6: 0.6, 0: 0.2}}, visitor=visitor)
    label(number, 7, 1)

    page = shown(client, number.get_absolute_url())

    assert re.findall(r'id="(digit-\d+)" open', page) == ["digit-4", "digit-8"]


def test_of_a_short_number_all_are_open(client, year):
    page = shown(client, year.get_absolute_url())

    assert len(re.findall(r'id="digit-\d+" open', page)) == 4


def test_who_labels_a_digit_comes_back_to_it(client, year):
    digit = year.digits.get(position=3)
    place = f"{year.get_absolute_url()}#label-{digit.pk}"

    page = shown(client, year.get_absolute_url())

    assert f'name="next" value="{place}"' in page
    assert f'id="label-{digit.pk}"' in page.partition('id="digit-4"')[2]


def test_the_picture_shows_where_each_digit_was_found(client, year):
    page = shown(client, year.get_absolute_url())

    assert '<svg class="boxes" width="60" height="40" viewBox="0 0 60 40"' in page
    boxes = re.findall(r'<rect class="digit-box([^"]*)" x="(\d+)" y="8"', page)
    assert boxes == [("", "20"), ("", "34"), (" is-doubtful", "48"), ("", "62")]


def test_the_picture_of_one_digit_has_no_boxes(client, visitor, db):
    page = shown(client, make_prediction(visitor=visitor).get_absolute_url())

    assert "digit-box" not in page
    assert 'class="strip"' not in page


# What people say


def said(client, prediction):
    return part(
        shown(client, prediction.get_absolute_url()), '<p class="verdict-label"'
    )


def test_what_is_said_of_one_digit_is_said_of_the_number(client, year):
    label(year, 3, 7)

    page = shown(client, year.get_absolute_url())

    assert '<p class="verdict-label">You say it is 2027.</p>' in page
    assert "labelled as</span> 7" in part(page, '<ol class="strip"')


def test_a_digit_that_is_none_is_left_out(client, year):
    label(year, 0, NOT_A_DIGIT)

    assert said(client, year) == ">You say it is 026."


def test_a_number_of_none_is_not_a_digit(client, visitor, db):
    number = make_number("26", visitor=visitor)
    for position in (0, 1):
        label(number, position, NOT_A_DIGIT)

    assert said(client, number) == ">You say it is not a digit."


def test_a_reviewers_word_is_not_called_yours(client, year, rita):
    label(year, 3, 7, rita)

    assert said(client, year) == ">A reviewer says it is 2027."


def test_both_words_are_of_both(client, year, rita):
    label(year, 3, 7, rita)
    label(year, 2, 7)

    assert said(client, year) == ">You and a reviewer say it is 2077."


def test_a_dispute_is_open(client, year, rita):
    label(year, 3, 7, rita)
    label(year, 3, 5)

    assert said(client, year) == ">Whether it is 2025 will be looked at again."


def test_of_a_number_nobody_spoke_of_nothing_is_said(client, year):
    assert said(client, year) == ""


# Steps and reasons


def test_the_steps_end_with_all_glyphs(client, year):
    page = shown(client, year.get_absolute_url())

    assert [card.name for card in step_cards(year)] == ["grey", "ink"]
    assert part(page, '<div class="step-frame step-glyphs"').count("<img") == 4


def test_one_digit_keeps_its_steps(client, visitor, db):
    prediction = make_prediction(visitor=visitor)

    assert [card.name for card in step_cards(prediction)] == STEPS
    assert "step-glyphs" not in shown(client, prediction.get_absolute_url())


def test_each_reason_says_of_which_digit_it_is(year):
    assert [card.title for card in explanation_cards(year)] == [
        f"{place} digit: why a 7 and not a 1?" for place in ("1st", "2nd", "3rd", "4th")
    ]


def test_the_colours_are_explained_once(client, year):
    page = shown(client, f"{year.get_absolute_url()}?explain=1")

    assert page.count('<section class="why card"') == 4
    assert page.count('class="legend"') == 1
    assert page.count("Found by hiding") == 1


# The history, and other pages


def test_the_history_says_what_people_say_of_a_number(client, year):
    label(year, 3, 7)

    page = shown(client, "/predictions/")

    assert '<span class="entry-label">You say it is 2027.</span>' in page


def test_the_history_leads_to_the_digits_of_a_number(client, year):
    page = shown(client, "/predictions/")

    assert f'<a class="entry-fix" href="{year.get_absolute_url()}#digits">' in page
    assert 'id="digits"' in shown(client, year.get_absolute_url())
    assert 'class="label-choices"' not in page


def test_who_deletes_a_number_is_told_which(client, year):
    page = shown(client, year.deletion_url)

    assert "It was read as <strong>2026</strong>." in page


def test_a_reviewer_is_told_which_digit_of_how_many_it_is(client, year, rita):
    client.force_login(rita.user)
    digit = year.digits.get(position=2)

    page = shown(client, f"/review/{digit.pk}/")

    assert '<rect class="review-box" x="48" y="8"' in page
    assert "It is about the digit in the box, the 3rd of 4." in page
    assert "with a box around its 3rd digit" in page
