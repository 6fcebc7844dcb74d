"""Rows as programs read them: what the API answers, and what an export keeps."""

from collections.abc import Iterable
from typing import Any

from recognizer.engine import Outcome
from recognizer.models import NOT_A_DIGIT, ApiToken, Correction, Digit, Prediction
from recognizer.pictures import glyph_data_url
from recognizer.viewers import Viewer

# Labels as programs have them, by the number in the row.
LABELS = {str(digit): digit for digit in range(10)} | {"not_a_digit": NOT_A_DIGIT}
LABEL_NAMES = {number: name for name, number in LABELS.items()}
# A spreadsheet carries out what begins so, some also after spaces.
# Source: OWASP, "CSV Injection".
SIGNS_OF_A_FORMULA = ("=", "+", "-", "@")
BEGINS_A_CELL_ANEW = ("\t", "\r", "\n")


def prediction_answer(
    prediction: Prediction, digits: Iterable[Digit], *, is_stored: bool
) -> dict[str, Any]:
    """One prediction, without what only a site that is asked can add: its links."""
    is_blank = prediction.outcome == Outcome.BLANK
    entries = [digit_data(digit) for digit in digits]
    only = entries[0] if len(entries) == 1 else None
    return {
        "id": prediction.public_id if is_stored else None,
        "outcome": str(prediction.outcome),
        "digit": only["digit"] if only else None,
        "text": prediction.text,
        "confidence": None if is_blank else prediction.confidence,
        "probabilities": only["probabilities"] if only else None,
        "not_a_digit": only["not_a_digit"] if only else None,
        "digits": entries,
        "model_version": prediction.model_version_id,
        "preprocessing_version": prediction.preprocessing_version,
        "source": prediction.source,
        "image": {"width": prediction.width, "height": prediction.height},
        "took_ms": prediction.took_ms,
        "created_at": prediction.created_at if is_stored else None,
    }


def digit_data(digit: Digit) -> dict[str, Any]:
    """One digit, as the API's DigitOutput describes it."""
    return {
        "id": digit.pk,
        "position": digit.position,
        "digit": digit.predicted,
        "confidence": digit.confidence,
        "probabilities": digit.probabilities,
        "not_a_digit": digit.not_a_digit,
        "box": {
            "left": digit.box_left,
            "top": digit.box_top,
            "width": digit.box_width,
            "height": digit.box_height,
        },
        "glyph": glyph_data_url(digit.glyph),
        "label": label_name(digit.label),
        "review": digit.review,
    }


def correction_data(correction: Correction, viewer: Viewer) -> dict[str, Any]:
    """One correction, as the API's CorrectionOutput describes it."""
    return {
        "id": correction.pk,
        "old_label": label_name(correction.old_label),
        "label": label_name(correction.new_label),
        "old_review": correction.old_review,
        "review": correction.new_review,
        "undoes": correction.undoes_id,
        "is_yours": correction.is_by(user=viewer.user, visitor=viewer.visitor),
        "reason": correction.reason_text,
        "created_at": correction.created_at,
    }


def token_data(token: ApiToken) -> dict[str, Any]:
    """One token, as the API's TokenOutput describes it: without its secret."""
    return {
        "id": token.public_id,
        "name": token.name,
        "created_at": token.created,
        "last_used_at": token.last_used_at,
        "expires_at": token.expiry,
    }


def label_name(label: int | None) -> str | None:
    """A label as programs have it."""
    return None if label is None else LABEL_NAMES[label]


def corrected_text(prediction: Prediction) -> str | None:
    """What stands in a picture as people have it; None where nobody said anything.

    A digit that nobody labelled is taken as it was read. One that is none is left out,
    unless there is nothing else.
    """
    digits = list(prediction.digits.all())
    if all(digit.label is None for digit in digits):
        return None
    labels = [
        digit.predicted if digit.label is None else digit.label for digit in digits
    ]
    text = "".join(str(label) for label in labels if label != NOT_A_DIGIT)
    return text or "not_a_digit"


def table_cell(value: Any) -> Any:
    """A value that a spreadsheet shows and does not carry out."""
    if not isinstance(value, str):
        return value
    is_formula = value.lstrip().startswith(SIGNS_OF_A_FORMULA)
    return f"'{value}" if is_formula or value.startswith(BEGINS_A_CELL_ANEW) else value
