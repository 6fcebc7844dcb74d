"""The rows: predictions, their digits, and the models that read them."""

import secrets
import uuid
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone

GLYPH_BYTES = 28 * 28
# Ten shares of six decimals may miss their sum by 0.000005; this hides it.
NOT_A_DIGIT_DECIMALS = 4


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


class User(AbstractUser):
    """Django's user as it is, under a name of ours: later it could not be changed."""


class ModelVersion(models.Model):
    """One trained model. At most one is live: the one that answers."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    number = models.PositiveIntegerField(unique=True)
    artifact_path = models.CharField(
        max_length=255,
        blank=True,
        help_text="Folder of the artifact; empty: came with the site",
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 of its manifest")
    architecture = models.CharField(max_length=100)
    preprocessing_version = models.PositiveSmallIntegerField()
    metrics = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.CANDIDATE
    )
    created_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="live"),
                name="model_version_one_live_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"Model {self.number}"

    @property
    def is_shipped(self) -> bool:
        return self.artifact_path == ""


def picture_path(prediction: "Prediction", filename: str) -> str:
    """A name nobody can guess; of the given one only our own extension is kept."""
    name = secrets.token_hex(16)
    extension = filename.rpartition(".")[2]
    return f"predictions/{name[:2]}/{name}.{extension}"


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
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="prediction_of_owner"),
            models.Index(fields=["visitor", "-id"], name="prediction_of_visitor"),
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
        return reverse("web:result", args=[self.public_id])

    @property
    def thumbnail_url(self) -> str:
        return reverse("web:thumbnail", args=[self.public_id])

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

    class Meta:
        ordering = ["position"]
        constraints = [
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


def percent(share: float) -> str:
    """A share from 0 to 1 with one decimal; 100.0 only for what is truly certain."""
    ceiling = 100.0 if share >= 1 else 99.9
    return f"{min(share * 100, ceiling):.1f}"
