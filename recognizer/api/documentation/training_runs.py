"""What the schema says of trainings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognizer.api.documentation.errors import NO_FORM, NO_REVIEWER, error
from recognizer.api.trainings import (
    TrainingRunInput,
    TrainingRunListOutput,
    TrainingRunOutput,
)

TAG = ["training runs"]


EXAMPLE_WAITING: dict[str, Any] = {
    "id": 3,
    "status": "queued",
    "phase": "",
    "step": 0,
    "steps": 0,
    "seconds_left": None,
    "epochs": [],
    "gate": [],
    "doubted": 0,
    "model_version": None,
    "note": "",
    "forced_because": "",
    "requested_at": "2026-11-20T12:00:00Z",
    "started_at": None,
    "finished_at": None,
}
EXAMPLE_ENDED = EXAMPLE_WAITING | {
    "status": "succeeded",
    "step": 368,
    "steps": 368,
    "epochs": [
        {
            "epoch": 1,
            "epochs": 2,
            "loss": 0.31,
            "train_accuracy": 0.957,
            "kept_aside_accuracy": 0.9962,
            "seconds": 14.2,
        }
    ],
    "gate": [
        {
            "name": "held-out labels",
            "rule": "may not fall",
            "before": 0.857,
            "after": 0.98,
            "is_passed": True,
        }
    ],
    "model_version": 2,
    "note": "Model 2 answers from now on.",
    "started_at": "2026-11-20T12:00:01Z",
    "finished_at": "2026-11-20T12:01:05Z",
}
NO_RUN = error(
    404, "There is no such training.", "not_found", "There is no such training."
)


def _run(status: int, description: str, example: dict[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(
        TrainingRunOutput,
        description=description,
        examples=[OpenApiExample("training", value=example, status_codes=[status])],
    )


training_run_list = extend_schema(
    operation_id="training_run_list",
    summary="List the latest trainings",
    description="For reviewers (staff). The newest first, a hundred at most.",
    tags=TAG,
    responses={200: TrainingRunListOutput, 403: NO_REVIEWER},
)

training_run_create = extend_schema(
    operation_id="training_run_create",
    summary="Teach the live model what was confirmed",
    description=(
        "For reviewers (staff). The worker carries it out; ask for the training to "
        "see how far it is. The result answers if it is no worse on MNIST's test set "
        "and on the labels held out. One training at a time."
    ),
    tags=TAG,
    request=TrainingRunInput,
    responses={
        202: _run(202, "It waits for the worker.", EXAMPLE_WAITING),
        400: error(
            400,
            "An option is out of its range.",
            "invalid",
            "Ensure this value is greater than or equal to 1.",
        ),
        403: NO_REVIEWER,
        409: error(
            409,
            "There is one already (`in_progress`), no label to learn "
            "(`nothing_to_learn`), or none that the model does not know "
            "(`already_learnt`).",
            "in_progress",
            "A training is going on already. Wait until it has ended, or cancel it.",
        ),
        415: NO_FORM,
    },
)

training_run_get = extend_schema(
    operation_id="training_run_get",
    summary="See how a training goes",
    description="For reviewers (staff).",
    tags=TAG,
    responses={
        200: _run(200, "As it stands now.", EXAMPLE_ENDED),
        403: NO_REVIEWER,
        404: NO_RUN,
    },
)

training_run_cancel = extend_schema(
    operation_id="training_run_cancel",
    summary="Cancel a training",
    description=(
        "For reviewers (staff). Its process ends within seconds; the live model is as "
        "it was."
    ),
    tags=TAG,
    request=None,
    responses={
        200: _run(
            200,
            "It is cancelled.",
            EXAMPLE_WAITING | {"status": "cancelled", "note": "It was cancelled."},
        ),
        403: NO_REVIEWER,
        404: NO_RUN,
        409: error(
            409,
            "It has ended already.",
            "not_active",
            "This training has ended already.",
        ),
    },
)
