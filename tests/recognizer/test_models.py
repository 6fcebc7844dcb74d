import pytest
from django.db import IntegrityError

from recognizer.models import Digit, ModelVersion, percent
from tests.factories import make_digit, make_model_version, make_prediction


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0.0"), (0.0004, "0.0"), (0.973, "97.3"), (0.99999, "99.9"), (1, "100.0")],
)
def test_only_what_is_certain_is_100_percent(share, words):
    assert percent(share) == words


def test_the_bars_show_all_ten_digits_and_mark_one(db):
    digit = make_digit(prediction=make_prediction(), predicted=3)

    assert [bar.digit for bar in digit.bars] == list(range(10))
    assert [bar.digit for bar in digit.bars if bar.is_top] == [3]
    assert digit.bars[3].percent == "99.0"


def test_two_digits_cannot_stand_at_one_position(db):
    prediction = make_prediction(text="7")

    with pytest.raises(IntegrityError):
        make_digit(prediction=prediction, position=0).save()


@pytest.mark.parametrize(
    "fields", [{"predicted": 10}, {"confidence": 2.0}, {"glyph": b"too short"}]
)
def test_the_database_refuses_a_digit_that_cannot_be(db, fields):
    digit = make_digit(prediction=make_prediction(text=""))
    for name, value in fields.items():
        setattr(digit, name, value)

    with pytest.raises(IntegrityError):
        digit.save()


def test_a_glyph_comes_back_as_it_was(db):
    digit = make_digit(prediction=make_prediction(text=""))
    digit.save()

    assert bytes(Digit.objects.get().glyph) == digit.glyph


def test_at_most_one_version_is_live(db):
    assert ModelVersion.objects.filter(state="live").count() == 1

    with pytest.raises(IntegrityError):
        make_model_version(number=2, state="live")
