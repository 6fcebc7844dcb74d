"""Trainings, as the API has them.

As in `serializers`, plain functions build the answers and serializers describe them.
"""

from typing import Any

from rest_framework import serializers

from recognizer.api.fields import FlagField, TextField, WholeNumberField
from recognizer.models import TrainingRun
from recognizer.services.training_runs import MOST_EPOCHS, TrainingOptions


class TrainingRunInput(serializers.Serializer[Any]):
    """What is asked of a training; nothing need be."""

    epochs = WholeNumberField(
        min_value=1,
        max_value=MOST_EPOCHS,
        required=False,
        default=TrainingOptions().epochs,
        help_text="How often each label is seen, drawn anew.",
    )
    seed = WholeNumberField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        default=TrainingOptions().seed,
        help_text="The same seed and labels give the same weights on one machine.",
    )
    promote = FlagField(
        required=False,
        default=True,
        help_text="Whether the result answers at once if it is no worse.",
    )
    force = TextField(
        max_length=1000,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why it is to answer even if it is worse; the reason is kept.",
    )


class EpochOutput(serializers.Serializer[Any]):
    """How one epoch of a training went."""

    epoch = serializers.IntegerField(help_text="From 1.")
    epochs = serializers.IntegerField(help_text="How many there are to be.")
    loss = serializers.FloatField()
    train_accuracy = serializers.FloatField(
        help_text="Of what is taught, drawn anew each time."
    )
    kept_aside_accuracy = serializers.FloatField(
        help_text="Of digits kept aside from the training."
    )
    seconds = serializers.FloatField()


class GateTestOutput(serializers.Serializer[Any]):
    """One condition that a version had to meet."""

    name = serializers.CharField()
    rule = serializers.CharField(help_text="The condition in words.")
    before = serializers.FloatField(
        allow_null=True, help_text="Of the version it went on from; null: no label."
    )
    after = serializers.FloatField(allow_null=True)
    is_passed = serializers.BooleanField()


class TrainingRunOutput(serializers.Serializer[Any]):
    """One training."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=TrainingRun.Status.choices)
    phase = serializers.CharField(
        allow_blank=True, help_text="What it is doing, in words."
    )
    step = serializers.IntegerField(help_text="Of `steps`, in all epochs.")
    steps = serializers.IntegerField()
    seconds_left = serializers.IntegerField(
        allow_null=True, help_text="Of the steps; measuring comes after them."
    )
    epochs = EpochOutput(many=True)
    gate = GateTestOutput(many=True)
    doubted = serializers.IntegerField(
        help_text="Labels left out, as they look wrong: a second person decides."
    )
    model_version = serializers.IntegerField(
        allow_null=True, help_text="The version that it made."
    )
    note = serializers.CharField(
        allow_blank=True, help_text="How it ended, in a sentence."
    )
    forced_because = serializers.CharField(allow_blank=True)
    requested_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class TrainingRunListOutput(serializers.Serializer[Any]):
    """The latest trainings, the newest first."""

    results = TrainingRunOutput(many=True)


def training_run_data(run: TrainingRun) -> dict[str, Any]:
    """The JSON of one training, as TrainingRunOutput describes it."""
    return {
        "id": run.pk,
        "status": run.status,
        "phase": run.phase if run.is_active else "",
        "step": run.step,
        "steps": run.steps,
        "seconds_left": run.seconds_left if run.is_active else None,
        "epochs": run.epochs,
        "gate": run.gate,
        "doubted": run.doubted,
        "model_version": run.version.number if run.version else None,
        "note": run.note,
        "forced_because": run.forced_because,
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
