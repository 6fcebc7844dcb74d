"""Why the model answered as it did, in words and pictures."""

from dataclasses import dataclass

from recognizer import engine
from recognizer.models import Digit, Prediction, percent
from recognizer.pictures import png_data_url
from recognizer.web.presentation import noun, place


@dataclass(frozen=True, slots=True)
class HeatMapCard:
    """Which ink is for one digit, and which against it."""

    url: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class ExplanationCard:
    """Why one digit was read as it was.

    Attributes:
        title: the question.
        maps: of the answer and of the runner-up.
        sentence: what the answer would be without the part it hangs on.
        note: where another model explains than the one that answered; else empty.
    """

    title: str
    maps: tuple[HeatMapCard, HeatMapCard]
    sentence: str
    note: str


def explanation_cards(prediction: Prediction) -> list[ExplanationCard]:
    """Ask the live model about every digit of a prediction.

    Raises:
        engine.RecognizerError: no model can answer.
    """
    digits = list(prediction.digits.all())
    is_number = len(digits) > 1
    return [_card(prediction, digit, is_number=is_number) for digit in digits]


def _card(prediction: Prediction, digit: Digit, *, is_number: bool) -> ExplanationCard:
    found = engine.explain(bytes(digit.glyph))
    answer, runner_up = found.answer, found.runner_up
    title = _title(prediction, answer.digit, runner_up.digit)
    return ExplanationCard(
        title=f"{place(digit.position)} digit: {title.lower()}" if is_number else title,
        maps=(_map_card(answer), _map_card(runner_up)),
        sentence=_sentence(found),
        note=_note(prediction, digit, found),
    )


def _title(prediction: Prediction, digit: int, runner_up: int) -> str:
    if prediction.outcome == engine.Outcome.NOT_A_DIGIT:
        return f"Why closest to {_a(digit)} and not to {_a(runner_up)}?"
    return f"Why {_a(digit)} and not {_a(runner_up)}?"


def _map_card(heat_map: engine.HeatMap) -> HeatMapCard:
    digit, share = heat_map.digit, percent(heat_map.probability)
    if heat_map.place is None:
        caption = f"No part of it alone speaks for the {digit} ({share}%)."
    else:
        caption = f"The {digit} ({share}%) depends most on the {heat_map.place}."
    return HeatMapCard(
        url=png_data_url(heat_map.png), alt=f"Heat map. {caption}", caption=caption
    )


def _sentence(found: engine.Explanation) -> str:
    place, without = found.answer.place, found.without_place
    if without is None:
        return "No part of it alone decides."
    share = f"({percent(without.probability)}%)"
    if without.digit is None:
        return f"Without the {place} the model would see no digit {share}."
    digit = _a(without.digit)
    if without.digit == found.answer.digit:
        return f"Even without the {place} the model would still read {digit} {share}."
    return f"Without the {place} the model would read {digit} {share}."


def _note(prediction: Prediction, digit: Digit, found: engine.Explanation) -> str:
    then, now = prediction.model_version_id, found.version.number
    if then == now:
        return ""
    words = f"Version {then} of the model answered; version {now}, live now, explains."
    if digit.predicted == found.answer.digit:
        return words
    return f"{words} To version {now} it is {_a(found.answer.digit)}."


def _a(digit: int) -> str:
    return noun(str(digit))
