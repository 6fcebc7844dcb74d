"""What was answered to requests that may come again."""

from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """What came of a request that named an idempotency key.

    It leads to the predictions and holds no copy of them: what somebody deletes is gone
    from here, too.
    """

    asker = models.CharField(
        max_length=80,
        help_text="The user, the visitor, or an address that is hashed",
    )
    name = models.CharField(max_length=255, help_text="What he called the request")
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of what was asked, in hexadecimal"
    )
    entries = models.JSONField(
        help_text="For each image the id of its prediction, or what was answered"
    )
    created_at = models.DateTimeField(
        default=timezone.now, editable=False, db_index=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "name"], name="kept_answer_once_for_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.entries)} answered at {self.created_at:%Y-%m-%d %H:%M}"
