"""The rows."""

from recognizer.models.batches import (
    ACTIVE_BATCH,
    BATCH_FOLDER,
    NAME_LENGTH,
    Batch,
    BatchItem,
    batch_path,
)
from recognizer.models.corrections import (
    VIAS_OF_THE_QUEUE,
    Correction,
    Reason,
    Via,
)
from recognizer.models.kept_answers import KeptAnswer
from recognizer.models.learning import ForgottenGlyphs, LearntGlyph
from recognizer.models.limits import RequestAllowance
from recognizer.models.predictions import (
    DECIDED,
    GLYPH_BYTES,
    HELD_OUT_BELOW,
    NOT_A_DIGIT,
    PICTURE_FOLDER,
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
from recognizer.models.users import User, VisitorConsent
from recognizer.models.versions import ModelVersion, Promotion
from recognizer.models.webhooks import (
    CHOSEN_EVENTS,
    ERROR_LENGTH,
    STAFF_EVENTS,
    URL_LENGTH,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)

__all__ = [
    "ACTIVE",
    "ACTIVE_BATCH",
    "BATCH_FOLDER",
    "CHOSEN_EVENTS",
    "DECIDED",
    "ERROR_LENGTH",
    "GLYPH_BYTES",
    "HELD_OUT_BELOW",
    "LONGEST_TOKEN_NAME",
    "NAME_LENGTH",
    "NOT_A_DIGIT",
    "PICTURE_FOLDER",
    "STAFF_EVENTS",
    "URL_LENGTH",
    "VIAS_OF_THE_QUEUE",
    "ApiToken",
    "Bar",
    "Batch",
    "BatchItem",
    "Correction",
    "Digit",
    "ForgottenGlyphs",
    "KeptAnswer",
    "LearntGlyph",
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
    "VisitorConsent",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "batch_path",
    "glyph_fingerprint",
    "label_noun",
    "label_text",
    "percent",
    "picture_path",
]
