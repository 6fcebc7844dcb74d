"""Reads. Nothing here writes."""

from recognizer.selectors.digits import correction_to_undo, digit_get
from recognizer.selectors.predictions import (
    InvalidCursor,
    Page,
    prediction_get,
    prediction_page,
    predictions_visible_to,
)
from recognizer.selectors.versions import model_version_live, model_versions

__all__ = [
    "InvalidCursor",
    "Page",
    "correction_to_undo",
    "digit_get",
    "model_version_live",
    "model_versions",
    "prediction_get",
    "prediction_page",
    "predictions_visible_to",
]
