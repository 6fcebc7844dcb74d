"""Images and what was read in them."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from recognizer.models.users import User
from recognizer.models.versions import ModelVersion
from recognizer.paths import path_to

GLYPH_BYTES = 28 * 28
# Ten shares of six decimals may miss their sum by 0.000005; this hides it.
NOT_A_DIGIT_DECIMALS = 4
# The label of what is none of the ten digits, after those of 0 to 9.
NOT_A_DIGIT = 10
FINGERPRINT_LENGTH = 32
PICTURE_FOLDER = "predictions"
# Fingerprints below this, in alphabetical order, are held out: 51 of 256.
HELD_OUT_BELOW = "33"


class Source(models.TextChoices):
    """Where an image came from."""

    DRAW = "draw", "Drawn"
    UPLOAD = "upload", "Uploaded"
    API = "api", "API"
    IMPORT = "import", "Imported"


class OutcomeChoice(models.TextChoices):
    """The engine's outcomes, with words for people."""

    SURE = "sure", "Sure"
    UNSURE = "unsure", "Unsure"
    BLANK = "blank", "Blank"
    NOT_A_DIGIT = "not_a_digit", "Not a digit"


class Review(models.TextChoices):
    """What people have made of a digit."""

    UNREVIEWED = "unreviewed", "Not reviewed"
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    DISPUTED = "disputed", "Disputed"


# What a digit is once somebody who may decide has labelled it.
DECIDED = (Review.CONFIRMED, Review.DISPUTED)


def glyph_fingerprint(glyph: bytes) -> str:
    """Of a glyph's 784 bytes, the first 128 bits of the SHA-256, in hexadecimal."""
    return hashlib.sha256(glyph).hexdigest()[:FINGERPRINT_LENGTH]


def picture_path(prediction: "Prediction", filename: str) -> str:
    """A name nobody can guess; of the given one only our own extension is kept."""
    name = secrets.token_hex(16)
    extension = filename.rpartition(".")[2]
    return f"{PICTURE_FOLDER}/{name[:2]}/{name}.{extension}"


class Prediction(models.Model):
    """One image and what was read in it."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    image = models.FileField(upload_to=picture_path, max_length=255)
    sha256 = models.CharField(max_length=64, help_text="Of the bytes that were sent")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    # The composite indexes below serve the owner and the visitor, too.
    owner = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="predictions",
    )
    visitor = models.UUIDField(null=True, blank=True)
    text = models.CharField(
        max_length=255,
        blank=True,
        help_text="The digits; of what is not a digit, the closest",
    )
    outcome = models.CharField(max_length=12, choices=OutcomeChoice.choices)
    confidence = models.FloatField()
    # By number, so that answering and storing need no query for the version.
    model_version = models.ForeignKey(
        ModelVersion,
        to_field="number",
        on_delete=models.PROTECT,
        related_name="predictions",
    )
    preprocessing_version = models.PositiveSmallIntegerField()
    took_ms = models.FloatField()
    # Kept here by `services.corrections`, as few are and a history is asked for them.
    is_corrected = models.BooleanField(
        default=False,
        editable=False,
        help_text="Whether a digit of it has another label than it was read as",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            # Histories in each of their orders; every row has one of the two.
            *(
                models.Index(
                    fields=[whose, by, "id"],
                    condition=Q(**{f"{whose}__isnull": False}),
                    name=f"prediction_{whose}_{by}",
                )
                for whose in ("owner", "visitor")
                for by in ("created_at", "confidence")
            ),
            # Filtered ones: by each of what has few values, and these in that order in
            # which they lie together.
            *(
                models.Index(
                    fields=[whose, what, by, "id"],
                    condition=Q(**{f"{whose}__isnull": False}),
                    name=f"prediction_{whose}_{name}",
                )
                for whose in ("owner", "visitor")
                for what, by, name in (
                    ("source", "created_at", "source"),
                    ("model_version", "created_at", "version"),
                    ("text", "created_at", "text"),
                    ("outcome", "created_at", "outcome"),
                    ("outcome", "confidence", "surest"),
                )
            ),
            *(
                models.Index(
                    fields=[whose, "created_at", "id"],
                    condition=Q(is_corrected=True),
                    name=f"prediction_{whose}_corrected",
                )
                for whose in ("owner", "visitor")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)),
                name="prediction_confidence_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(owner=None) | Q(visitor=None),
                name="prediction_of_owner_or_visitor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} ({self.public_id})"

    def get_absolute_url(self) -> str:
        return path_to("web:result", self.public_id)

    @property
    def thumbnail_url(self) -> str:
        return path_to("web:thumbnail", self.public_id)

    @property
    def deletion_url(self) -> str:
        return path_to("web:delete", self.public_id)

    @property
    def answer(self) -> str:
        """What was read, in a few words: never a wrong answer plainly."""
        if self.outcome == OutcomeChoice.NOT_A_DIGIT:
            return f"not a digit, closest {self.text}"
        return self.text or "nothing"

    @property
    def confidence_percent(self) -> str:
        return percent(self.confidence)


class Digit(models.Model):
    """One glyph of an image, with its probabilities."""

    prediction = models.ForeignKey(
        Prediction, on_delete=models.CASCADE, db_index=False, related_name="digits"
    )
    position = models.PositiveSmallIntegerField(help_text="From 0, left to right")
    box_left = models.PositiveIntegerField()
    box_top = models.PositiveIntegerField()
    box_width = models.PositiveIntegerField()
    box_height = models.PositiveIntegerField()
    glyph = models.BinaryField(help_text="28 x 28 bytes, white ink on black")
    predicted = models.PositiveSmallIntegerField()
    probabilities = models.JSONField(
        help_text="Ten numbers, one a digit; what they lack of 1 is that it is none"
    )
    confidence = models.FloatField()
    certainty = models.FloatField(
        help_text="The greatest of the ten probabilities and that of being no digit"
    )
    fingerprint = models.CharField(
        max_length=FINGERPRINT_LENGTH, help_text="Begin of the glyph's SHA-256"
    )
    # What the corrections come to; `services.corrections` alone writes both.
    label = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What it is: 0 to 9, or 10 for not a digit"
    )
    review = models.CharField(
        max_length=10, choices=Review.choices, default=Review.UNREVIEWED
    )

    class Meta:
        ordering = ["position"]
        indexes = [
            # A label is compared with those of all copies of the glyph. With
            # `db_index`, PostgreSQL would get a second one, for LIKE.
            models.Index(fields=["fingerprint"], name="digit_fingerprint"),
            # Few rows have a label, and training looks for these.
            models.Index(
                fields=["review", "label"],
                condition=Q(label__isnull=False),
                name="digit_labelled",
            ),
            # Reviewers see these in this order.
            models.Index(
                fields=["certainty", "id"],
                condition=Q(review="unreviewed"),
                name="digit_least_certain",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(label=None, review="unreviewed")
                # Not only the range: of no label it is unknown, which would pass.
                | Q(label__isnull=False, label__range=(0, NOT_A_DIGIT))
                & ~Q(review="unreviewed"),
                name="digit_reviewed_has_a_label",
            ),
            models.UniqueConstraint(
                fields=["prediction", "position"], name="digit_one_at_a_position"
            ),
            models.CheckConstraint(
                condition=Q(predicted__range=(0, 9)), name="digit_from_0_to_9"
            ),
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)),
                name="digit_confidence_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(certainty__range=(0, 1)),
                name="digit_certainty_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=Exact(Length("glyph"), GLYPH_BYTES),
                name="digit_glyph_of_28_by_28",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predicted} at {self.position}"

    @property
    def confidence_percent(self) -> str:
        return percent(self.confidence)

    @property
    def label_text(self) -> str:
        return label_text(self.label)

    @property
    def read_label(self) -> int:
        """What was read, as a label: of a refused picture, that it is no digit."""
        was_refused = self.prediction.outcome == OutcomeChoice.NOT_A_DIGIT
        return NOT_A_DIGIT if was_refused else self.predicted

    @property
    def is_held_out(self) -> bool:
        """Whether its label, if it gets one, measures models and trains none.

        True of one glyph in five, of all copies of it, and for ever: another rule
        would let models be measured on what trained them.
        """
        return self.fingerprint < HELD_OUT_BELOW

    @property
    def not_a_digit(self) -> float:
        """The probability of being none of the ten digits."""
        rest = 1.0 - float(sum(self.probabilities))
        return round(min(max(rest, 0.0), 1.0), NOT_A_DIGIT_DECIMALS)

    @property
    def bars(self) -> list["Bar"]:
        """Those of 0 to 9."""
        is_digit_likelier = self.confidence >= self.not_a_digit
        return [
            Bar(digit, share, is_top=is_digit_likelier and digit == self.predicted)
            for digit, share in enumerate(self.probabilities)
        ]

    @property
    def not_a_digit_bar(self) -> "Bar":
        """The eleventh, below those of 0 to 9."""
        return Bar(None, self.not_a_digit, is_top=self.not_a_digit > self.confidence)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a digit's chart; its digit is None for "not a digit"."""

    digit: int | None
    probability: float
    is_top: bool

    @property
    def label(self) -> str:
        return "not a digit" if self.digit is None else str(self.digit)

    @property
    def percent(self) -> str:
        return percent(self.probability)


def label_text(label: int | None) -> str:
    """A label as people read it; empty for none."""
    if label is None:
        return ""
    return "not a digit" if label == NOT_A_DIGIT else str(label)


def label_noun(label: int) -> str:
    """A label in a sentence: a 7, an 8, not a digit."""
    if label == NOT_A_DIGIT:
        return "not a digit"
    return f"an {label}" if label == 8 else f"a {label}"


def percent(share: float) -> str:
    """A share from 0 to 1 with one decimal; 100.0 only for what is truly certain."""
    ceiling = 100.0 if share >= 1 else 99.9
    return f"{min(share * 100, ceiling):.1f}"
