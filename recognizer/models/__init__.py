"""The rows."""

from recognizer.models.corrections import VIAS_OF_THE_QUEUE, Correction, Via
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
from recognizer.models.reviews import ReviewClaim
from recognizer.models.runs import TrainingRun
from recognizer.models.users import User
from recognizer.models.versions import ModelVersion

__all__ = [
    "GLYPH_BYTES",
    "HELD_OUT_BELOW",
    "NOT_A_DIGIT",
    "VIAS_OF_THE_QUEUE",
    "Bar",
    "Correction",
    "Digit",
    "ModelVersion",
    "OutcomeChoice",
    "Prediction",
    "Review",
    "ReviewClaim",
    "Source",
    "TrainingRun",
    "User",
    "Via",
    "glyph_fingerprint",
    "label_text",
    "percent",
    "picture_path",
]
