"""What was answered to requests that may come again."""

from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """What came of a request that named an idempotency key.

    It leads to the predictions and holds no copy of them: what somebody deletes is gone
    from here, too.
    """

    scope = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of who asked and of his key, in hexadecimal",
    )
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of what was asked, in hexadecimal"
    )
    entries = models.JSONField(
        help_text="For each image the id of its prediction, or what was answered"
    )
    created_at = models.DateTimeField(
        default=timezone.now, editable=False, db_index=True
    )

    def __str__(self) -> str:
        return f"{len(self.entries)} answered at {self.created_at:%Y-%m-%d %H:%M}"
