"""What the result page shows, in words and pictures."""

from dataclasses import dataclass

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
    """One digit as the page shows it."""

    position: int
    predicted: int
    confidence_percent: str
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
        case Outcome.SURE:
            return f"The model is {share} sure."
        case Outcome.UNSURE if len(digits) == 1:
            return f"The model says {_two_likeliest(digits[0])}."
        case Outcome.UNSURE:
            return f"The model is {share} sure. The bars show what else it may be."
        case _:
            return (
                "If it is one, draw it larger, or send a sharper picture with nothing "
                "else in it: the model reads one digit at a time. The bars show what "
                "it made of this."
            )


def noun(text: str) -> str:
    """A 7, an 8; a whole number stands alone."""
    if len(text) > 1:
        return text
    return f"an {text}" if text == "8" else f"a {text}"


def digit_cards(digits: list[Digit]) -> list[DigitCard]:
    return [
        DigitCard(
            position=digit.position,
            predicted=digit.predicted,
            confidence_percent=digit.confidence_percent,
            bars=digit.bars,
            not_a_digit=digit.not_a_digit_bar,
            glyph_url=glyph_data_url(digit.glyph),
        )
        for digit in digits
    ]


def step_cards(prediction: Prediction) -> tuple[StepCard, ...]:
    """How the picture became the glyph; nothing where that cannot be retraced.

    The last step is the glyph that was kept: the model saw the picture as it was sent,
    and the steps are made anew from the picture as it was encoded again.
    """
    digit = next(iter(prediction.digits.all()), None)
    if digit is None:
        return ()
    if prediction.preprocessing_version != engine.PREPROCESSING_VERSION:
        return ()
    data = picture_bytes(prediction)
    if data is None:
        return ()
    try:
        steps = engine.explain_steps(data, bytes(digit.glyph))
    except engine.RecognizerError:
        return ()
    return tuple(
        StepCard(name=step.name, caption=step.caption, url=png_data_url(step.png))
        for step in steps
    )


def _two_likeliest(digit: Digit) -> str:
    """The answer and what comes next, which may be no digit at all."""
    others = [bar for bar in digit.bars if bar.digit != digit.predicted]
    runner_up = max((*others, digit.not_a_digit_bar), key=lambda bar: bar.probability)
    other = "no digit at all" if runner_up.digit is None else noun(runner_up.label)
    answer = f"{noun(str(digit.predicted))} ({percent(digit.confidence)}%)"
    return f"{answer} or {other} ({runner_up.percent}%)"
