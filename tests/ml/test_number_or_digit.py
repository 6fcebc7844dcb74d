"""When a number takes the place of one digit."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from ml.arrays import Box
from ml.artifacts import SHIPPED
from ml.chains import NumberDigit
from ml.inference import (
    CLEARLY_SEVERAL,
    LEAST_GAIN,
    LEAST_OF_NUMBER,
    LIKELY,
    Recognizer,
)
from ml.numbers import SURE, Number
from ml.outcomes import NOT_A_DIGIT_LABEL, Outcome
from ml.readings import DigitReading, Reading
from tests.ml.pages import Grey, as_file, make_page
from tests.ml.rows import make_row


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def a_number(
    confidence: float, *, is_clear: bool = False, is_cut: bool = False, count: int = 2
) -> Number:
    likely = np.eye(NOT_A_DIGIT_LABEL + 1)[1]
    glyph = np.zeros((28, 28), np.uint8)
    box = Box(0, 0, 20, 30)
    digits = tuple(NumberDigit(glyph, box, likely) for _ in range(count))
    return Number(digits, confidence, is_clear, is_cut)


def read_with(
    recognizer: Recognizer,
    monkeypatch: pytest.MonkeyPatch,
    page: Grey,
    number: Number,
    **changes: Any,
) -> Reading:
    """Read a page where a number would be found, and one digit is read as is said."""
    answered = Recognizer._answered

    def changed(*arguments: Any) -> tuple[Outcome, DigitReading]:
        outcome, read = answered(*arguments)
        outcome = changes.pop("outcome", outcome)
        return outcome, replace(read, **changes)

    monkeypatch.setattr(Recognizer, "_answered", changed)
    monkeypatch.setattr("ml.inference.read_number", lambda *_, **__: number)
    return recognizer.read(as_file(page))


@pytest.mark.parametrize(
    ("outcome", "confidence", "gain"),
    [
        (Outcome.NOT_A_DIGIT, 0.3, 0),
        (Outcome.NOT_A_DIGIT, 0.01, LEAST_OF_NUMBER - 0.01),
        (Outcome.UNSURE, 0.3, LEAST_GAIN),
    ],
)
@pytest.mark.parametrize("more", [-0.01, 0.01])
def test_a_number_must_be_likelier_than_the_digit(
    *, recognizer, monkeypatch, outcome, confidence, gain, more
):
    reading = read_with(
        recognizer,
        monkeypatch,
        make_page(),
        a_number(confidence + gain + more),
        outcome=outcome,
        confidence=confidence,
    )

    assert (len(reading.digits) > 1) == (more > 0)


def wide_stroke() -> Grey:
    page = np.full((200, 400), 255, np.uint8)
    cv2.line(page, (60, 100), (340, 130), 0, 12)
    return page


@pytest.mark.parametrize(
    ("page", "may_be_several"),
    [(wide_stroke(), True), (make_row(60), True), (make_row(), False)],
    ids=["wide", "beside another", "alone"],
)
@pytest.mark.parametrize(
    ("more", "is_cut"), [(-0.01, False), (0.01, False), (0.01, True)]
)
def test_one_sure_digit_may_be_several_if_it_is_wide_or_not_alone(
    *, recognizer, monkeypatch, page, may_be_several, more, is_cut
):
    reading = read_with(
        recognizer,
        monkeypatch,
        page,
        a_number(CLEARLY_SEVERAL + more, is_cut=is_cut),
        outcome=Outcome.SURE,
        confidence=0.999,
    )

    assert (len(reading.digits) > 1) == (may_be_several and not is_cut and more > 0)


def test_one_digit_in_line_with_something_else_says_nothing_against_a_sure_one(
    recognizer, monkeypatch
):
    reading = read_with(
        recognizer,
        monkeypatch,
        make_row(60),
        a_number(0.99, count=1),
        outcome=Outcome.SURE,
        confidence=0.999,
    )

    assert (reading.text, reading.outcome) == ("2", Outcome.SURE)


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("more", [-0.01, 0.01])
def test_nobody_is_sure_of_one_digit_that_is_more_likely_several(
    *, recognizer, monkeypatch, more, is_cut
):
    reading = read_with(
        recognizer,
        monkeypatch,
        make_row(60),
        a_number(LIKELY + more, is_cut=is_cut),
        outcome=Outcome.SURE,
        confidence=0.999,
    )

    is_doubted = more > 0 and not is_cut
    assert len(reading.digits) == 1
    assert (reading.outcome == Outcome.UNSURE) == is_doubted


@pytest.mark.parametrize("is_clear", [True, False])
@pytest.mark.parametrize("more", [-0.001, 0.001])
def test_a_number_is_sure_if_it_is_likely_and_clear(more, is_clear):
    number = a_number(SURE + more, is_clear=is_clear)

    assert number.is_sure == (is_clear and more > 0)
