"""Reads. Nothing here writes."""

from recognizer.selectors.digits import correction_to_undo, digit_get
from recognizer.selectors.labels import labelled_glyphs
from recognizer.selectors.predictions import (
    InvalidCursor,
    Page,
    prediction_get,
    prediction_page,
    predictions_visible_to,
)
from recognizer.selectors.reviews import (
    Accuracy,
    ReviewProgress,
    digits_at_random,
    digits_for_grid,
    digits_to_review,
    labels_said,
    review_before,
    review_progress,
    unclaimed,
    vias_given,
)
from recognizer.selectors.versions import model_version_live, model_versions

__all__ = [
    "Accuracy",
    "InvalidCursor",
    "Page",
    "ReviewProgress",
    "correction_to_undo",
    "digit_get",
    "digits_at_random",
    "digits_for_grid",
    "digits_to_review",
    "labelled_glyphs",
    "labels_said",
    "model_version_live",
    "model_versions",
    "prediction_get",
    "prediction_page",
    "predictions_visible_to",
    "review_before",
    "review_progress",
    "unclaimed",
    "vias_given",
]
