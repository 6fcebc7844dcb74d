"""Why a digit was read, for programs.

As in `serializers`, plain functions build the answer and serializers describe it.
"""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from recognizer import engine
from recognizer.models import Digit
from recognizer.pictures import png_data_url


class HeatMapOutput(serializers.Serializer[Any]):
    """Which ink of a glyph is for a digit, and which is against it."""

    digit = serializers.IntegerField(min_value=0, max_value=9)
    probability = serializers.FloatField(
        min_value=0, max_value=1, help_text="What the explaining model gives it."
    )
    place = serializers.CharField(
        allow_null=True,
        help_text=(
            "Where the ink is that the digit hangs on most: one of upper left, top, "
            "upper right, left, middle, right, lower left, bottom and lower right. "
            "null: no part of it alone speaks for the digit."
        ),
    )
    heat_map = serializers.CharField(
        help_text=(
            "The glyph as a PNG in a data URL. Red ink: without it the digit would "
            "lose. Blue ink speaks against the digit. Grey ink hardly matters."
        )
    )


class WithoutPlaceOutput(serializers.Serializer[Any]):
    """What would be read if the place of the answer were hidden."""

    digit = serializers.IntegerField(
        min_value=0, max_value=9, allow_null=True, help_text="null: no digit."
    )
    probability = serializers.FloatField(min_value=0, max_value=1)


class DigitExplanationOutput(serializers.Serializer[Any]):
    """What one answer and the next best digit hang on."""

    position = serializers.IntegerField(help_text="From 0, left to right.")
    answer = HeatMapOutput()
    runner_up = HeatMapOutput()
    without_place = WithoutPlaceOutput(
        allow_null=True, help_text="null: the answer has no place."
    )
    model_version = serializers.IntegerField(
        help_text="The live one, which explains; maybe not the one that answered."
    )


class ExplanationOutput(serializers.Serializer[Any]):
    """Why a picture was read as it was."""

    digits = DigitExplanationOutput(many=True)


def explanation_data(digits: Iterable[Digit]) -> dict[str, Any]:
    """The JSON of one explanation, as ExplanationOutput describes it.

    Raises:
        engine.RecognizerError: no model can answer.
    """
    return {"digits": [_digit_data(digit) for digit in digits]}


def _digit_data(digit: Digit) -> dict[str, Any]:
    found = engine.explain(bytes(digit.glyph))
    without = found.without_place
    return {
        "position": digit.position,
        "answer": _heat_map_data(found.answer),
        "runner_up": _heat_map_data(found.runner_up),
        "without_place": without
        and {"digit": without.digit, "probability": without.probability},
        "model_version": found.version.number,
    }


def _heat_map_data(heat_map: engine.HeatMap) -> dict[str, Any]:
    return {
        "digit": heat_map.digit,
        "probability": heat_map.probability,
        "place": heat_map.place,
        "heat_map": png_data_url(heat_map.png),
    }
