"""What was read in files, for people and for programs, one line after another."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from recognizer import engine
from recognizer.models import Digit, percent
from recognizer.services.predictions import Answer

Record = dict[str, Any]
COLUMNS = (
    "file",
    "outcome",
    "digit",
    "text",
    "confidence",
    "not_a_digit",
    "model_version",
    "id",
    "error",
)
# A table program would run what begins so; a name may.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def record_of(name: str, answer: Answer) -> Record:
    """What was read in one file, in the words of the API."""
    prediction = answer.prediction
    digits = [_digit_record(digit) for digit in answer.digits]
    only = digits[0] if len(digits) == 1 else {}
    is_blank = prediction.outcome == engine.Outcome.BLANK
    return {
        "file": name,
        "id": str(prediction.public_id) if answer.is_stored else None,
        "outcome": str(prediction.outcome),
        "digit": only.get("digit"),
        "text": prediction.text,
        "confidence": None if is_blank else prediction.confidence,
        "probabilities": only.get("probabilities"),
        "not_a_digit": only.get("not_a_digit"),
        "digits": digits,
        "model_version": prediction.model_version_id,
        "preprocessing_version": prediction.preprocessing_version,
        "image": {"width": prediction.width, "height": prediction.height},
        "took_ms": prediction.took_ms,
    }


def error_record(name: str, code: str, message: str) -> Record:
    """That a file could not be read, as the API says it."""
    return {"file": name, "error": {"code": code, "message": message}}


def _digit_record(digit: Digit) -> Record:
    return {
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
    }


def as_text(records: Iterator[Record]) -> Iterator[str]:
    """Columns for people; names stand last, for they may be long."""
    yield f"{'outcome':<13}{'read':<12}{'sure':>7}  file\n"
    for record in records:
        # What could not be read is said on the standard error output.
        if "error" not in record:
            yield _text_line(record)


def _text_line(record: Record) -> str:
    confidence = record["confidence"]
    share = "" if confidence is None else f"{percent(confidence)} %"
    outcome = record["outcome"].replace("_", " ")
    return f"{outcome:<13}{record['text']:<12}{share:>7}  {record['file']}\n"


def as_csv(records: Iterator[Record]) -> Iterator[str]:
    yield _csv_line(COLUMNS)
    for record in records:
        flat = record | {"error": record.get("error", {}).get("code")}
        yield _csv_line([flat.get(name) for name in COLUMNS])


def _csv_line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_unformula(cell) for cell in cells])
    return line.getvalue()


def _unformula(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
    return f"'{cell}" if is_formula and cell != "-" else cell


def as_ndjson(records: Iterator[Record]) -> Iterator[str]:
    for record in records:
        yield f"{json.dumps(record)}\n"


def as_json(records: Iterator[Record]) -> Iterator[str]:
    """One list, of which what is read already stands there before the rest is read."""
    yield "["
    between = "\n"
    for record in records:
        yield f"{between}{json.dumps(record)}"
        between = ",\n"
    yield "\n]\n"


FORMATS: dict[str, Callable[[Iterator[Record]], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "ndjson": as_ndjson,
}
