"""Batches, as the API has them.

As in `serializers`, plain functions build the answers and serializers describe them.
"""

from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from recognizer.answers import corrected_text
from recognizer.api.fields import FreelyNamed, WordField
from recognizer.api.links import links_to
from recognizer.api.serializers import PredictionOutput, prediction_data
from recognizer.models import Batch, BatchItem, OutcomeChoice
from recognizer.selectors import BatchCounts


class BatchDeleteInput(serializers.Serializer[Any]):
    """What goes with a batch that is deleted."""

    predictions = serializers.BooleanField(
        default=False, help_text="Whether what was read goes as well."
    )


class BatchResultsInput(serializers.Serializer[Any]):
    """Which results are wanted."""

    outcome = WordField(
        choices=OutcomeChoice.choices,
        required=False,
        help_text="Only what was answered so, such as `unsure`.",
    )


class BatchLinksOutput(serializers.Serializer[Any]):
    """Where to go on from a batch."""

    self = serializers.URLField()
    page = serializers.URLField()
    results = serializers.URLField()
    cancel = serializers.URLField()


class BatchOutput(serializers.Serializer[Any]):
    """Many files that were sent at once, and how far they are."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(
        choices=Batch.Status.choices,
        help_text="`finished` and `cancelled` do not change any more.",
    )
    first_file = serializers.CharField(
        help_text="The name of its first file, to know it again by."
    )
    total = serializers.IntegerField(help_text="How many files were sent.")
    waiting = serializers.IntegerField(
        help_text="Not read yet; of a cancelled batch, never."
    )
    read = serializers.IntegerField()
    blank = serializers.IntegerField(help_text="There was nothing to read.")
    failed = serializers.IntegerField(help_text="They could not be read.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(
        allow_null=True, help_text="When it ended, also by being cancelled."
    )
    links = BatchLinksOutput()


class BatchPageOutput(serializers.Serializer[Any]):
    """Part of one's batches, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The older ones.")
    previous = serializers.URLField(allow_null=True, help_text="The newer ones.")
    results = BatchOutput(many=True)


class BatchItemErrorOutput(serializers.Serializer[Any]):
    """Why a file was not read."""

    code = serializers.CharField(help_text="For programs; does not change.")
    message = serializers.CharField(help_text="For people: what to do next.")


class BatchItemOutput(FreelyNamed):
    """One file of a batch, and what became of it."""

    name = serializers.CharField(help_text="As it was sent.")
    status = serializers.ChoiceField(choices=BatchItem.Status.choices)
    prediction = PredictionOutput(
        allow_null=True, help_text="null unless it was read and is still kept."
    )
    label = serializers.CharField(
        allow_null=True,
        help_text=(
            "The text as people corrected it, or `not_a_digit`; null where nobody said "
            "anything."
        ),
    )
    error = BatchItemErrorOutput(allow_null=True)


class BatchResultsOutput(serializers.Serializer[Any]):
    """What became of the files, in the order in which they were sent."""

    results = BatchItemOutput(many=True)


LINKS = {
    "self": "api:batch",
    "page": "web:batch",
    "results": "api:batch-results",
    "cancel": "api:batch-cancel",
}


def batch_data(
    batch: Batch, counts: BatchCounts, first_file: str, request: HttpRequest
) -> dict[str, Any]:
    """The JSON of one batch, as BatchOutput describes it."""
    return {
        "id": batch.public_id,
        "status": batch.status,
        "first_file": first_file,
        "total": batch.total,
        "waiting": counts.waiting,
        "read": counts.read,
        "blank": counts.blank,
        "failed": counts.failed,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
        "links": links_to(batch.public_id, LINKS, request),
    }


def batch_item_data(item: BatchItem, request: HttpRequest) -> dict[str, Any]:
    """The JSON of one file of a batch, as BatchItemOutput describes it."""
    prediction = item.prediction
    return {
        "name": item.name,
        "status": item.status,
        "prediction": prediction
        and prediction_data(
            prediction, prediction.digits.all(), is_stored=True, request=request
        ),
        "label": prediction and corrected_text(prediction),
        "error": {"code": item.error_code, "message": item.error_message}
        if item.error_code
        else None,
    }
