"""Reading an image, keeping what was read, and letting it go."""

import hashlib
import uuid
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from django.core.files.base import ContentFile
from django.db import transaction
from numpy.typing import NDArray

from recognizer import engine
from recognizer.models import (
    Correction,
    Digit,
    Prediction,
    Source,
    User,
    glyph_fingerprint,
    picture_path,
)
from recognizer.viewers import Viewer

# More is noise, and would cost a quarter of a row.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: rows, which are in the database only if `is_stored`."""

    prediction: Prediction
    digits: list[Digit]
    is_stored: bool


def prediction_preview(*, data: bytes, source: Source = Source.API) -> Answer:
    """Read an image and keep nothing. Touches no database.

    Raises:
        engine.RecognizerError: the image cannot be read.
    """
    return _answer(engine.recognize(data), source=source)


def prediction_create(*, data: bytes, source: Source, viewer: Viewer) -> Answer:
    """Read an image and keep it, unless it is blank.

    A newcomer becomes a visitor: the answer's prediction says which. File, row and
    digits appear together or not at all.

    Raises:
        engine.RecognizerError: the image cannot be read.
    """
    recognition = engine.recognize(data, with_picture=True)
    answer = _answer(recognition, source=source)
    if recognition.reading.outcome == engine.Outcome.BLANK:
        return answer
    prediction = answer.prediction
    prediction.sha256 = hashlib.sha256(data).hexdigest()
    prediction.owner = viewer.user
    if viewer.user is None:
        prediction.visitor = viewer.visitor or uuid.uuid4()
    _store(answer, recognition.reading.picture)
    return Answer(prediction=prediction, digits=answer.digits, is_stored=True)


def prediction_import(*, glyph: NDArray[np.uint8], viewer: Viewer) -> Digit:
    """Keep a glyph that comes without a picture, as the live model reads it.

    Args:
        glyph: (28, 28) uint8, white ink on black.
        viewer: whose it is.
    Raises:
        engine.RecognizerError: no model can read it.
    """
    recognition = engine.recognize_glyph(glyph)
    answer = _answer(recognition, source=Source.IMPORT)
    answer.prediction.sha256 = hashlib.sha256(glyph.tobytes()).hexdigest()
    answer.prediction.owner = viewer.user
    _store(answer, recognition.reading.picture)
    return answer.digits[0]


def prediction_delete(*, prediction: Prediction) -> None:
    """Delete the rows; `signals` removes the file once that is certain."""
    prediction.delete()


def predictions_adopt(*, visitor: uuid.UUID, user: User) -> int:
    """Hand what a visitor stored to the user he turned out to be; says how many.

    His labels become the user's, too: they can be taken back by the one who gave them.
    """
    with transaction.atomic():
        given = Correction.objects.filter(visitor=visitor)
        given.update(visitor=None, user=user)
        kept = Prediction.objects.filter(visitor=visitor)
        return kept.update(visitor=None, owner=user)


def _answer(recognition: engine.Recognition, *, source: Source) -> Answer:
    reading, version = recognition.reading, recognition.version
    prediction = Prediction(
        width=reading.width,
        height=reading.height,
        source=source,
        text=reading.text,
        outcome=reading.outcome,
        confidence=round(reading.confidence, DECIMALS),
        model_version_id=version.number,
        preprocessing_version=version.preprocessing_version,
        took_ms=round(recognition.took_ms, 3),
    )
    digits = [
        _digit(prediction, position, digit)
        for position, digit in enumerate(reading.digits)
    ]
    return Answer(prediction=prediction, digits=digits, is_stored=False)


def _digit(
    prediction: Prediction, position: int, reading: engine.DigitReading
) -> Digit:
    glyph = reading.glyph.tobytes()
    return Digit(
        prediction=prediction,
        position=position,
        box_left=reading.box.left,
        box_top=reading.box.top,
        box_width=reading.box.width,
        box_height=reading.box.height,
        glyph=glyph,
        fingerprint=glyph_fingerprint(glyph),
        predicted=reading.digit,
        probabilities=[round(share, DECIMALS) for share in reading.probabilities],
        confidence=round(reading.confidence, DECIMALS),
        certainty=round(max(reading.confidence, reading.not_a_digit), DECIMALS),
    )


def _store(answer: Answer, picture: engine.Picture | None) -> None:
    if picture is None:
        raise ValueError("Expected a reading with its picture. Received: picture=None")
    prediction = answer.prediction
    storage = prediction.image.storage
    name = picture_path(prediction, f"picture.{picture.extension}")
    try:
        prediction.image.name = storage.save(name, ContentFile(picture.data))
        with transaction.atomic():
            prediction.save(force_insert=True)
            Digit.objects.bulk_create(answer.digits)
    except BaseException:
        # Also half a file, and when the worker is told to stop: without a row it is
        # nobody's. If it cannot be removed, the first error still says why.
        with suppress(OSError):
            storage.delete(name)
        raise
