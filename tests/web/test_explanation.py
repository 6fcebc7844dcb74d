"""Why this answer? On the result page, and as the part of it that a script brings."""

from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

import pytest

from recognizer import engine
from recognizer.web.explanations import explanation_cards
from tests.factories import (
    make_explanation,
    make_glyph,
    make_heat_map,
    make_model_version,
    make_prediction,
)


@dataclass
class StubExplain:
    """Finds what a test wants, and remembers what it was asked."""

    found: engine.Explanation = field(default_factory=make_explanation)
    asked: list[bytes] = field(default_factory=list)

    def __call__(self, glyph: bytes) -> engine.Explanation:
        self.asked.append(glyph)
        return self.found


@pytest.fixture(autouse=True)
def explain(stub_engine, monkeypatch):
    stub = StubExplain()
    monkeypatch.setattr(engine, "explain", stub)
    return stub


@pytest.fixture
def no_model(monkeypatch):
    def fail(_glyph):
        raise engine.RecognizerError(
            "No model can read this at the moment.",
            code="artifact_damaged",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )

    monkeypatch.setattr(engine, "explain", fail)


def url_of(prediction, suffix="explanation/"):
    return f"{prediction.get_absolute_url()}{suffix}"


def card_of(**fields):
    (card,) = explanation_cards(make_prediction(**fields))
    return card


def test_the_result_page_asks_first(db, client, visitor, explain):
    page = client.get(url_of(make_prediction(visitor=visitor), "")).content.decode()

    assert "Why this answer?" in page
    assert explain.asked == []


@pytest.mark.parametrize("suffix", ["?explain=1", "explanation/"])
def test_it_is_explained_with_and_without_a_script(db, client, visitor, suffix):
    prediction = make_prediction(visitor=visitor)

    page = client.get(url_of(prediction, suffix)).content.decode()

    assert "Why a 7 and not a 1?" in page
    assert "The 7 (99.0%) depends most on the upper left." in page


def test_the_glyph_that_was_kept_is_explained(db, explain):
    card_of()

    assert explain.asked == [make_glyph().tobytes()]


def test_the_part_is_no_whole_page(db, client, visitor):
    page = client.get(url_of(make_prediction(visitor=visitor))).content.decode()

    assert "<html" not in page


def test_the_pictures_say_in_words_what_they_show(db):
    card = card_of()

    assert [each.alt for each in card.maps] == [
        "Heat map. The 7 (99.0%) depends most on the upper left.",
        "Heat map. The 1 (1.0%) depends most on the middle.",
    ]


def test_a_runner_up_for_which_nothing_speaks_is_called_so(db, explain):
    explain.found = make_explanation(runner_up=make_heat_map(digit=1, place=None))

    caption = card_of().maps[1].caption

    assert caption.startswith("No part of it alone speaks for the 1")


@pytest.mark.parametrize(
    ("digit_without", "words"),
    [
        (1, "Without the upper left the model would read a 1 (87.5%)."),
        (7, "Even without the upper left the model would still read a 7 (87.5%)."),
        (None, "Without the upper left the model would see no digit (87.5%)."),
    ],
)
def test_it_says_what_the_answer_would_be_without_that_place(
    db, explain, digit_without, words
):
    explain.found = make_explanation(digit_without=digit_without)

    assert card_of().sentence == words


def test_where_no_place_decides_that_is_said(db, explain):
    explain.found = make_explanation(answer=make_heat_map(place=None))

    assert card_of().sentence == "No part of it alone decides."


def test_what_is_not_a_digit_is_not_called_one(db):
    card = card_of(outcome="not_a_digit")

    assert card.title == "Why closest to a 7 and not to a 1?"


def test_the_version_that_answered_needs_no_note(db):
    assert card_of().note == ""


def test_another_version_than_the_one_that_answered_says_so(db, explain):
    make_model_version(number=2)
    explain.found = make_explanation(version=2)

    note = card_of().note

    assert note == "Version 1 of the model answered; version 2, live now, explains."


def test_another_version_that_answers_differently_says_that_too(db, explain):
    explain.found = make_explanation(answer=make_heat_map(digit=1), version=2)

    assert card_of().note.endswith("To version 2 it is a 1.")


def test_every_digit_of_a_number_is_explained(db):
    assert len(explanation_cards(make_prediction(text="26"))) == 2


def test_another_visitors_prediction_is_not_explained(db, client, visitor, explain):
    prediction = make_prediction(visitor=uuid4())

    assert client.get(url_of(prediction)).status_code == 404
    assert explain.asked == []


def test_without_a_model_the_page_says_so_and_shows_the_rest(
    db, client, visitor, no_model
):
    response = client.get(url_of(make_prediction(visitor=visitor), "?explain=1"))

    page = response.content.decode()
    assert "No model can read this at the moment." in page
    assert "It is a 7." in page


def test_without_a_model_the_part_is_an_error(db, client, visitor, no_model):
    response = client.get(url_of(make_prediction(visitor=visitor)))

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_nothing_is_explained_by_post(db, client, visitor):
    assert client.post(url_of(make_prediction(visitor=visitor))).status_code == 405
