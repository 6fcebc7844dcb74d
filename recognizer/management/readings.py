"""What was read in files, for people and for programs, one line after another."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from recognizer.answers import prediction_answer, table_cell
from recognizer.management.files import STDIN
from recognizer.models import percent
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


def record_of(name: str, answer: Answer) -> Record:
    """What was read in one file, as the API answers it, but for its links."""
    read = prediction_answer(
        answer.prediction, answer.digits, is_stored=answer.is_stored
    )
    return {"file": name} | read


def error_record(name: str, code: str, message: str) -> Record:
    """That a file could not be read, as the API says it."""
    return {"file": name, "error": {"code": code, "message": message}}


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
    # A number that is longer than its column must not run into what follows.
    return f"{outcome:<13}{record['text']:<11} {share:>7}  {record['file']}\n"


def as_csv(records: Iterator[Record]) -> Iterator[str]:
    yield _csv_line(COLUMNS)
    for record in records:
        flat = record | {"error": record.get("error", {}).get("code")}
        yield _csv_line([flat.get(name) for name in COLUMNS])


def _csv_line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    # A sign alone is no formula, and programs know this one.
    shown = [cell if cell == STDIN else table_cell(cell) for cell in cells]
    csv.writer(line, lineterminator="\n").writerow(shown)
    return line.getvalue()


def as_ndjson(records: Iterator[Record]) -> Iterator[str]:
    for record in records:
        yield f"{_json(record)}\n"


def as_json(records: Iterator[Record]) -> Iterator[str]:
    """One list, of which what is read already stands there before the rest is read."""
    yield "["
    between = "\n"
    for record in records:
        yield f"{between}{_json(record)}"
        between = ",\n"
    yield "\n]\n"


def _json(record: Record) -> str:
    return json.dumps(record, cls=DjangoJSONEncoder)


FORMATS: dict[str, Callable[[Iterator[Record]], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "ndjson": as_ndjson,
}
