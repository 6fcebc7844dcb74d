from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.models import Prediction
from recognizer.pictures import glyph_data_url
from recognizer.web.presentation import headline, step_cards, verdict
from tests.factories import make_glyph, make_image, make_prediction


def page_of(client, prediction):
    return client.get(prediction.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("outcome", "text", "confidence", "words"),
    [
        ("sure", "7", 0.99, "It is a 7."),
        ("sure", "8", 0.99, "It is an 8."),
        ("sure", "2026", 0.99, "It is 2026."),
        ("unsure", "7", 0.6, "Probably a 7, but look twice."),
        ("unsure", "7", 0.4, "Perhaps a 7, but look twice."),
        ("not_a_digit", "3", 0.1, "This does not look like a digit."),
    ],
)
def test_the_headline_says_what_was_read(outcome, text, confidence, words):
    prediction = Prediction(outcome=outcome, text=text, confidence=confidence)

    assert headline(prediction) == words


def test_what_is_not_a_digit_is_no_digit_in_large_type(db, stub_engine):
    prediction = make_prediction(
        text="3", outcome="not_a_digit", confidence=0.05, not_a_digit=0.9
    )

    says = verdict(prediction, list(prediction.digits.all()))

    assert (says.big, says.closest) == ("?", "Closest: 3.")


def test_the_page_names_the_closest_digit_after_saying_it_is_none(
    db, client, visitor, stub_engine
):
    prediction = make_prediction(
        visitor=visitor,
        text="3",
        outcome="not_a_digit",
        confidence=0.05,
        not_a_digit=0.9,
    )

    page = page_of(client, prediction)

    assert "This does not look like a digit. <small>Closest: 3.</small>" in page
    assert "<title>Not a digit" in page


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({7: 0.6, 1: 0.3}, "a 7 (60.0%) or a 1 (30.0%)"),
        ({7: 0.6, 8: 0.4}, "a 7 (60.0%) or an 8 (40.0%)"),
        ({7: 0.6, 1: 0.1}, "a 7 (60.0%) or no digit at all (30.0%)"),
    ],
)
def test_who_is_unsure_names_the_runner_up(db, stub_engine, shares, words):
    prediction = make_prediction(outcome="unsure", confidence=0.6)
    digit = prediction.digits.get()
    digit.probabilities = [shares.get(each, 0.0) for each in range(10)]

    says = verdict(prediction, [digit])

    assert says.sentence == f"The model says {words}."


@pytest.mark.parametrize(
    ("confidence", "is_beside"), [(0.7, True), (0.99, False)], ids=["beside", "alone"]
)
def test_of_a_clear_digit_beside_something_else_that_is_the_doubt(
    db, stub_engine, confidence, is_beside
):
    prediction = make_prediction(outcome="unsure", confidence=confidence)
    digit = prediction.digits.get()
    digit.confidence = 0.99
    digit.probabilities = [0.99 if each == 7 else 0.0 for each in range(10)]

    says = verdict(prediction, [digit])

    assert says.sentence.startswith("The digit is clear by itself.") == is_beside
    assert says.sentence.startswith("The model says a 7") != is_beside


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


def test_the_last_bar_is_that_of_no_digit(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, confidence=0.5, not_a_digit=0.321)

    page = page_of(client, prediction)

    last_row = page.partition("not a digit</th>")[2]
    assert "32.1%" in last_row.partition("</tr>")[0]


def test_only_what_is_likeliest_of_all_is_called_so(db, client, visitor, stub_engine):
    prediction = make_prediction(
        visitor=visitor, outcome="not_a_digit", confidence=0.05, not_a_digit=0.9
    )

    [(card, _label)] = client.get(prediction.get_absolute_url()).context["digits"]

    assert card.not_a_digit.is_top
    assert not any(bar.is_top for bar in card.bars)


def test_it_shows_the_steps_that_led_to_the_glyph(db, client, visitor, stub_engine):
    assert "The ink alone." in page_of(client, make_prediction(visitor=visitor))


def test_the_last_step_is_the_glyph_that_was_kept(db, visitor):
    prediction = make_prediction(visitor=visitor)

    *_, card = step_cards(prediction)

    assert card.url == glyph_data_url(make_glyph().tobytes())


def test_a_blank_page_shows_no_steps(db, visitor):
    assert step_cards(make_prediction(visitor=visitor, text="")) == ()


def test_other_preprocessing_shows_no_steps(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor, preprocessing_version=99)

    assert "The ink alone." not in page_of(client, prediction)


def test_a_lost_file_leaves_the_answer_to_be_seen(db, client, visitor, stub_engine):
    prediction = make_prediction(visitor=visitor)
    default_storage.delete(prediction.image.name)

    page = page_of(client, prediction)

    assert "It is a 7." in page
    assert "The ink alone." not in page


def test_another_visitors_page_is_not_found(db, client, visitor):
    prediction = make_prediction(visitor=uuid4())

    assert client.get(prediction.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "suffix", ["", "?explain=1", "explanation/", "image/", "thumbnail/", "delete/"]
)
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
    name = f"prediction-{prediction.public_id}.png"
    assert response["Content-Disposition"] == f'inline; filename="{name}"'
    assert response["Cache-Control"] == "private, no-cache"


def test_the_thumbnail_is_small_and_private(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    response = client.get(prediction.thumbnail_url)

    assert response.content.startswith(b"\x89PNG")
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "private, no-cache"


def test_a_damaged_file_has_no_thumbnail(db, client, visitor):
    prediction = make_prediction(visitor=visitor)
    default_storage.delete(prediction.image.name)
    default_storage.save(prediction.image.name, ContentFile(b"damaged"))

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
    default_storage.delete(prediction.image.name)

    assert client.get(f"{prediction.get_absolute_url()}{suffix}").status_code == 404
