"""What the result page shows, in words and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import ordinal

from recognizer import engine
from recognizer.engine import Outcome
from recognizer.models import Bar, Digit, Prediction, percent
from recognizer.pictures import glyph_data_url, picture_bytes, png_data_url

BLANK_NOTICE = (
    "There is nothing to read in this picture, so nothing was kept. "
    "Draw or choose one with a digit in it."
)
# Below this something else may be as likely.
PROBABLE = 0.5
# Of a number that is unsure, the digits below this are pointed out.
DOUBTFUL = 0.9
# What is the same for all digits of a number; the others are about one of them.
STEPS_OF_ALL = ("grey", "ink")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, as the page says it first.

    Attributes:
        big: what stands there in large type.
        headline: the answer in a few words.
        closest: in smaller type, where the headline names no digit; else empty.
        sentence: how sure the model is, and what to do about it.
    """

    big: str
    headline: str
    closest: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DigitCard:
    """One digit as the page shows it.

    Attributes:
        place: its position among others, such as "3rd".
        is_doubtful: whether it is a reason why the number is unsure.
        box: in px of the picture.
    """

    place: str
    predicted: int
    confidence_percent: str
    is_doubtful: bool
    box: engine.Box
    bars: list[Bar]
    not_a_digit: Bar
    glyph_url: str


@dataclass(frozen=True, slots=True)
class StepCard:
    """One step from the picture to the glyph."""

    name: str
    caption: str
    url: str


def verdict(prediction: Prediction, digits: list[Digit]) -> Verdict:
    is_digit = prediction.outcome != Outcome.NOT_A_DIGIT
    return Verdict(
        big=prediction.text if is_digit else "?",
        headline=headline(prediction),
        closest="" if is_digit else f"Closest: {prediction.text}.",
        sentence=sentence(prediction, digits),
    )


def headline(prediction: Prediction) -> str:
    """The answer in a few words."""
    text = prediction.text
    match prediction.outcome:
        case Outcome.SURE:
            return f"It is {noun(text)}."
        case Outcome.UNSURE if prediction.confidence >= PROBABLE:
            return f"Probably {noun(text)}, but look twice."
        case Outcome.UNSURE:
            return f"Perhaps {noun(text)}, but look twice."
        case _:
            return "This does not look like a digit."


def sentence(prediction: Prediction, digits: list[Digit]) -> str:
    """How sure the model is, and what to do about it."""
    share = f"{prediction.confidence_percent}%"
    match prediction.outcome:
        case Outcome.SURE if len(digits) > 1:
            return f"The model is {share} sure of the whole number."
        case Outcome.SURE:
            return f"The model is {share} sure."
        case Outcome.UNSURE if len(digits) == 1:
            return _doubts_of_one(prediction, digits[0])
        case Outcome.UNSURE:
            return _doubts(digits)
        case _:
            return (
                "If it is one, draw it larger, or send a sharper picture with nothing "
                "else in it. Of a number, all digits must stand in one line. The bars "
                "show what the model made of this."
            )


def noun(text: str) -> str:
    """A 7, an 8; a whole number stands alone."""
    if len(text) > 1:
        return text
    return f"an {text}" if text == "8" else f"a {text}"


def place(position: int) -> str:
    """A position, from 0, as people count: 1st, 2nd, 3rd."""
    return str(ordinal(position + 1))


def digit_cards(digits: list[Digit]) -> list[DigitCard]:
    return [
        DigitCard(
            place=place(digit.position),
            predicted=digit.predicted,
            confidence_percent=digit.confidence_percent,
            is_doubtful=_is_doubtful(digit),
            box=engine.Box(
                digit.box_left, digit.box_top, digit.box_width, digit.box_height
            ),
            bars=digit.bars,
            not_a_digit=digit.not_a_digit_bar,
            glyph_url=glyph_data_url(digit.glyph),
        )
        for digit in digits
    ]


def step_cards(prediction: Prediction) -> tuple[StepCard, ...]:
    """How the picture became the glyph; nothing where that cannot be retraced.

    The last step is the glyph that was kept: the model saw the picture as it was sent,
    and the steps are made anew from the picture as it was encoded again. Of a number,
    those that are of all its digits.
    """
    digits = list(prediction.digits.all())
    if not digits:
        return ()
    if prediction.preprocessing_version != engine.PREPROCESSING_VERSION:
        return ()
    data = picture_bytes(prediction)
    if data is None:
        return ()
    try:
        steps = engine.explain_steps(data, bytes(digits[0].glyph))
    except engine.RecognizerError:
        return ()
    return tuple(
        StepCard(name=step.name, caption=step.caption, url=png_data_url(step.png))
        for step in steps
        if len(digits) == 1 or step.name in STEPS_OF_ALL
    )


def _is_doubtful(digit: Digit) -> bool:
    return digit.prediction.outcome == Outcome.UNSURE and digit.confidence < DOUBTFUL


def _doubts_of_one(prediction: Prediction, digit: Digit) -> str:
    """What else a digit may be; or that something stands beside one that is clear."""
    if prediction.confidence < digit.confidence and not _is_doubtful(digit):
        return (
            "The digit is clear by itself. Whether it is all that is written, is not."
        )
    return f"The model says {_two_likeliest(digit)}."


def _doubts(digits: Sequence[Digit]) -> str:
    """Of which digit of a number the model is least sure, and what it may be."""
    least = min(digits, key=lambda digit: digit.confidence)
    which, either = f"the {place(least.position)}", _two_likeliest(least)
    doubtful = sum(_is_doubtful(digit) for digit in digits)
    if doubtful == 0:
        return (
            "Each digit is clear by itself. Where they begin and end, or whether these "
            "are all, is not."
        )
    if doubtful == 1:
        return f"The model doubts {which} digit: {either}."
    return (
        f"The model doubts {doubtful} of {len(digits)} digits, most of all {which}: "
        f"{either}."
    )


def _two_likeliest(digit: Digit) -> str:
    """The answer and what comes next, which may be no digit at all."""
    others = [bar for bar in digit.bars if bar.digit != digit.predicted]
    runner_up = max((*others, digit.not_a_digit_bar), key=lambda bar: bar.probability)
    other = "no digit at all" if runner_up.digit is None else noun(runner_up.label)
    answer = f"{noun(str(digit.predicted))} ({percent(digit.confidence)}%)"
    return f"{answer} or {other} ({runner_up.percent}%)"
