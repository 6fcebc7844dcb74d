"""Reading an image, keeping what was read, and letting it go."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

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
from recognizer.services.learnt_glyphs import learnt_glyphs_forget
from recognizer.services.readings import (
    glyph_recognize,
    picture_recognize,
    pictures_recognize,
)
from recognizer.viewers import Viewer

# More is noise, and would cost a quarter of a row.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: rows, which are in the database only if `is_stored`.

    Attributes:
        picture: what is kept of the image, if anything is.
    """

    prediction: Prediction
    digits: list[Digit]
    picture: engine.Picture | None = None

    @property
    def is_stored(self) -> bool:
        return self.picture is not None


# What came of each of several images, in order.
Results = Sequence[Answer | engine.RecognizerError]


def prediction_preview(*, data: bytes, source: Source = Source.API) -> Answer:
    """Read an image and keep nothing. Touches no database.

    Raises:
        engine.RecognizerError: the image cannot be read.
    """
    return _answer(picture_recognize(data=data, source=source), source=source)


def predictions_preview(
    *, images: Sequence[bytes], source: Source = Source.API
) -> Results:
    """Read images at once and keep nothing.

    Raises:
        engine.RecognizerError: no model can read any.
    """
    return [
        each
        if isinstance(each, engine.RecognizerError)
        else _answer(each, source=source)
        for each in pictures_recognize(images=images, source=source)
    ]


def prediction_create(
    *,
    data: bytes,
    source: Source,
    viewer: Viewer,
    meanwhile: Callable[[Results], None] | None = None,
) -> Answer:
    """Read an image and keep it, unless it is blank.

    A newcomer becomes a visitor: the answer's prediction says which. File, row and
    digits appear together or not at all.

    Args:
        meanwhile: called in the transaction that keeps it; what it raises undoes all.
    Raises:
        engine.RecognizerError: the image cannot be read.
    """
    recognition = picture_recognize(data=data, source=source, with_picture=True)
    viewer = _somebody(viewer)
    answer = prediction_of(
        recognition=recognition, data=data, source=source, viewer=viewer
    )
    _keep([answer], meanwhile)
    return answer


def predictions_create(
    *,
    images: Sequence[bytes],
    source: Source,
    viewer: Viewer,
    meanwhile: Callable[[Results], None] | None = None,
) -> Results:
    """Read images at once, and keep those that can be read and are not blank.

    What is kept appears together or not at all. A newcomer becomes one visitor.

    Args:
        meanwhile: called in the transaction that keeps them, also where none is to be
            kept; what it raises undoes all.
    Raises:
        engine.RecognizerError: no model can read any.
    """
    recognitions = pictures_recognize(images=images, source=source, with_picture=True)
    viewer = _somebody(viewer)
    results = [
        each
        if isinstance(each, engine.RecognizerError)
        else prediction_of(recognition=each, data=data, source=source, viewer=viewer)
        for data, each in zip(images, recognitions, strict=True)
    ]
    _keep(results, meanwhile)
    return results


def prediction_of(
    *, recognition: engine.Recognition, data: bytes, source: Source, viewer: Viewer
) -> Answer:
    """What was read in an image as rows that can be stored, and whose they are.

    Of a blank one nothing is stored.
    """
    answer = _answer(recognition, source=source)
    reading, prediction = recognition.reading, answer.prediction
    if reading.outcome == engine.Outcome.BLANK:
        return answer
    if reading.picture is None:
        raise ValueError("Expected a reading with its picture. Received: picture=None")
    prediction.sha256 = hashlib.sha256(data).hexdigest()
    prediction.owner, prediction.visitor = viewer.user, viewer.visitor
    return replace(answer, picture=reading.picture)


def prediction_import(*, glyph: NDArray[np.uint8], viewer: Viewer) -> Digit:
    """Keep a glyph that comes without a picture, as the live model reads it.

    Args:
        glyph: (28, 28) uint8, white ink on black.
        viewer: whose it is.
    Raises:
        engine.RecognizerError: no model can read it.
    """
    recognition = glyph_recognize(glyph=glyph, source=Source.IMPORT)
    answer = prediction_of(
        recognition=recognition,
        data=glyph.tobytes(),
        source=Source.IMPORT,
        viewer=viewer,
    )
    _keep([answer])
    return answer.digits[0]


@contextmanager
def pictures_written(*, answers: Sequence[Answer]) -> Iterator[None]:
    """Write the pictures of what the block stores, so that none stays without a row.

    They are there before the rows that name them. Where the block fails, all of them
    are removed, and otherwise those whose predictions it did not store.

    Args:
        answers: with predictions that are in no database yet.
    """
    try:
        for answer in answers:
            _write_picture(answer)
        yield
    except BaseException:
        # Also when the worker is told to stop: without a row it is nobody's.
        _remove_pictures(answers)
        raise
    # Storing a row gives it its key.
    _remove_pictures([each for each in answers if not each.prediction.pk])


def predictions_store(*, answers: Sequence[Answer]) -> None:
    """Write the rows; called in a transaction, within `pictures_written`."""
    Prediction.objects.bulk_create(each.prediction for each in answers)
    Digit.objects.bulk_create(digit for each in answers for digit in each.digits)


class Deleted(NamedTuple):
    """How many predictions went, and which versions had learnt from them."""

    predictions: int
    taught: list[int]


def prediction_delete(*, prediction: Prediction) -> list[int]:
    """Delete the rows; `signals` removes the file once that is certain.

    Returns:
        The numbers of the versions that learnt from it.
    """
    return predictions_delete(keys=[prediction.pk]).taught


def predictions_delete(*, keys: Sequence[int], but_labelled: bool = False) -> Deleted:
    """Delete these with their digits and labels, all or none of them.

    Whoever labels or scores one of their digits comes first, or waits and then finds
    nothing: what he writes would name a digit that is gone.

    Args:
        but_labelled: leave those that have a label by then.
    """
    with transaction.atomic():
        # In the order in which labelling locks copies of a glyph.
        digits = Digit.objects.filter(prediction__in=keys).order_by("pk")
        locked = digits.select_for_update().values_list("prediction", "label")
        labelled = {key for key, label in locked if label is not None}
        going = set(keys) - labelled if but_labelled else set(keys)
        taught = learnt_glyphs_forget(digits=digits.filter(prediction__in=going))
        _, deleted = Prediction.objects.filter(pk__in=going).delete()
    return Deleted(deleted.get(Prediction._meta.label, 0), taught)


def predictions_adopt(*, visitor: uuid.UUID, user: User) -> int:
    """Hand what a visitor stored to the user he turned out to be; says how many.

    His labels become the user's, too: they can be taken back by the one who gave them.
    """
    with transaction.atomic():
        given = Correction.objects.filter(visitor=visitor)
        given.update(visitor=None, user=user)
        kept = Prediction.objects.filter(visitor=visitor)
        return kept.update(visitor=None, owner=user)


def _somebody(viewer: Viewer) -> Viewer:
    """The viewer, who is a visitor from now on if he is nobody yet."""
    is_newcomer = viewer.user is None and viewer.visitor is None
    return Viewer(visitor=uuid.uuid4()) if is_newcomer else viewer


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
    return Answer(prediction, digits)


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


def _keep(results: Results, meanwhile: Callable[[Results], None] | None = None) -> None:
    """Write files and rows of all that is to be stored, and what else belongs to it."""
    answers = [each for each in results if isinstance(each, Answer) and each.is_stored]
    with pictures_written(answers=answers), transaction.atomic():
        if meanwhile is not None:
            meanwhile(results)
        predictions_store(answers=answers)


def _write_picture(answer: Answer) -> None:
    prediction, picture = answer.prediction, answer.picture
    if picture is None:
        return
    image = prediction.image
    # Named first: half a file, too, is to be removed if this goes wrong.
    image.name = picture_path(prediction, f"picture.{picture.extension}")
    image.name = image.storage.save(image.name, ContentFile(picture.data))


def _remove_pictures(answers: Iterable[Answer]) -> None:
    for answer in answers:
        # If one cannot be removed, the first error still says why.
        with suppress(OSError):
            answer.prediction.image.delete(save=False)
