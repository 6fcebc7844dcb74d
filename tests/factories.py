"""Plain functions that make what tests need; every argument has a harmless default."""

import io
import itertools
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from ml.artifacts import KERAS_FILE, LITERT_FILE, SHIPPED, write_artifact
from recognizer import engine
from recognizer.models import (
    ApiToken,
    Digit,
    ModelVersion,
    Prediction,
    Review,
    Source,
    User,
    VersionScore,
    Webhook,
    WebhookDelivery,
    glyph_fingerprint,
)
from recognizer.services.corrections import correction_record
from recognizer.services.tokens import token_create
from recognizer.services.webhook_messages import secret_make
from recognizer.viewers import Viewer

PASSWORD = "correct horse"

_numbers = itertools.count(1)


def make_image(
    *, width: int = 60, height: int = 40, image_format: str = "PNG", **save: Any
) -> bytes:
    """A picture file: one dark stroke on white paper."""
    image = Image.new("L", (width, height), 255)
    stroke = [(width // 2, height // 5), (width // 2, height * 4 // 5)]
    ImageDraw.Draw(image).line(stroke, fill=0, width=3)
    file = io.BytesIO()
    image.save(file, image_format, **save)
    return file.getvalue()


def make_upload(
    data: bytes | None = None, *, name: str = "seven.png"
) -> SimpleUploadedFile:
    content = make_image() if data is None else data
    return SimpleUploadedFile(name, content, content_type="image/png")


def make_glyph() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(28, 28) uint8: a white stroke on black."""
    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 13:15] = 255
    return glyph


def make_digit_reading(
    *,
    digit: int = 7,
    confidence: float = 0.99,
    not_a_digit: float = 0.0,
    left: int = 20,
) -> engine.DigitReading:
    others = (1 - confidence - not_a_digit) / 9
    return engine.DigitReading(
        box=engine.Box(left=left, top=8, width=12, height=24),
        glyph=make_glyph(),
        probabilities=tuple(
            confidence if each == digit else others for each in range(10)
        ),
        digit=digit,
        confidence=confidence,
        not_a_digit=not_a_digit,
    )


def make_reading(
    *,
    digit: int = 7,
    confidence: float = 0.99,
    not_a_digit: float = 0.0,
    outcome: str = "sure",
    text: str | None = None,
) -> engine.Reading:
    """What the engine says; `text` makes a number of several digits."""
    if outcome == "blank":
        return _reading(outcome, digits=(), text="", confidence=0.0)
    text = str(digit) if text is None else text
    digits = tuple(
        make_digit_reading(
            digit=int(each),
            confidence=confidence,
            not_a_digit=not_a_digit,
            left=20 * position,
        )
        for position, each in enumerate(text)
    )
    return _reading(outcome, digits=digits, text=text, confidence=confidence)


def _reading(outcome: str, **rest: Any) -> engine.Reading:
    return engine.Reading(
        outcome=engine.Outcome(outcome),
        width=60,
        height=40,
        picture=engine.Picture(
            data=make_image(),
            media_type="image/png",
            extension="png",
            width=60,
            height=40,
        ),
        **rest,
    )


def make_heat_map(
    *, digit: int = 7, probability: float = 0.99, place: str | None = "upper left"
) -> engine.HeatMap:
    return engine.HeatMap(digit, probability, place, png=make_image())


def make_explanation(
    *,
    answer: engine.HeatMap | None = None,
    runner_up: engine.HeatMap | None = None,
    digit_without: int | None = 1,
    version: int = 1,
) -> engine.Explanation:
    """What the engine says of a 7 that is nearly a 1."""
    return engine.Explanation(
        answer=answer or make_heat_map(),
        runner_up=runner_up or make_heat_map(digit=1, probability=0.01, place="middle"),
        without_place=(
            None
            if answer and answer.place is None
            else engine.Alternative(digit_without, probability=0.875)
        ),
        version=engine.LiveVersion(number=version, preprocessing_version=1),
    )


def make_user(username: str = "", **fields: Any) -> User:
    username = username or f"user{next(_numbers)}"
    return User.objects.create_user(username, password=PASSWORD, **fields)


def make_admin(username: str = "admin") -> User:
    return make_user(username, is_staff=True, is_superuser=True)


def make_token(user: User, *, name: str = "scanner") -> tuple[ApiToken, str]:
    """A token and its secret."""
    return token_create(user=user, name=name)


def make_model_version(*, number: int, **fields: Any) -> ModelVersion:
    return ModelVersion.objects.create(
        number=number,
        **{
            "artifact_path": f"models/{number}",
            "digest": f"{number:064x}",
            "architecture": "tiny",
            "preprocessing_version": 1,
        }
        | fields,
    )


def make_artifact(folder: Path, *, sure_threshold: float = 0.5) -> engine.Manifest:
    """The shipped weights with another threshold: another model, with its digest."""

    def copy_weights(building: Path) -> None:
        for name in (KERAS_FILE, LITERT_FILE):
            shutil.copy(SHIPPED / name, building / name)

    manifest = replace(engine.shipped_manifest(), sure_threshold=sure_threshold)
    return write_artifact(folder, manifest, copy_weights)


def make_prediction(
    *,
    owner: User | None = None,
    visitor: UUID | None = None,
    text: str = "7",
    confidence: float = 0.99,
    not_a_digit: float = 0.0,
    **fields: Any,
) -> Prediction:
    """A stored prediction with its digits and its file."""
    prediction = Prediction(
        **{
            "owner": owner,
            "visitor": visitor,
            "sha256": "0" * 64,
            "width": 60,
            "height": 40,
            "source": Source.UPLOAD,
            "text": text,
            "outcome": "sure",
            "confidence": confidence,
            "model_version_id": 1,
            "preprocessing_version": engine.PREPROCESSING_VERSION,
            "took_ms": 1.5,
        }
        | fields
    )
    prediction.image.save("picture.png", ContentFile(make_image()), save=False)
    prediction.save()
    Digit.objects.bulk_create(
        make_digit(
            prediction=prediction,
            position=position,
            predicted=int(each),
            not_a_digit=not_a_digit,
            box_left=20 + 14 * position,
        )
        for position, each in enumerate(text)
    )
    return prediction


def make_number(
    text: str, *, doubtful: Mapping[int, dict[int, float]] | None = None, **fields: Any
) -> Prediction:
    """A stored prediction of several digits.

    Args:
        doubtful: by their positions, what some are likely to be, the likeliest first;
            with any, the number is unsure.
    """
    doubtful = doubtful or {}
    outcome = "unsure" if doubtful else "sure"
    prediction = make_prediction(text=text, **{"outcome": outcome} | fields)
    for position, shares in doubtful.items():
        confidence = next(iter(shares.values()))
        prediction.digits.filter(position=position).update(
            probabilities=[shares.get(digit, 0.0) for digit in range(10)],
            confidence=confidence,
            certainty=confidence,
        )
    return prediction


def make_digit(
    *,
    prediction: Prediction,
    position: int = 0,
    predicted: int = 7,
    not_a_digit: float = 0.0,
    **fields: Any,
) -> Digit:
    """A digit that is not saved yet."""
    reading = make_digit_reading(
        digit=predicted, confidence=prediction.confidence, not_a_digit=not_a_digit
    )
    glyph = fields.get("glyph", reading.glyph.tobytes())
    return Digit(
        **{
            "prediction": prediction,
            "position": position,
            "box_left": reading.box.left,
            "box_top": reading.box.top,
            "box_width": reading.box.width,
            "box_height": reading.box.height,
            "glyph": glyph,
            "fingerprint": glyph_fingerprint(glyph),
            "predicted": predicted,
            "probabilities": list(reading.probabilities),
            "confidence": reading.confidence,
            "certainty": max(reading.confidence, reading.not_a_digit),
        }
        | fields
    )


def make_glyph_of(number: int) -> bytes:
    return bytes(np.random.default_rng(number).integers(0, 256, 784, np.uint8))


def make_labelled(
    count: int, *, reviewer: Viewer, label: int = 3, backwards: bool = False
) -> list[Digit]:
    """Digits of different glyphs, confirmed to be a `label`."""
    digits = []
    for number in sorted(range(count), reverse=backwards):
        digit = make_prediction(owner=reviewer.user).digits.get()
        digit.glyph = make_glyph_of(number)
        digit.fingerprint = glyph_fingerprint(digit.glyph)
        digit.save()
        correction_record(digit=digit, label=label, viewer=reviewer)
        digits.append(digit)
    return digits


def make_confirmed(*, label: int = 7, is_held_out: bool = True, **fields: Any) -> Digit:
    """A digit that a reviewer labelled; `fields` are its prediction's."""
    digit = make_prediction(**fields).digits.get()
    digit.label, digit.review = label, Review.CONFIRMED
    digit.fingerprint = f"{'0' if is_held_out else 'f'}{digit.pk:031x}"
    digit.save()
    return digit


def make_scores(
    digit: Digit, answers: dict[int, int], *, confidence: float = 0.9
) -> None:
    """What versions, by number, answer to a digit."""
    VersionScore.objects.bulk_create(
        VersionScore(
            version_id=number, digit=digit, answer=answer, confidence=confidence
        )
        for number, answer in answers.items()
    )


def make_webhook(*, owner: User, **fields: Any) -> Webhook:
    """One that is told of batches."""
    return Webhook.objects.create(
        owner=owner,
        **{
            "url": "https://example.org/hook",
            "secret": secret_make(),
            "events": ["batch.finished"],
        }
        | fields,
    )


def make_delivery(*, webhook: Webhook, **fields: Any) -> WebhookDelivery:
    """One that waits, and that no worker was asked to send."""
    message = {"type": "ping", "timestamp": "2026-11-20T12:00:00Z", "data": {}}
    return WebhookDelivery.objects.create(
        webhook=webhook, **{"event": "ping", "payload": message} | fields
    )
