"""Model versions, as the API has them.

As in `serializers`, plain functions build the answers and serializers describe them.
"""

from typing import Any

from rest_framework import serializers

from recognizer import engine, selectors
from recognizer.answers import LABEL_NAMES
from recognizer.api.fields import FreelyNamed, TextField, WholeNumberField
from recognizer.api.trainings import TrainingRunOutput, training_run_data
from recognizer.models import ModelVersion, TrainingRun


class MeasuredOutput(serializers.Serializer[Any]):
    """How well a version answers the labels that are held out from training."""

    n = serializers.IntegerField()
    accuracy = serializers.FloatField(min_value=0, max_value=1)
    low = serializers.FloatField(help_text="Of the 95% interval.")
    high = serializers.FloatField(help_text="Of the 95% interval.")
    calibration_error = serializers.FloatField(
        allow_null=True, help_text="How far confidence and truth lie apart (ECE)."
    )
    confusion = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="How often a label got an answer: `confusion[label][answer]`.",
    )


class PromotionInput(serializers.Serializer[Any]):
    """What is said when a version is let answer."""

    reason = TextField(
        max_length=1000,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why, where its training found it worse; the reason is kept.",
    )


class RollbackInput(serializers.Serializer[Any]):
    """What is said when one goes back."""

    leaving = WholeNumberField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The version that answers, as far as you know: if another one does "
        "by now, nothing happens.",
    )


class ModelVersionOutput(FreelyNamed):
    """One model version."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=ModelVersion.State.choices,
        help_text="`live`: it answers. `retired`: it did. `candidate`: it never did, "
        "or was gone back from.",
    )
    architecture = serializers.CharField()
    parent = serializers.IntegerField(
        allow_null=True, help_text="The version it went on from."
    )
    is_shipped = serializers.BooleanField(help_text="It came with the site.")
    preprocessing_version = serializers.IntegerField()
    parameters = serializers.IntegerField(allow_null=True)
    mnist_test_accuracy = serializers.FloatField(
        allow_null=True, help_text="When it was made."
    )
    created_at = serializers.DateTimeField()
    promoted_at = serializers.DateTimeField(allow_null=True)


class ModelVersionListOutput(serializers.Serializer[Any]):
    """All versions, the newest first."""

    results = ModelVersionOutput(many=True)


class ModelVersionDetailOutput(ModelVersionOutput):
    """One version, and how it was made and measured."""

    labels_learnt = serializers.IntegerField(
        allow_null=True,
        help_text="How many confirmed labels taught it; null where its files are gone.",
    )
    training = TrainingRunOutput(
        allow_null=True, help_text="null: it was not made by a training of this kind."
    )
    held_out = MeasuredOutput(
        allow_null=True,
        help_text="null: it was not asked about any; see `manage.py rescore`.",
    )


def version_data(version: ModelVersion) -> dict[str, Any]:
    """The JSON of one version, as ModelVersionOutput describes it."""
    return {
        "number": version.number,
        "state": version.state,
        "architecture": version.architecture,
        "parent": version.parent_id,
        "is_shipped": version.is_shipped,
        "preprocessing_version": version.preprocessing_version,
        "parameters": version.metrics.get("parameters"),
        "mnist_test_accuracy": version.metrics.get("mnist_test_accuracy"),
        "created_at": version.created_at,
        "promoted_at": version.promoted_at,
    }


def version_detail_data(version: ModelVersion) -> dict[str, Any]:
    """The same with what only one at a time is told, as ModelVersionDetailOutput."""
    run: TrainingRun | None = getattr(version, "training_run", None)
    return version_data(version) | {
        "labels_learnt": _labels_learnt(version),
        "training": training_run_data(run) if run else None,
        "held_out": _measured_data(version),
    }


def _labels_learnt(version: ModelVersion) -> int | None:
    try:
        training = engine.manifest_of(version).training
    except engine.RecognizerError:
        return None
    count: int = training.get("data", {}).get("corrections_n", 0)
    return count


def _measured_data(version: ModelVersion) -> dict[str, Any] | None:
    accuracy = selectors.score_accuracies(versions=[version]).get(version.number)
    if accuracy is None:
        return None
    confusion: dict[str, dict[str, int]] = {}
    counts = selectors.confusion_counts(version=version)
    for (label, answer), n in sorted(counts.items()):
        confusion.setdefault(LABEL_NAMES[label], {})[LABEL_NAMES[answer]] = n
    return {
        "n": accuracy.n,
        "accuracy": accuracy.share,
        "low": accuracy.low,
        "high": accuracy.high,
        "calibration_error": selectors.score_reliability(version=version).error,
        "confusion": confusion,
    }
