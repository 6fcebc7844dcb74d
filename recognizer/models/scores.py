"""What one version answers to the digits that are kept, whichever version read them."""

from django.db import models
from django.db.models import Q

from recognizer.models.predictions import NOT_A_DIGIT, Digit
from recognizer.models.versions import ModelVersion


class VersionScore(models.Model):
    """One version's answer to one glyph, so that versions are held against each other.

    A version and a glyph never change, so neither does their score.
    """

    # By number, as predictions have it. The unique pair below serves as its index.
    version = models.ForeignKey(
        ModelVersion,
        to_field="number",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="scores",
    )
    digit = models.ForeignKey(Digit, on_delete=models.CASCADE, related_name="scores")
    answer = models.PositiveSmallIntegerField(
        help_text="0 to 9, or 10: it would be refused as not a digit"
    )
    confidence = models.FloatField(
        help_text="The probability of the answer, of being no digit included"
    )

    class Meta:
        indexes = [
            models.Index(fields=["version", "answer"], name="score_of_answer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "digit"], name="score_one_of_a_digit"
            ),
            models.CheckConstraint(
                condition=Q(answer__range=(0, NOT_A_DIGIT)),
                name="score_answer_from_0_to_10",
            ),
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)),
                name="score_confidence_from_0_to_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} by {self.version_id}"
