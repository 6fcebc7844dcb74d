"""One digit and its label, as the API has them.

As in `serializers`, plain functions (in `answers`) build the answer and serializers
describe it.
"""

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.utils import html

from recognizer.answers import LABELS
from recognizer.api.fields import FreelyNamed, LabelField, WordField
from recognizer.models import Review

LABEL_CHOICES = [(name, name) for name in LABELS]
REVIEW_HELP = (
    "`proposed` by its owner, `confirmed` by a reviewer, or `disputed`: two labels "
    "contradict each other, and a second reviewer is to decide."
)


class BoxOutput(serializers.Serializer[Any]):
    """Where a digit stands, in pixels of the upright picture as it was sent."""

    left = serializers.IntegerField()
    top = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class DigitOutput(FreelyNamed):
    """One digit that was found."""

    id = serializers.IntegerField(allow_null=True, help_text="null: it was not stored.")
    position = serializers.IntegerField(help_text="From 0, left to right.")
    digit = serializers.IntegerField(
        min_value=0,
        max_value=9,
        help_text="The most probable of 0 to 9, also of what is not a digit.",
    )
    confidence = serializers.FloatField(
        min_value=0, max_value=1, help_text="The probability of `digit`."
    )
    probabilities = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1),
        min_length=10,
        max_length=10,
        help_text="Of 0 to 9, in this order; with `not_a_digit` they sum to 1.",
    )
    not_a_digit = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="The probability of being no digit at all; four decimals.",
    )
    box = BoxOutput()
    glyph = serializers.CharField(
        help_text="What the model saw: a 28x28 PNG as a data URL."
    )
    label = serializers.ChoiceField(
        choices=LABEL_CHOICES,
        allow_null=True,
        help_text="What people say it is; null: nobody has said so far.",
    )
    review = serializers.ChoiceField(choices=Review.choices, help_text=REVIEW_HELP)


class ReviewOutput(serializers.Serializer[Any]):
    """One digit that a reviewer is to look at."""

    digit = DigitOutput()
    prediction = serializers.UUIDField(help_text="In which it stands.")
    image = serializers.URLField(help_text="The picture in which it stands.")
    expires_at = serializers.DateTimeField(
        help_text="Until then nobody else is given it."
    )
    is_random = serializers.BooleanField(
        help_text="Drawn at random, so that its label says how well digits are read."
    )


class ShownInput(FreelyNamed):
    """How a digit stood when somebody looked at it."""

    label = LabelField(choices=LABEL_CHOICES, allow_null=True)
    review = WordField(choices=Review.choices)

    def get_value(self, dictionary: Mapping[str, Any]) -> Any:
        """The part of a form that holds it as JSON; DRF would pass over it unread.

        What was shown would then not be compared with what is there.
        """
        part = dictionary.get(str(self.field_name))
        if part is None or not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        try:
            return json.loads(part)
        except (TypeError, ValueError, RecursionError):
            return part


class CorrectionInput(FreelyNamed):
    """What a person says that a digit is."""

    label = LabelField(
        choices=LABEL_CHOICES, help_text="A digit, also as a number, or `not_a_digit`."
    )
    shown = ShownInput(
        required=False,
        help_text=(
            "`label` and `review` as you were shown them. If they are others by now, "
            "nothing is kept, and the answer is 409."
        ),
    )


class CorrectionOutput(FreelyNamed):
    """One label that was given, or taken back."""

    id = serializers.IntegerField()
    old_label = serializers.ChoiceField(choices=LABEL_CHOICES, allow_null=True)
    label = serializers.ChoiceField(
        choices=LABEL_CHOICES, allow_null=True, help_text="From then on."
    )
    old_review = serializers.ChoiceField(choices=Review.choices)
    review = serializers.ChoiceField(choices=Review.choices, help_text="From then on.")
    undoes = serializers.IntegerField(
        allow_null=True, help_text="The correction that this one took back."
    )
    is_yours = serializers.BooleanField()
    reason = serializers.CharField(
        help_text=(
            "Why the check before training asks for a second person; empty for what "
            "people said."
        )
    )
    created_at = serializers.DateTimeField()


class CorrectionListOutput(serializers.Serializer[Any]):
    """All that was said of a digit, the oldest first."""

    results = CorrectionOutput(many=True)
