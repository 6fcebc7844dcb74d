"""Which reviewer looks at which digit."""

from django.db import models

from recognizer.models.corrections import Via
from recognizer.models.predictions import Digit
from recognizer.models.users import User


class ReviewClaim(models.Model):
    """A digit that one reviewer looks at, and nobody else is given meanwhile."""

    # One at most: this is the lock.
    digit = models.OneToOneField(
        Digit, on_delete=models.CASCADE, related_name="review_claim"
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="review_claims"
    )
    via = models.CharField(max_length=6, choices=Via.choices, default=Via.QUEUE)
    # Left in place, so that it does not come back at once.
    is_skipped = models.BooleanField(default=False)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.digit_id} for {self.user_id}"

    @property
    def is_random(self) -> bool:
        """Whether it was drawn to estimate how well digits are read."""
        return self.via == Via.RANDOM
