"""What each model learnt from, and what of that is gone."""

from django.db import models

from recognizer.models.predictions import FINGERPRINT_LENGTH
from recognizer.models.versions import ModelVersion


class LearntGlyph(models.Model):
    """One glyph that taught a version, and none of those that it went on from.

    It stays no longer than a picture with this glyph does.
    """

    version = models.ForeignKey(
        ModelVersion,
        to_field="number",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="learnt_glyphs",
    )
    fingerprint = models.CharField(max_length=FINGERPRINT_LENGTH)

    class Meta:
        # With `db_index`, PostgreSQL would get a second one, for LIKE.
        indexes = [
            models.Index(fields=["fingerprint"], name="learnt_glyph_fingerprint"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "fingerprint"], name="learnt_glyph_once_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} in {self.version_id}"


class ForgottenGlyphs(models.Model):
    """How many of a version's glyphs were deleted on a day; whose, nobody knows."""

    version = models.ForeignKey(
        ModelVersion,
        to_field="number",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="forgotten_glyphs",
    )
    day = models.DateField()
    glyphs = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "forgotten glyphs"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "day"], name="forgotten_glyphs_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.glyphs} of model {self.version_id} on {self.day}"
