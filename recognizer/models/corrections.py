"""What people say a digit is."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone

from recognizer.models.predictions import (
    NOT_A_DIGIT,
    Digit,
    Review,
    label_noun,
    label_text,
)
from recognizer.models.users import User


class Via(models.TextChoices):
    """Where a label was given."""

    PAGE = "page", "Result or history"
    API = "api", "API"
    QUEUE = "queue", "Review queue"
    RANDOM = "random", "Review queue, drawn at random"
    GRID = "grid", "Review grid"
    ADMIN = "admin", "Administration"
    IMPORT = "import", "Import"
    # Nobody's word: it only asks a second person to look.
    CHECK = "check", "Check before training"


# What reviewers were given, and did not choose.
VIAS_OF_THE_QUEUE = (Via.QUEUE, Via.RANDOM)


class Reason(StrEnum):
    """Why the check disputes a label, as the row keeps it.

    ALIKE names the primary key of the other `digit` and its `label`; REJECTED names
    the `answer` of the model.
    """

    ALIKE = "alike"
    REJECTED = "rejected"


class Correction(models.Model):
    """One label that a person gave, took back, or is to look at once more.

    Never changed, never deleted alone.

    Each row says what the digit's label and review were and what they became, so that
    the last row and the digit always agree and every step can be taken back.
    """

    digit = models.ForeignKey(
        Digit, on_delete=models.CASCADE, related_name="corrections"
    )
    old_label = models.PositiveSmallIntegerField(null=True)
    new_label = models.PositiveSmallIntegerField(null=True)
    old_review = models.CharField(max_length=10, choices=Review.choices)
    new_review = models.CharField(max_length=10, choices=Review.choices)
    # A deleted account leaves its labels behind, without its name.
    user = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="corrections",
    )
    visitor = models.UUIDField(null=True, blank=True)
    undoes = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="undone_by",
    )
    # Set on other copies of the glyph, as this one's label spoke for or against theirs.
    follows = models.ForeignKey(
        "self",
        # The other copy may be deleted before this one.
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="followers",
    )
    # What is taken back, or follows, is of the same place as what it is about.
    via = models.CharField(max_length=6, choices=Via.choices, default=Via.PAGE)
    reason = models.JSONField(
        default=dict, blank=True, help_text="Why the check disputes the label"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            # The latest of the queue are counted on every page of it.
            models.Index(fields=["via", "-id"], name="correction_of_via"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(old_label=None) | Q(old_label__range=(0, NOT_A_DIGIT)))
                & (Q(new_label=None) | Q(new_label__range=(0, NOT_A_DIGIT))),
                name="correction_labels_from_0_to_10",
            ),
        ]

    def __str__(self) -> str:
        if self.via == Via.CHECK:
            return f"{self.new_text}, doubted"
        return f"{self.old_text or 'no label'} to {self.new_text or 'no label'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row.

        Raises:
            TypeError: it is there already.
        """
        if not self._state.adding:
            raise TypeError("Expected a new correction. Received: one that was kept.")
        super().save(*args, **kwargs)

    @property
    def reason_text(self) -> str:
        """Why the check disputes the label; empty for what people said."""
        match self.reason:
            case {"kind": Reason.ALIKE, "label": label}:
                return (
                    f"It looks the same as another digit labelled {label_text(label)}"
                )
            case {"kind": Reason.REJECTED, "answer": answer}:
                return (
                    f"A model that has not seen this label takes it for "
                    f"{label_noun(answer)}"
                )
        return ""

    @property
    def old_text(self) -> str:
        return label_text(self.old_label)

    @property
    def new_text(self) -> str:
        return label_text(self.new_label)

    def is_by(self, *, user: User | None, visitor: UUID | None) -> bool:
        if user is not None:
            return self.user_id == user.pk
        return visitor is not None and self.visitor == visitor
