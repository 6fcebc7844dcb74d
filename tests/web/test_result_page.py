from pathlib import Path
from uuid import uuid4

import pytest

from recognizer import engine
from recognizer.models import Prediction
from recognizer.pictures import glyph_data_url
from recognizer.web.presentation import headline, step_cards
from tests.factories import make_glyph, make_image, make_prediction


def page_of(client, prediction):
    return client.get(prediction.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("outcome", "text", "words"),
    [
        ("sure", "7", "It is a 7."),
        ("sure", "8", "It is an 8."),
        ("sure", "2026", "It is 2026."),
        ("unsure", "7", "Probably a 7, but look twice."),
        ("not_a_digit", "3", "This does not look like a digit. Closest: 3."),
        ("not_a_digit", "", "There is no digit here."),
    ],
)
def test_the_headline_says_what_was_read(outcome, text, words):
    assert headline(Prediction(outcome=outcome, text=text)) == words


def test_the_page_says_it_first(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, outcome="unsure")

    assert "Probably a 7, but look twice." in page_of(client, prediction)


def test_it_says_how_sure_it_is(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, confidence=0.973)

    assert "97.3%" in page_of(client, prediction)


def test_it_shows_ten_probabilities_with_numbers(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, confidence=0.91)

    page = page_of(client, prediction)

    assert "91.0%" in page
    assert page.count("1.0%") >= 9


def test_it_shows_the_steps_that_led_to_the_glyph(db, client, visitor, stub_engine):
    assert "The ink alone." in page_of(client, make_prediction(visitor=visitor))


def test_the_last_step_is_the_glyph_that_was_kept(
    db, visitor, stub_engine, monkeypatch
):
    prediction = make_prediction(visitor=visitor)
    made_anew = engine.Step(name="glyph", caption="The glyph.", png=make_image())
    monkeypatch.setattr(engine, "explain_steps", lambda _data: (made_anew,))

    (card,) = step_cards(prediction)

    assert card.url == glyph_data_url(make_glyph().tobytes())


def test_other_preprocessing_shows_no_steps(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, preprocessing_version=99)

    assert "The ink alone." not in page_of(client, prediction)


def test_a_lost_file_leaves_the_answer_to_be_seen(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor)
    Path(prediction.image.path).unlink()

    page = page_of(client, prediction)

    assert "It is a 7." in page
    assert "The ink alone." not in page


def test_another_visitors_page_is_not_found(db, client, visitor):
    prediction = make_prediction(visitor=uuid4())

    assert client.get(prediction.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("suffix", ["", "image/", "thumbnail/", "delete/"])
def test_another_users_prediction_is_not_found(alice, bob, client, suffix):
    prediction = make_prediction(owner=bob)
    client.force_login(alice)

    assert client.get(f"{prediction.get_absolute_url()}{suffix}").status_code == 404


def test_the_picture_is_served_as_what_we_stored(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    response = client.get(f"{prediction.get_absolute_url()}image/")

    assert b"".join(response.streaming_content) == make_image()
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"


def test_the_thumbnail_is_small_and_private(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    response = client.get(prediction.thumbnail_url)

    assert response.content.startswith(b"\x89PNG")
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "private, no-cache"


def test_a_damaged_file_has_no_thumbnail(db, client, visitor):
    prediction = make_prediction(visitor=visitor)
    Path(prediction.image.path).write_bytes(b"damaged")

    assert client.get(prediction.thumbnail_url).status_code == 404


@pytest.mark.parametrize("suffix", ["image/", "thumbnail/"])
def test_a_picture_is_not_sent_again(db, client, visitor, suffix):
    url = f"{make_prediction(visitor=visitor).get_absolute_url()}{suffix}"
    tag = client.get(url)["ETag"]

    response = client.get(url, headers={"If-None-Match": tag})

    assert (response.status_code, response.content) == (304, b"")
    assert response["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("suffix", ["image/", "thumbnail/"])
def test_a_browser_that_has_a_picture_still_has_to_be_let_in(alice, client, suffix):
    client.force_login(alice)
    url = f"{make_prediction(owner=alice).get_absolute_url()}{suffix}"
    tag = client.get(url)["ETag"]
    client.logout()

    response = client.get(url, headers={"If-None-Match": tag})

    assert response.status_code == 404


@pytest.mark.parametrize("suffix", ["image/", "thumbnail/"])
def test_a_lost_file_is_not_found(db, client, visitor, suffix):
    prediction = make_prediction(visitor=visitor)
    Path(prediction.image.path).unlink()

    assert client.get(f"{prediction.get_absolute_url()}{suffix}").status_code == 404
