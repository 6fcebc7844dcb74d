"""What the API takes and what it answers.

The answer is built by a plain function, `prediction_data`: DRF's serializers would
cost more than reading the digit. The serializers beside it are what the schema says;
a test holds the two to the same fields.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from recognizer.answers import prediction_answer
from recognizer.api.codes import Code
from recognizer.api.digits import DigitOutput
from recognizer.api.errors import error_body
from recognizer.api.explanations import ExplanationOutput
from recognizer.api.fields import (
    FreelyNamed,
    ImageBytesField,
    ImagesField,
    KeyField,
    WordField,
)
from recognizer.api.links import links_to
from recognizer.engine import FORMS
from recognizer.models import Digit, OutcomeChoice, Prediction, Source
from recognizer.selectors import Ordering

TAKEN_SOURCES = [
    (source.value, source.label) for source in (Source.DRAW, Source.UPLOAD, Source.API)
]
# One of several, as EntryOutput describes it.
Entry = dict[str, Any]
LARGEST_PAGE = 100
MAX_IMAGES = 64
FLAGS = {"true": True, "1": True, "false": False, "0": False}


class SourceInput(serializers.Serializer[Any]):
    """Where it comes from, beside what is sent to be read."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # The last field: what is wrong with a picture is said first.
        return super().get_fields() | {
            "source": WordField(
                choices=TAKEN_SOURCES,
                default=Source.API,
                help_text="Where from: `draw` and `upload` are pages of the site.",
            )
        }


class PredictionInput(SourceInput):
    """What may be sent to be read."""

    image = ImageBytesField()


class PredictionsInput(SourceInput):
    """Several at once."""

    images = ImagesField(max_length=MAX_IMAGES)


class IdempotencyKeyInput(serializers.Serializer[Any]):
    """The header by which a request is known when it comes again."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # No name for an attribute of a class.
        return {"Idempotency-Key": KeyField()}


class CursorInput(serializers.Serializer[Any]):
    """Which part of a list is wanted."""

    before = serializers.CharField(
        required=False, help_text="A cursor from `next`: what comes further down."
    )
    after = serializers.CharField(
        required=False, help_text="A cursor from `previous`: what comes further up."
    )
    size = serializers.IntegerField(
        default=25, min_value=1, max_value=LARGEST_PAGE, help_text="How many at most."
    )


class PageInput(CursorInput):
    """Which part of the history is wanted, and in which order."""

    ordering = WordField(
        choices=[each.value for each in Ordering],
        default=Ordering.NEWEST.value,
        help_text="What comes first: the newest, the oldest, the surest or the least.",
    )


class FilterInput(FreelyNamed):
    """Which predictions of the history are wanted; together, all must hold."""

    outcome = WordField(
        choices=OutcomeChoice.choices, required=False, help_text="How it was answered."
    )
    digit = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=9,
        help_text=(
            "Read as that digit alone: neither numbers that hold it, nor pictures "
            "that were called not a digit."
        ),
    )
    source = WordField(
        choices=Source.choices, required=False, help_text="Where it came from."
    )
    model_version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The number of the model that answered.",
    )
    confidence_min = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="At least so confident."
    )
    confidence_max = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="At most so confident."
    )
    created_from = serializers.DateTimeField(
        required=False, help_text="Sent then or later, such as 2026-11-02T08:00:00Z."
    )
    created_before = serializers.DateTimeField(
        required=False, help_text="Sent before then."
    )
    is_corrected = serializers.BooleanField(
        required=False,
        help_text="Whether somebody said that it is something else than was read.",
    )


class DatasetInput(serializers.Serializer[Any]):
    """How the labelled digits are wanted."""

    form = WordField(
        choices=sorted(FORMS),
        default="png",
        help_text=(
            "`png`: a folder for each label. `npz`: NumPy's. `idx`: MNIST's four "
            "files. `csv`: a line for each glyph."
        ),
    )


def query_flag(params: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Read `?store=` and the like. A serializer would cost more than the view's rest.

    Raises:
        ValidationError: it is neither true, false, 1 nor 0.
    """
    if name not in params:
        return default
    given = params[name]
    if given not in FLAGS:
        words = f'Expected true, false, 1 or 0. Received: "{given}".'
        raise serializers.ValidationError({name: [words]})
    return FLAGS[given]


class ImageOutput(serializers.Serializer[Any]):
    """The size of the picture, upright, in pixels."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()


class LinksOutput(serializers.Serializer[Any]):
    """Where to find it again. Empty for what was not stored."""

    self = serializers.URLField(required=False)
    page = serializers.URLField(required=False)
    image = serializers.URLField(required=False)
    explanation = serializers.URLField(required=False, help_text="Why it says so.")


class PredictionOutput(FreelyNamed):
    """One image and what was read in it."""

    id = serializers.UUIDField(allow_null=True, help_text="null: it was not stored.")
    outcome = serializers.ChoiceField(
        choices=OutcomeChoice.choices,
        help_text=(
            "Look here first. `sure`: take the answer. `unsure`: have a person look. "
            "`not_a_digit`: there is something, but no digit; what is given is only "
            "the closest guess. `blank`: there is nothing to read."
        ),
    )
    digit = serializers.IntegerField(
        min_value=0,
        max_value=9,
        allow_null=True,
        help_text=(
            "The digit that comes closest, whatever the outcome: only `outcome` says "
            "whether to believe it. null unless there is exactly one."
        ),
    )
    text = serializers.CharField(
        help_text='All digits, left to right: "2026". As `digit`, the closest guess.'
    )
    confidence = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="Of `text`; null when the picture is blank.",
    )
    probabilities = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1),
        allow_null=True,
        help_text="Those of the digit; null unless there is exactly one.",
    )
    not_a_digit = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="That of the digit; null unless there is exactly one.",
    )
    digits = DigitOutput(many=True)
    model_version = serializers.IntegerField()
    preprocessing_version = serializers.IntegerField()
    source = serializers.ChoiceField(choices=Source.choices)
    image = ImageOutput()
    took_ms = serializers.FloatField(help_text="Reading it, without the network.")
    created_at = serializers.DateTimeField(allow_null=True)
    links = LinksOutput()
    explanation = ExplanationOutput(
        required=False, help_text="Why; only with `?explain=true`."
    )


class PredictionPageOutput(serializers.Serializer[Any]):
    """Part of a history, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The older ones.")
    previous = serializers.URLField(allow_null=True, help_text="The newer ones.")
    results = PredictionOutput(many=True)


class ErrorDetailOutput(FreelyNamed):
    """What went wrong."""

    code = serializers.CharField(help_text="For programs; does not change.")
    message = serializers.CharField(help_text="For people: what to do next.")
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with which field, where fields are the reason.",
    )


class EntryOutput(serializers.Serializer[Any]):
    """What came of one of several pictures: a prediction, or an error."""

    prediction = PredictionOutput(allow_null=True)
    error = ErrorDetailOutput(allow_null=True, help_text="Why it cannot be read.")


class PredictionsOutput(serializers.Serializer[Any]):
    """What came of several pictures, in the order in which they were sent."""

    results = EntryOutput(many=True)


class ErrorOutput(serializers.Serializer[Any]):
    """The shape of every error."""

    error = ErrorDetailOutput()


LINKS = {
    "self": "api:prediction",
    "page": "web:result",
    "image": "api:prediction-image",
    "explanation": "api:prediction-explanation",
}


def prediction_entry(data: dict[str, Any]) -> Entry:
    return {"prediction": data, "error": None}


def error_entry(code: Code, message: str) -> Entry:
    return {"prediction": None} | error_body(code, message)


def prediction_data(
    prediction: Prediction,
    digits: Iterable[Digit],
    *,
    is_stored: bool,
    request: HttpRequest,
) -> dict[str, Any]:
    """The JSON of one prediction, as PredictionOutput describes it."""
    answer = prediction_answer(prediction, digits, is_stored=is_stored)
    links = links_to(prediction.public_id, LINKS, request) if is_stored else {}
    return answer | {"links": links}
