"""The rows."""

from recognizer.models.corrections import (
    VIAS_OF_THE_QUEUE,
    Correction,
    Reason,
    Via,
)
from recognizer.models.kept_answers import KeptAnswer
from recognizer.models.limits import RequestAllowance
from recognizer.models.predictions import (
    DECIDED,
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
    label_noun,
    label_text,
    percent,
    picture_path,
)
from recognizer.models.reviews import ReviewClaim
from recognizer.models.runs import ACTIVE, TrainingRun
from recognizer.models.scores import VersionScore
from recognizer.models.tokens import LONGEST_TOKEN_NAME, ApiToken
from recognizer.models.users import User
from recognizer.models.versions import ModelVersion, Promotion

__all__ = [
    "ACTIVE",
    "DECIDED",
    "GLYPH_BYTES",
    "HELD_OUT_BELOW",
    "LONGEST_TOKEN_NAME",
    "NOT_A_DIGIT",
    "VIAS_OF_THE_QUEUE",
    "ApiToken",
    "Bar",
    "Correction",
    "Digit",
    "KeptAnswer",
    "ModelVersion",
    "OutcomeChoice",
    "Prediction",
    "Promotion",
    "Reason",
    "RequestAllowance",
    "Review",
    "ReviewClaim",
    "Source",
    "TrainingRun",
    "User",
    "VersionScore",
    "Via",
    "glyph_fingerprint",
    "label_noun",
    "label_text",
    "percent",
    "picture_path",
]
