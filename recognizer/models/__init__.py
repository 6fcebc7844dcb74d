"""The rows."""

from recognizer.models.corrections import Correction
from recognizer.models.predictions import (
    GLYPH_BYTES,
    HELD_OUT_BELOW,
    NOT_A_DIGIT,
    Bar,
    Digit,
    OutcomeChoice,
    Prediction,
    Review,
    Source,
    glyph_fingerprint,
    label_text,
    percent,
    picture_path,
)
from recognizer.models.users import User
from recognizer.models.versions import ModelVersion

__all__ = [
    "GLYPH_BYTES",
    "HELD_OUT_BELOW",
    "NOT_A_DIGIT",
    "Bar",
    "Correction",
    "Digit",
    "ModelVersion",
    "OutcomeChoice",
    "Prediction",
    "Review",
    "Source",
    "User",
    "glyph_fingerprint",
    "label_text",
    "percent",
    "picture_path",
]
