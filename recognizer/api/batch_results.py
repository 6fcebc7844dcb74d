"""What became of a batch's files, written out while it is being received.

Each form is a stream of lines or pieces, made of some items at a time: the results of
thousands of files take no more memory than those of few.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest
from rest_framework.renderers import BaseRenderer, JSONRenderer

from recognizer.answers import corrected_text, table_cell
from recognizer.api.batch_data import batch_item_data
from recognizer.models import BatchItem, OutcomeChoice

COLUMNS = (
    "name",
    "status",
    "outcome",
    "digit",
    "text",
    "confidence",
    "label",
    "prediction",
    "error_code",
    "error_message",
)


class ResultsJSON(JSONRenderer):
    """One object, as everywhere in the API."""

    @staticmethod
    def stream(items: Iterable[BatchItem], request: HttpRequest) -> Iterator[bytes]:
        separator = b'{"results":['
        for item in items:
            yield separator + _json(item, request)
            separator = b","
        # Of no items there was no beginning yet.
        yield b"]}" if separator == b"," else separator + b"]}"


class ResultsNDJSON(BaseRenderer):
    """One object a line."""

    media_type = "application/x-ndjson"
    format = "ndjson"
    charset = None

    @staticmethod
    def stream(items: Iterable[BatchItem], request: HttpRequest) -> Iterator[bytes]:
        for item in items:
            yield _json(item, request) + b"\n"


class ResultsCSV(BaseRenderer):
    """A table, with the names of its columns first."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    @staticmethod
    def stream(items: Iterable[BatchItem], _request: HttpRequest) -> Iterator[bytes]:
        writer = csv.writer(Line())
        yield writer.writerow(COLUMNS)
        for item in items:
            yield writer.writerow(map(table_cell, _row(item)))


class Line:
    """A file for the csv module, which hands on what its file returns."""

    def write(self, text: str) -> bytes:
        # Half a character has no UTF-8.
        return text.encode("utf-8", "replace")


def _json(item: BatchItem, request: HttpRequest) -> bytes:
    text: bytes = JSONRenderer().render(batch_item_data(item, request))
    return text


def _row(item: BatchItem) -> tuple[Any, ...]:
    prediction = item.prediction
    if prediction is None:
        is_blank = item.status == BatchItem.Status.BLANK
        outcome = OutcomeChoice.BLANK.value if is_blank else ""
        read: tuple[Any, ...] = (outcome, "", "", "", "", "")
    else:
        digits = list(prediction.digits.all())
        read = (
            prediction.outcome,
            digits[0].predicted if len(digits) == 1 else "",
            prediction.text,
            prediction.confidence,
            corrected_text(prediction) or "",
            prediction.public_id,
        )
    return (item.name, item.status, *read, item.error_code, item.error_message)
