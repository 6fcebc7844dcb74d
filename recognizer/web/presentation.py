"""What the result page shows, in words and pictures."""

from dataclasses import dataclass

from recognizer import engine
from recognizer.engine import Outcome
from recognizer.models import Bar, Digit, Prediction
from recognizer.pictures import glyph_data_url, picture_bytes, png_data_url

BLANK_NOTICE = (
    "There is nothing to read in this picture, so nothing was kept. "
    "Draw or choose one with a digit in it."
)


@dataclass(frozen=True, slots=True)
class DigitCard:
    """One digit as the page shows it."""

    position: int
    predicted: int
    confidence_percent: str
    bars: list[Bar]
    glyph_url: str


@dataclass(frozen=True, slots=True)
class StepCard:
    """One step from the picture to the glyph."""

    name: str
    caption: str
    url: str


def headline(prediction: Prediction) -> str:
    """The answer in a few words."""
    text = prediction.text
    match prediction.outcome:
        case Outcome.SURE:
            return f"It is {_noun(text)}."
        case Outcome.UNSURE:
            return f"Probably {_noun(text)}, but look twice."
        case Outcome.NOT_A_DIGIT if text:
            return f"This does not look like a digit. Closest: {text}."
        case _:
            return "There is no digit here."


def sentence(prediction: Prediction) -> str:
    """How sure the model is, for people."""
    share = f"{prediction.confidence_percent}%"
    match prediction.outcome:
        case Outcome.SURE:
            return f"The model is {share} sure."
        case Outcome.UNSURE:
            return f"The model is {share} sure. The bars show what else it may be."
        case _:
            return (
                f"The model gives its closest guess {share}. Draw the digit larger, or "
                f"send a sharper picture with nothing else in it."
            )


def digit_cards(digits: list[Digit]) -> list[DigitCard]:
    return [
        DigitCard(
            position=digit.position,
            predicted=digit.predicted,
            confidence_percent=digit.confidence_percent,
            bars=digit.bars,
            glyph_url=glyph_data_url(digit.glyph),
        )
        for digit in digits
    ]


def step_cards(prediction: Prediction) -> tuple[StepCard, ...]:
    """How the picture became the glyph; nothing where that cannot be retraced.

    The glyph is the one that was kept: the model saw the picture as it was sent, and
    the steps are made anew from the picture as it was encoded again.
    """
    if prediction.preprocessing_version != engine.PREPROCESSING_VERSION:
        return ()
    data = picture_bytes(prediction)
    if data is None:
        return ()
    try:
        steps = engine.explain_steps(data)
    except engine.RecognizerError:
        return ()
    digits = list(prediction.digits.all())
    return tuple(
        StepCard(name=step.name, caption=step.caption, url=url)
        for step in steps
        for url in _step_urls(step, digits)
    )


def _step_urls(step: engine.Step, digits: list[Digit]) -> list[str]:
    if step.name == engine.GLYPH_STEP:
        return [glyph_data_url(digit.glyph) for digit in digits]
    return [png_data_url(step.png)]


def _noun(text: str) -> str:
    """A 7, an 8; a whole number stands alone."""
    if len(text) > 1:
        return text
    return f"an {text}" if text == "8" else f"a {text}"
